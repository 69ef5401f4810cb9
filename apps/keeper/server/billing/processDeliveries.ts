import { faultPoint, isSimulatedCrash } from '@tillkeeper/platform/faults';
import { counter } from '@tillkeeper/platform/metrics';
import type { KeeperContext } from '../context.ts';
import { authorize } from '../operators/permissions.ts';
import {
  attemptsAtMost,
  type ClaimedDelivery,
  claimDeliveries,
  claimSeconds,
  type Failed,
  postponeDeliveries,
  renewClaims,
  returnDeliveries,
  type Settled,
  settleDeliveries,
} from './deliveryQueries.ts';
import { isHandledType } from './handledTypes.ts';
import { organizationsOfCustomers } from './organizationsOfCustomers.ts';
import type { OutsideTransaction } from './outsideTransaction.ts';
import type { ReadPriority } from './readBudget.ts';
import { type RefreshCause, type RefreshOutcome, type RefreshTarget, refreshUnderLease } from './refreshUnderLease.ts';
import { stripeApiVersion } from './stripeClient.ts';

/** At 60 reads a second a full batch of different organizations takes about three seconds; events of one organization share one read. */
const batchAtMost = 200;
/** When an organization was busy, or a database of ours away: look again soon, without counting it as an attempt. */
const returnAfterMs = 250;

const settledTotal = counter(
  { name: 'keeper_deliveries_settled_total', help: 'Deliveries of Stripe that reached an end' },
  ['state'],
);

/**
 * Works one batch of waiting deliveries off. An event only names whom to look at: the state comes from a refetch of all the customer's
 * subscriptions, so old, repeated and reordered events end in the same state. `more` says that another batch may wait.
 */
export async function processDeliveries(
  ctx: OutsideTransaction,
  input: { readonly holder: string; readonly atMost?: number; readonly signal?: AbortSignal },
): Promise<{ readonly claimed: number; readonly more: boolean }> {
  authorize(ctx, 'billing.intake');
  const atMost = input.atMost ?? batchAtMost;
  const claimed = await claimDeliveries(ctx.keeper, input.holder, atMost);
  if (claimed.length === 0) return { claimed: 0, more: false };
  await faultPoint('billing.after-claim');
  await workOff(ctx, claimed, [], {
    holder: input.holder,
    cause: { kind: 'delivery' },
    priority: 'low',
    ...(input.signal === undefined ? {} : { signal: input.signal }),
    onOutcomes: () => undefined,
  });
  return { claimed: claimed.length, more: claimed.length === atMost };
}

/**
 * Settles claimed deliveries, and refetches their organizations together with `others`. Every delivery ends settled, postponed or returned;
 * the claims are renewed meanwhile. Throws if one of our databases is away, after giving back what it can.
 */
export async function workOff(
  ctx: OutsideTransaction,
  claimed: readonly ClaimedDelivery[],
  others: readonly { readonly organizationId: string; readonly customerId: string }[],
  options: {
    readonly holder: string;
    readonly cause: RefreshCause;
    readonly priority: ReadPriority;
    readonly signal?: AbortSignal;
    onOutcomes(outcomes: readonly RefreshOutcome[]): void;
  },
): Promise<void> {
  const { keeper } = ctx;
  const open = new Set(claimed.map((delivery) => delivery.eventId));
  const renewal = setInterval(
    () => {
      renewClaims(keeper, options.holder, [...open]).catch((error: unknown) =>
        ctx.log.warn({ err: error }, 'claims not renewed'),
      );
    },
    (claimSeconds * 1_000) / 3,
  );

  async function settle(settled: readonly Settled[]): Promise<void> {
    await settleDeliveries(keeper, settled);
    for (const one of settled) {
      open.delete(one.eventId);
      settledTotal.inc({ state: one.state });
    }
  }

  try {
    const { settled, targets, deliveriesOf } = await sortDeliveries(ctx, claimed);
    await settle(settled);
    for (const other of others)
      if (!targets.has(other.organizationId)) targets.set(other.organizationId, { ...other, events: [] });
    await refreshUnderLease(ctx, [...targets.values()], {
      ...options,
      onOutcomes: async (outcomes) => {
        const applied: Settled[] = [];
        const failed: Failed[] = [];
        const returned: string[] = [];
        for (const { organizationId, outcome, error } of outcomes) {
          for (const { eventId } of deliveriesOf.get(organizationId) ?? []) {
            if (outcome === 'busy') returned.push(eventId);
            else if (outcome === 'failed') failed.push({ eventId, organizationId, error: error?.message ?? 'failed' });
            else applied.push({ eventId, state: 'applied', organizationId });
          }
        }
        await settle(applied);
        await postponeDeliveries(keeper, failed);
        await returnDeliveries(keeper, options.holder, returned, returnAfterMs);
        for (const eventId of [...failed.map((one) => one.eventId), ...returned]) open.delete(eventId);
        options.onOutcomes(outcomes);
      },
    });
  } catch (error) {
    // An outage of our own is nobody's fault: what is left waits without having been tried. A killed process could not have said so.
    if (!isSimulatedCrash(error))
      await returnDeliveries(keeper, options.holder, [...open], returnAfterMs).catch(() => undefined);
    throw error;
  } finally {
    clearInterval(renewal);
  }
}

/** Which deliveries are at their end already, and which organizations the others ask to be looked at. */
async function sortDeliveries(ctx: KeeperContext, claimed: readonly ClaimedDelivery[]) {
  const settled: Settled[] = [];
  const waiting: ClaimedDelivery[] = [];
  for (const delivery of claimed) {
    const end = endWithoutRefetch(delivery, ctx.config.stripeLivemode === 'true');
    if (end === undefined) waiting.push(delivery);
    else settled.push({ eventId: delivery.eventId, ...end });
  }

  const organizations = await organizationsOfCustomers(
    ctx,
    waiting.flatMap(({ customerId }) => (customerId === null ? [] : [customerId])),
  );
  const targets = new Map<string, RefreshTarget & { events: RefreshTarget['events'][number][] }>();
  const deliveriesOf = new Map<string, ClaimedDelivery[]>();
  for (const delivery of waiting) {
    const { customerId } = delivery;
    const organizationId = customerId === null ? undefined : organizations.get(customerId);
    if (customerId === null || organizationId === undefined) {
      const reason = customerId === null ? 'it names no customer' : 'no organization has this customer';
      settled.push({ eventId: delivery.eventId, state: 'ignored', reason });
      continue;
    }
    const target = targets.get(organizationId) ?? { organizationId, customerId, events: [] };
    target.events.push({
      id: delivery.eventId,
      type: delivery.type,
      subscriptionId: delivery.subscriptionId,
      createdAt: delivery.createdAt.toString(),
      objectId: delivery.objectId,
    });
    targets.set(organizationId, target);
    deliveriesOf.set(organizationId, [...(deliveriesOf.get(organizationId) ?? []), delivery]);
  }
  return { settled, targets, deliveriesOf };
}

function endWithoutRefetch(
  delivery: ClaimedDelivery,
  livemode: boolean,
): Pick<Settled, 'state' | 'reason'> | undefined {
  if (delivery.account !== null)
    return { state: 'quarantined', reason: `belongs to the connected account ${delivery.account}` };
  if (delivery.livemode !== livemode)
    return { state: 'quarantined', reason: `livemode is ${delivery.livemode}, ours is ${livemode}` };
  if (!isHandledType(delivery.type)) return { state: 'ignored', reason: 'nothing depends on this type' };
  // Stripe lists an event in the version of its making, which is the account's; only ids are read from it, and state is refetched anyway.
  if (delivery.source === 'webhook' && delivery.apiVersion !== stripeApiVersion) {
    return {
      state: 'quarantined',
      reason: `API version ${delivery.apiVersion ?? 'unknown'}, ours is ${stripeApiVersion}`,
    };
  }
  // A worker that dies while it holds a delivery never says so; without this a deadly one would kill workers for ever.
  if (delivery.attempts > attemptsAtMost)
    return { state: 'dead', reason: `gave up after ${attemptsAtMost} attempts that no worker finished` };
  return undefined;
}
