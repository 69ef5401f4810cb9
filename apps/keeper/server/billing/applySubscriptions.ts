import type { KeeperContext } from '../context.ts';
import type { FetchedSubscription } from './fetchSubscriptions.ts';

export interface AppliedEvent {
  readonly id: string;
  readonly type: string;
  readonly subscriptionId: string | null;
  /** ISO instant. */
  readonly createdAt: string;
  readonly objectId: string | null;
}

export interface ApplyInput {
  readonly organizationId: string;
  /** The fencing counter of the lease under which it was fetched. */
  readonly sequence: number;
  readonly subscriptions: readonly FetchedSubscription[];
  readonly events: readonly AppliedEvent[];
  readonly cause: unknown;
}

export interface ApplyResult {
  readonly outcome: 'applied' | 'unchanged' | 'refused' | 'missing';
  readonly storedSequence: number;
}

/** Writes what was fetched, its events and its effects in one transaction of the operated database: all organizations or none. */
export async function applySubscriptions(
  ctx: KeeperContext,
  input: readonly ApplyInput[],
): Promise<ReadonlyMap<string, ApplyResult>> {
  const rows = await ctx.till.query<{
    organization_id: string;
    outcome: ApplyResult['outcome'];
    stored_sequence: number | null;
  }>('select organization_id, outcome, stored_sequence from ops.apply_subscriptions($1::jsonb, $2::jsonb)', [
    JSON.stringify(input),
    JSON.stringify(ctx.actor),
  ]);
  return new Map(
    rows.map((row) => [row.organization_id, { outcome: row.outcome, storedSequence: row.stored_sequence ?? 0 }]),
  );
}
