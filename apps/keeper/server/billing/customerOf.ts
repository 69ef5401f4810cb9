import { AppError } from '@tillkeeper/platform/errors';
import type { KeeperContext } from '../context.ts';

/** The organization's customer at Stripe. Throws `not_found` for an unknown organization, `precondition_failed` for one without a customer. */
export async function customerOf(ctx: Pick<KeeperContext, 'till'>, organizationId: string): Promise<string> {
  const [row] = await ctx.till.query<{ stripe_customer_id: string | null }>(
    `select c.stripe_customer_id
       from organizations o
       left join stripe_customers c on c.organization_id = o.id
      where o.id = $1::uuid`,
    [organizationId],
  );
  if (row === undefined) throw new AppError('not_found', 'there is no such organization', { organizationId });
  if (row.stripe_customer_id === null)
    throw new AppError('precondition_failed', 'the organization has no customer at Stripe', { organizationId });
  return row.stripe_customer_id;
}
