import { AppError, toAppError } from '@tillkeeper/platform/errors';
import { faultPoint, isSimulatedCrash } from '@tillkeeper/platform/faults';
import type { KeeperContext } from '../context.ts';
import { type AppliedEvent, type ApplyInput, applySubscriptions } from './applySubscriptions.ts';
import { type FetchedSubscription, fetchSubscriptions } from './fetchSubscriptions.ts';
import { inParallel } from './inParallel.ts';
import { leaseSeconds, type Released, releaseLeases, renewLeases, takeLeases } from './organizationLeases.ts';
import type { OutsideTransaction } from './outsideTransaction.ts';
import type { ReadPriority } from './readBudget.ts';

/** Why somebody looks: kept with the change that it leads to. */
export type RefreshCause =
  | { readonly kind: 'delivery' }
  | { readonly kind: 'reconcile' }
  | { readonly kind: 'return_page'; readonly linkId: string }
  | { readonly kind: 'run'; readonly runId: string };

export interface RefreshTarget {
  readonly organizationId: string;
  readonly customerId: string;
  readonly events: readonly AppliedEvent[];
}

export interface RefreshOutcome {
  readonly organizationId: string;
  /** `applied`: plan or status changed. `busy`: somebody else refetches it at this moment. */
  readonly outcome: 'applied' | 'unchanged' | 'busy' | 'failed';
  readonly error?: AppError;
}

/** Stripe limits concurrency too; more in flight than this gained nothing at 150 ms an answer and 100 reads a second. */
const readsAtOnce = 24;
/** One call of the operated database locks this many organizations at most. */
const appliedAtOnce = 100;

interface Fetched {
  readonly target: RefreshTarget;
  readonly fencing: number;
  readonly subscriptions: readonly FetchedSubscription[];
}

interface Finished extends RefreshOutcome {
  readonly release: Released;
}

/**
 * Refetches each target (organizations, each once) from Stripe under its lease and applies what comes in the operated database. No
 * transaction is open across HTTP; what is fetched is applied as it arrives, so that one slow answer holds up nobody. `onOutcomes` hears of
 * each target once, after its state is committed and before its lease is free. Throws if one of our databases is away.
 */
export async function refreshUnderLease(
  ctx: OutsideTransaction,
  targets: readonly RefreshTarget[],
  options: {
    readonly holder: string;
    readonly cause: RefreshCause;
    readonly priority: ReadPriority;
    /** Once aborted nothing more is read; what was not read yet comes out as `busy`. */
    readonly signal?: AbortSignal;
    onOutcomes(outcomes: readonly RefreshOutcome[]): Promise<void>;
  },
): Promise<void> {
  const leases = new Map(
    await takeLeases(
      ctx.keeper,
      targets.map((target) => target.organizationId),
      options.holder,
    ),
  );
  const ours = targets.filter((target) => leases.has(target.organizationId));
  const renewal = setInterval(
    () => {
      renewLeases(ctx.keeper, leases).catch((error: unknown) => ctx.log.warn({ err: error }, 'leases not renewed'));
    },
    (leaseSeconds * 1_000) / 3,
  );

  const fetched: Fetched[] = [];
  let applying: Promise<void> | undefined;
  let failure: { readonly error: unknown } | undefined;

  async function finish(finished: readonly Finished[]): Promise<void> {
    await options.onOutcomes(finished.map(({ release: _, ...outcome }) => outcome));
    await faultPoint('billing.after-settle');
    await releaseLeases(
      ctx.keeper,
      finished.map((one) => one.release),
    );
    for (const one of finished) leases.delete(one.organizationId);
  }

  async function applyAll(): Promise<void> {
    while (fetched.length > 0 && failure === undefined) {
      const batch = fetched.splice(0, appliedAtOnce);
      await faultPoint('billing.after-fetch');
      const finished = await apply(ctx, batch, options.cause);
      await faultPoint('billing.after-apply');
      await finish(finished);
      // What was applied became effects, which the relay would find by itself half a second later.
      await ctx.keeper.query(`select pg_notify('keeper_work', 'effects')`);
    }
  }

  /** Starts applying unless it is under way; never rejects, so that no failure goes unheard between two awaits. */
  function keepApplying(): Promise<void> {
    applying ??= applyAll()
      .catch((error: unknown) => {
        failure ??= { error };
      })
      .finally(() => {
        applying = undefined;
      });
    return applying;
  }

  try {
    const busy = targets.filter((target) => !leases.has(target.organizationId));
    if (busy.length > 0)
      await options.onOutcomes(busy.map(({ organizationId }) => ({ organizationId, outcome: 'busy' })));
    await inParallel(ours, readsAtOnce, async (target) => {
      if (failure !== undefined) return;
      const { organizationId } = target;
      const fencing = leases.get(organizationId) ?? 0;
      if (options.signal?.aborted === true) {
        await finish([{ organizationId, outcome: 'busy', release: { organizationId, fencing, refreshed: false } }]);
        return;
      }
      let subscriptions: FetchedSubscription[];
      try {
        subscriptions = await fetchSubscriptions(ctx.stripe, organizationId, target.customerId, options.priority);
      } catch (error) {
        if (isSimulatedCrash(error)) throw error;
        if (failure === undefined) await finish([failed(target, fencing, toAppError(error))]);
        return;
      }
      fetched.push({ target, fencing, subscriptions });
      void keepApplying();
    }).catch((error: unknown) => {
      failure ??= { error };
    });
    while (applying !== undefined || (fetched.length > 0 && failure === undefined)) await keepApplying();
    if (failure !== undefined) throw failure.error;
  } catch (error) {
    if (!isSimulatedCrash(error)) {
      const left = [...leases].map(([organizationId, fencing]) => ({ organizationId, fencing, refreshed: false }));
      // If the keeper database is what is away, the leases end by themselves.
      await releaseLeases(ctx.keeper, left).catch(() => undefined);
    }
    throw error;
  } finally {
    clearInterval(renewal);
  }
}

/** Applies a batch; if the database refuses it as a whole, one by one, so that the organization at fault fails alone. */
async function apply(ctx: KeeperContext, batch: readonly Fetched[], cause: RefreshCause): Promise<Finished[]> {
  const input = batch.map(
    ({ target, fencing, subscriptions }): ApplyInput => ({
      organizationId: target.organizationId,
      sequence: fencing,
      subscriptions,
      events: target.events,
      cause,
    }),
  );
  try {
    const applied = await applySubscriptions(ctx, input);
    return batch.map((one) => {
      const { organizationId } = one.target;
      const result = applied.get(organizationId);
      if (result?.outcome === 'applied' || result?.outcome === 'unchanged') {
        return {
          organizationId,
          outcome: result.outcome,
          release: { organizationId, fencing: one.fencing, refreshed: true },
        };
      }
      if (result?.outcome === 'refused') {
        // Somebody with a higher counter was faster, or the keeper database was restored to an earlier day: pass the counter, then look again.
        return {
          organizationId,
          outcome: 'busy',
          release: { organizationId, fencing: one.fencing, refreshed: false, atLeast: result.storedSequence },
        };
      }
      return failed(
        one.target,
        one.fencing,
        new AppError('not_found', 'there is no such organization', { organizationId }),
      );
    });
  } catch (error) {
    if (isSimulatedCrash(error)) throw error;
    const known = toAppError(error);
    if (known.code === 'unavailable') throw error;
    if (batch.length > 1) {
      const alone: Finished[] = [];
      for (const one of batch) alone.push(...(await apply(ctx, [one], cause)));
      return alone;
    }
    return batch.map((one) => failed(one.target, one.fencing, known));
  }
}

function failed(target: RefreshTarget, fencing: number, error: AppError): Finished {
  const { organizationId } = target;
  return { organizationId, outcome: 'failed', error, release: { organizationId, fencing, refreshed: false } };
}
