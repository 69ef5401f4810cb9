import { change, emit, previousAttributes } from '../store/events.ts';
import type { Invoice, Subscription } from '../store/objects.ts';
import type { Scope } from '../store/scope.ts';
import { cancelSubscription, expireSubscription } from './cancelSubscription.ts';
import { invoicesOf, subscriptionOf } from './invoiceParts.ts';
import { periodOf, withPeriod } from './periods.ts';

type PausedBecause = 'final_payment_failure' | 'trial_end_without_payment_method';

/** Pauses a subscription: its period ends here, and there are no invoices until somebody resumes it. */
export function pauseSubscription(scope: Scope, subscription: Subscription, because: PausedBecause): Subscription {
  const details = { paused: { subscription: { type: because }, transitioned_at: scope.now, type: 'subscription' } };
  const items = withPeriod(subscription.items, { start: periodOf(subscription).start, end: scope.now });
  const patch = { items, status: 'paused', status_details: details };
  const paused = change(scope, 'subscription', subscription, patch, 'customer.subscription.updated');
  emit(scope, 'customer.subscription.paused', paused);
  return paused;
}

/** Ends a pause. If an invoice was due for it, its period and anchor take effect. */
export function resumeNow(
  scope: Scope,
  subscription: Subscription,
  status: 'active' | 'past_due' = 'active',
): Subscription {
  const internal = scope.store.internal('subscription', subscription.id);
  const { status_details: _, ...rest } = subscription;
  const { resumption } = internal;
  const resumed: Subscription = {
    ...rest,
    ...(resumption === null
      ? {}
      : { billing_cycle_anchor: resumption.anchor, items: withPeriod(rest.items, resumption) }),
    status,
  };
  scope.store.put('subscription', resumed, { ...internal, resumption: null });
  emit(scope, 'customer.subscription.updated', resumed, previousAttributes({ ...subscription }, { ...resumed }));
  emit(scope, 'customer.subscription.resumed', resumed);
  return resumed;
}

function reactivate(scope: Scope, subscription: Subscription): void {
  change(scope, 'subscription', subscription, { status: 'active' }, 'customer.subscription.updated');
}

/**
 * An invoice was paid or written off: its subscription becomes active if that was its latest invoice. An older one
 * settles only itself; a later invoice that waits, even as a draft, keeps the subscription where it is.
 */
export function invoiceClosed(scope: Scope, invoice: Invoice): void {
  const subscription = subscriptionOf(scope, invoice);
  if (subscription === undefined) return;
  const { status } = subscription;
  if (status === 'paused') {
    const { resumption } = scope.store.internal('subscription', subscription.id);
    if (resumption?.invoice === invoice.id) resumeNow(scope, subscription);
    return;
  }
  if (status !== 'incomplete' && status !== 'past_due' && status !== 'unpaid') return;
  const latest = invoicesOf(scope, subscription.id).find((each) => each.status !== 'void');
  if (latest === undefined || latest.id === invoice.id) reactivate(scope, subscription);
}

/**
 * An invoice was voided. The first one of an incomplete subscription takes it along. Otherwise, if it was the latest,
 * Stripe looks back through the others: one that is paid or written off makes the subscription active, one on which
 * retries ran out brings the final action, one in between is passed over.
 */
export function invoiceVoided(scope: Scope, invoice: Invoice): void {
  const subscription = subscriptionOf(scope, invoice);
  if (subscription === undefined) return;
  if (subscription.status === 'incomplete') {
    expireSubscription(scope, subscription);
    return;
  }
  const { status } = subscription;
  if (status !== 'active' && status !== 'past_due' && status !== 'unpaid') return;
  if (subscription.latest_invoice !== invoice.id) return;
  for (const older of invoicesOf(scope, subscription.id)) {
    if (older.status === 'paid' || older.status === 'uncollectible') break;
    if (older.status === 'open' && scope.store.internal('invoice', older.id).exhausted) {
      applyFinalAction(scope, subscription);
      return;
    }
  }
  if (status !== 'active') reactivate(scope, subscription);
}

/** A payment failed. The first one of all leaves the subscription incomplete, any other makes it past due. */
export function invoiceFailed(scope: Scope, invoice: Invoice): void {
  const subscription = subscriptionOf(scope, invoice);
  if (subscription === undefined) return;
  if (subscription.status === 'active' || subscription.status === 'trialing') {
    change(scope, 'subscription', subscription, { status: 'past_due' }, 'customer.subscription.updated');
  } else if (subscription.status === 'paused') {
    const { resumption } = scope.store.internal('subscription', subscription.id);
    if (resumption?.invoice === invoice.id && !resumption.onSuccess) resumeNow(scope, subscription, 'past_due');
  }
}

/** Retries are used up. */
export function applyFinalAction(scope: Scope, subscription: Subscription): void {
  const { finalAction } = scope.settings.retryPolicy;
  const { status } = subscription;
  if (status === 'canceled' || status === 'incomplete_expired' || status === 'paused') return;
  // Where Stripe cannot pause it cancels instead: only the flexible billing mode can.
  const cancels = finalAction === 'cancel' || (finalAction === 'pause' && subscription.billing_mode.type === 'classic');
  if (cancels) cancelSubscription(scope, subscription, { reason: 'payment_failed' });
  else if (finalAction === 'pause') pauseSubscription(scope, subscription, 'final_payment_failure');
  else change(scope, 'subscription', subscription, { status: finalAction }, 'customer.subscription.updated');
}
