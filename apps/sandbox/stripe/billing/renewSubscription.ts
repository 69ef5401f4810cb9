import { change, emit } from '../store/events.ts';
import type { Subscription } from '../store/objects.ts';
import { need, type Scope } from '../store/scope.ts';
import { billPeriod } from './billPeriod.ts';
import { periodAt } from './calendar.ts';
import { cancelSubscription } from './cancelSubscription.ts';
import { chargeablePaymentMethod } from './paymentMethods.ts';
import { recurrenceOf, withPeriod } from './periods.ts';
import { pauseSubscription } from './subscriptionStatus.ts';

/** The next period begins: its invoice is drafted, and the subscription moves on whether or not it will be paid. */
function beginPeriod(
  scope: Scope,
  subscription: Subscription,
  status: Subscription['status'],
  trialEnded: boolean,
): Subscription {
  const anchor = trialEnded ? scope.now : subscription.billing_cycle_anchor;
  const period = periodAt(anchor, recurrenceOf(subscription), scope.now);
  const moved = {
    ...subscription,
    status,
    billing_cycle_anchor: anchor,
    items: withPeriod(subscription.items, period),
  };
  // Once retries are over and the policy says "unpaid", invoices go on being drafted but nobody tries to collect them.
  const autoAdvance = status !== 'unpaid';
  const invoice = billPeriod(scope, moved, { reason: 'subscription_cycle', period, autoAdvance });
  const patch = { status, billing_cycle_anchor: anchor, items: moved.items, latest_invoice: invoice.id };
  return change(scope, 'subscription', subscription, patch, 'customer.subscription.updated');
}

function endTrial(scope: Scope, subscription: Subscription): void {
  const customer = need(scope, 'customer', subscription.customer, 'customer');
  const hasMethod = chargeablePaymentMethod(customer, subscription, null) !== null;
  const missing = subscription.trial_settings?.end_behavior.missing_payment_method ?? 'create_invoice';
  if (!hasMethod && missing === 'cancel') {
    cancelSubscription(scope, subscription, { reason: 'cancellation_requested' });
  } else if (!hasMethod && missing === 'pause') {
    pauseSubscription(scope, subscription, 'trial_end_without_payment_method');
  } else {
    beginPeriod(scope, subscription, 'active', true);
  }
}

/** What happens when a subscription's current period (or its trial) is over. */
export function endPeriod(scope: Scope, subscription: Subscription): void {
  if (subscription.status === 'trialing') endTrial(scope, subscription);
  else beginPeriod(scope, subscription, subscription.status, false);
}

/** Three days before a trial ends, or at once if it is shorter. */
export function announceTrialEnd(scope: Scope, subscription: Subscription): void {
  const internal = scope.store.internal('subscription', subscription.id);
  scope.store.put('subscription', subscription, { ...internal, trialWillEndFor: subscription.trial_end });
  emit(scope, 'customer.subscription.trial_will_end', subscription);
}
