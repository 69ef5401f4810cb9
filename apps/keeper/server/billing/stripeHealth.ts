import { AppError } from '@tillkeeper/platform/errors';
import type { KeeperContext } from '../context.ts';
import { authorize } from '../operators/permissions.ts';

export interface StripeHealth {
  readonly reachable: boolean;
  /** Of one small read, machine time. */
  readonly latencyMs: number;
  /** HTTP status of the failed read; undefined if it worked or nothing answered. */
  readonly status: number | undefined;
  /** Calls of ours that Stripe did not serve (5xx, 429, refused key, no answer). */
  readonly failuresLast2Minutes: number;
  /** Of those, the organizations that have not been refetched since. */
  readonly organizationsFailing: readonly string[];
}

/** Asks Stripe for one small thing, and counts what failed lately. Never throws because of Stripe. */
export async function checkStripeHealth(ctx: KeeperContext): Promise<StripeHealth> {
  authorize(ctx, 'billing.read');
  const started = performance.now();
  let status: number | undefined;
  let reachable = true;
  try {
    // The same resource that gap filling and the compare stand on; one event is the smallest answer it has.
    await ctx.stripe.read('high', 'health', undefined, () => ctx.stripe.api.events.list({ limit: 1 }));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    reachable = false;
    status = typeof error.fields.status === 'number' ? error.fields.status : undefined;
  }
  const latencyMs = Math.round(performance.now() - started);
  const [recent] = await ctx.keeper.query<{ failures: number; organizations: string[] | null }>(
    `select count(*) as failures,
            array_agg(distinct f.organization_id) filter (
              where f.organization_id is not null and f.at_machine > coalesce(l.refreshed_machine, '-infinity')) as organizations
       from stripe_failures f
       left join organization_leases l on l.organization_id = f.organization_id
      where f.at_machine > clock_timestamp() - interval '2 minutes'`,
  );
  return {
    reachable,
    latencyMs,
    status,
    failuresLast2Minutes: recent?.failures ?? 0,
    organizationsFailing: recent?.organizations ?? [],
  };
}
