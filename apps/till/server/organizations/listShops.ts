import { asTenantPipelined } from '@tillkeeper/platform/database';
import type { TillContext } from '../context.ts';
import type { ShopSummary } from './schema.ts';

/** The shops that the caller works in, by name. */
export async function listShops(ctx: TillContext): Promise<ShopSummary[]> {
  const [found] = await asTenantPipelined(ctx.till, ctx.claims, [
    {
      name: 'list-shops',
      text: `select o.id, o.name, m.role, o.subscription_plan as plan, o.subscription_status as status, o.access
               from organization_members m
               join organizations o on o.id = m.organization_id
              where m.user_id = auth.uid() and m.revoked_at is null
              order by o.name, o.id`,
      values: [],
    },
  ]);
  return (found?.rows ?? []) as ShopSummary[];
}
