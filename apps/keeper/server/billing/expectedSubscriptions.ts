import type { KeeperContext } from '../context.ts';
import type { FetchedSubscription } from './fetchSubscriptions.ts';

export interface Expected {
  /** The effective subscription; undefined without any. */
  readonly subscriptionId: string | undefined;
  readonly plan: string;
  readonly status: string;
}

/** What follows from subscriptions that were just fetched, by the one rule that the trigger and the drift check ask too. */
export async function expectedSubscriptions(
  ctx: Pick<KeeperContext, 'till'>,
  fetched: ReadonlyMap<string, readonly FetchedSubscription[]>,
): Promise<ReadonlyMap<string, Expected>> {
  const input = [...fetched].map(([organizationId, subscriptions]) => ({ organizationId, subscriptions }));
  const rows = await ctx.till.query<{
    organization_id: string;
    stripe_subscription_id: string | null;
    plan: string;
    status: string;
  }>('select organization_id, stripe_subscription_id, plan, status from ops.expected_subscriptions($1::jsonb)', [
    JSON.stringify(input),
  ]);
  return new Map(
    rows.map((row) => [
      row.organization_id,
      { subscriptionId: row.stripe_subscription_id ?? undefined, plan: row.plan, status: row.status },
    ]),
  );
}
