import type { KeeperContext } from '../context.ts';

/** Organization by Stripe customer, for those customers that are ours. */
export async function organizationsOfCustomers(
  ctx: Pick<KeeperContext, 'till'>,
  customerIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (customerIds.length === 0) return new Map();
  const rows = await ctx.till.query<{ stripe_customer_id: string; organization_id: string }>(
    'select stripe_customer_id, organization_id from stripe_customers where stripe_customer_id = any ($1::text[])',
    [[...new Set(customerIds)]],
  );
  return new Map(rows.map((row) => [row.stripe_customer_id, row.organization_id]));
}
