import { invalid } from '../http/errors.ts';
import type { Subscription } from '../store/objects.ts';
import { need, type Scope } from '../store/scope.ts';
import { incompleteSeconds } from '../store/timers.ts';
import { billPeriod } from './billPeriod.ts';
import { periodAt } from './calendar.ts';
import { chargeablePaymentMethod } from './paymentMethods.ts';
import { recurrenceOf } from './periods.ts';
import { settleNow } from './saveSubscription.ts';
import { resumeNow } from './subscriptionStatus.ts';

export interface ResumeOptions {
  anchor: 'now' | 'unchanged';
  /** Charge now and stay paused unless that succeeds; otherwise the caller pays the invoice, and a failure makes it past due. */
  onSuccess: boolean;
  /** Whether the rest of a period under way is billed, when the anchor stays. */
  prorate: boolean;
}

/** A year of retries for `resume_on_payment_success`, 23 hours for somebody to pay by hand otherwise. */
const patientSeconds = 365 * 86_400;

/**
 * Takes a paused subscription up again. What is owed for the period falls due as an invoice, made final at once, and
 * only its payment ends the pause; left alone until its time is over it is voided, and the pause stays.
 */
export function resumeSubscription(scope: Scope, subscription: Subscription, options: ResumeOptions): Subscription {
  if (subscription.status !== 'paused') {
    throw invalid('You can only resume subscriptions that have a status of `paused`.');
  }
  const internal = scope.store.internal('subscription', subscription.id);
  const anchor = options.anchor === 'now' ? scope.now : subscription.billing_cycle_anchor;
  const whole = periodAt(anchor, recurrenceOf(subscription), scope.now);
  const period = { start: scope.now, end: whole.end };
  const resumption = { invoice: null, anchor, ...period, onSuccess: options.onSuccess };
  const part = options.anchor === 'now' ? 1 : (period.end - period.start) / (whole.end - whole.start);
  if (options.anchor === 'unchanged' && !options.prorate) {
    scope.store.put('subscription', subscription, { ...internal, resumption });
    return resumeNow(scope, subscription);
  }
  const customer = need(scope, 'customer', subscription.customer, 'customer');
  if (options.onSuccess && chargeablePaymentMethod(customer, subscription, null) === null) {
    throw invalid('This customer has no attached payment source or default payment method.', {
      code: 'resource_missing',
    });
  }
  const draft = billPeriod(scope, subscription, {
    reason: 'subscription_update',
    period,
    part,
    resumptionEndsAt: scope.now + (options.onSuccess ? patientSeconds : incompleteSeconds),
  });
  const waiting = { ...subscription, latest_invoice: draft.id };
  scope.store.put('subscription', waiting, { ...internal, resumption: { ...resumption, invoice: draft.id } });
  settleNow(scope, draft, options.onSuccess, options.onSuccess);
  return need(scope, 'subscription', subscription.id);
}
