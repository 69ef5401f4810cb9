import { AppError } from '@tillkeeper/platform/errors';
import type { KeeperContext } from '../context.ts';

export interface Shop {
  readonly id: string;
  readonly name: string;
  readonly timezone: string;
  /** As the mirror has them. */
  readonly plan: string;
  readonly planName: string;
  readonly status: string;
}

/** What a mail says of an organization. Throws `not_found`. */
export async function readShop(ctx: KeeperContext, organizationId: string): Promise<Shop> {
  const [shop] = await ctx.till.query<Shop>(
    `select o.id, o.name, o.timezone, o.subscription_plan as plan, p.name as "planName", o.subscription_status as status
       from organizations o join plans p on p.id = o.subscription_plan
      where o.id = $1::uuid`,
    [organizationId],
  );
  if (shop === undefined) throw new AppError('not_found', 'there is no such organization', { organizationId });
  return shop;
}
