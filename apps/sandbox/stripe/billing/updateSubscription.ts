import { invalid } from '../http/errors.ts';
import type { Subscription } from '../store/objects.ts';
import type { Scope } from '../store/scope.ts';
import { trialNoticeSeconds } from '../store/timers.ts';
import type { BillOptions } from './billPeriod.ts';
import { periodAt } from './calendar.ts';
import type { Period } from './invoiceLines.ts';
import { cardFault } from './paymentMethods.ts';
import { periodOf, recurrenceOf, withPeriod } from './periods.ts';
import { prorate } from './prorate.ts';
import { announceTrialEnd } from './renewSubscription.ts';
import { saveSubscription } from './saveSubscription.ts';
import { changedItems, type ItemChange } from './updateItems.ts';

export interface SubscriptionChange {
  items?: ItemChange[];
  anchorNow?: boolean;
  trialEnd?: 'now' | number;
  prorationBehavior: 'always_invoice' | 'create_prorations' | 'none';
  prorationDate?: number;
  paymentBehavior: 'allow_incomplete' | 'default_incomplete' | 'error_if_incomplete';
  /** Everything that only changes what the subscription says. */
  fields: Partial<Subscription>;
}

function sameRhythm(left: Subscription, right: Subscription): boolean {
  const [a, b] = [recurrenceOf(left), recurrenceOf(right)];
  return a.interval === b.interval && a.interval_count === b.interval_count;
}

interface Move {
  next: Subscription;
  bill: BillOptions | null;
}

function extendTrial(scope: Scope, next: Subscription, end: number): Move {
  if (end <= scope.now) {
    throw invalid('Invalid timestamp: must be an integer Unix timestamp in the future.', { param: 'trial_end' });
  }
  const trial: Subscription = {
    ...next,
    status: 'trialing',
    billing_cycle_anchor: end,
    items: withPeriod(next.items, { start: next.status === 'trialing' ? periodOf(next).start : scope.now, end }),
    trial_end: end,
    trial_start: next.trial_start ?? scope.now,
  };
  return { next: trial, bill: null };
}

function beginAnew(scope: Scope, next: Subscription, endsTrial: boolean): Move {
  const period: Period = periodAt(scope.now, recurrenceOf(next), scope.now);
  const anew: Subscription = {
    ...next,
    ...(endsTrial ? { status: 'active', trial_end: scope.now } : {}),
    billing_cycle_anchor: scope.now,
    items: withPeriod(next.items, period),
  };
  return { next: anew, bill: { reason: 'subscription_update', period } };
}

/** Applies a change: its prorations, the invoice that it brings about, and the payment of that. */
export function updateSubscription(scope: Scope, before: Subscription, change: SubscriptionChange): Subscription {
  const items = change.items === undefined ? before.items.data : changedItems(scope, before, change.items);
  const changed: Subscription = { ...before, ...change.fields, items: { ...before.items, data: items } };
  const trialing = before.status === 'trialing';
  const endsTrial = trialing && change.trialEnd === 'now';
  const restarts = endsTrial || (!trialing && (change.anchorNow === true || !sameRhythm(before, changed)));
  const prorates = change.prorationBehavior !== 'none' && !trialing;
  const billable = before.status === 'active' || before.status === 'past_due';

  let move: Move = { next: changed, bill: null };
  if (typeof change.trialEnd === 'number') {
    if (prorates && billable) prorate(scope, before, null, scope.now);
    move = extendTrial(scope, changed, change.trialEnd);
  } else if (restarts) {
    if (prorates && billable) prorate(scope, before, null, scope.now);
    move = beginAnew(scope, changed, endsTrial);
  } else if (prorates && billable && change.items !== undefined) {
    prorate(scope, before, items, change.prorationDate ?? scope.now);
    if (change.prorationBehavior === 'always_invoice')
      move = { next: changed, bill: { reason: 'subscription_update', period: null } };
  }

  // An end that was set to the period's end follows the period.
  const next = move.next.cancel_at_period_end ? { ...move.next, cancel_at: periodOf(move.next).end } : move.next;
  const saved = saveSubscription(scope, before, next, {
    bill: move.bill,
    collect: change.paymentBehavior !== 'default_incomplete',
  });
  const failure = saved.payment?.failure;
  if (change.paymentBehavior === 'error_if_incomplete' && failure?.kind === 'declined') {
    throw cardFault(failure.decline.declineCode, { payment_method: failure.method });
  }
  const { trial_end: trialEnd } = next;
  if (typeof change.trialEnd === 'number' && trialEnd !== null && trialEnd - trialNoticeSeconds <= scope.now) {
    announceTrialEnd(scope, saved.subscription);
  }
  return scope.store.get('subscription', before.id) ?? saved.subscription;
}
