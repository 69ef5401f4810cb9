import type { Stripe } from 'stripe';
import { invalid } from '../http/errors.ts';
import { newId } from '../store/ids.ts';
import type { Customer, Price, Subscription } from '../store/objects.ts';
import type { Scope } from '../store/scope.ts';
import { trialNoticeSeconds } from '../store/timers.ts';
import { periodAt } from './calendar.ts';
import { cardFault, chargeablePaymentMethod } from './paymentMethods.ts';
import { announceTrialEnd } from './renewSubscription.ts';
import { saveSubscription } from './saveSubscription.ts';
import { assertOneRhythm, newSubscriptionItem } from './subscriptionItem.ts';

export interface SubscriptionOptions {
  customer: Customer;
  items: { price: Price; quantity: number; metadata: Record<string, string> }[];
  defaultPaymentMethod: string | null;
  trialEnd: number | null;
  missingPaymentMethod: 'cancel' | 'create_invoice' | 'pause';
  paymentBehavior: 'allow_incomplete' | 'default_incomplete' | 'error_if_incomplete';
  saveDefaultPaymentMethod: 'off' | 'on_subscription';
  metadata: Record<string, string>;
  description: string | null;
  cancelAt: number | null;
  cancelAtPeriodEnd: boolean;
  billingMode: 'classic' | 'flexible';
}

/** The wire form of a subscription that starts now; `trialing` or still `incomplete`. */
export function newSubscription(options: SubscriptionOptions, now: number): Subscription {
  const { customer, items, trialEnd } = options;
  const recurring = items[0]?.price.recurring;
  if (recurring === undefined || recurring === null)
    throw invalid('Missing required param: items.', { code: 'parameter_missing', param: 'items' });
  const id = newId('subscription');
  const anchor = trialEnd ?? now;
  const period = trialEnd === null ? periodAt(now, recurring, now) : { start: now, end: trialEnd };
  const cancelAt = options.cancelAtPeriodEnd ? period.end : options.cancelAt;
  const data = items.map((item) => newSubscriptionItem({ subscription: id, ...item, period }, now));
  const mode: Stripe.Subscription.BillingMode.Type = options.billingMode;
  return {
    id,
    object: 'subscription',
    application: null,
    application_fee_percent: null,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
    billing_cycle_anchor: anchor,
    billing_cycle_anchor_config: null,
    billing_mode: { flexible: mode === 'flexible' ? { proration_discounts: 'included' } : null, type: mode },
    billing_schedules: [],
    billing_thresholds: null,
    cancel_at: cancelAt,
    cancel_at_period_end: options.cancelAtPeriodEnd,
    canceled_at: cancelAt === null ? null : now,
    cancellation_details: {
      comment: null,
      feedback: null,
      feedback_option: null,
      reason: cancelAt === null ? null : 'cancellation_requested',
    },
    collection_method: 'charge_automatically',
    created: now,
    currency: data[0]?.price.currency ?? 'usd',
    customer: customer.id,
    customer_account: null,
    days_until_due: null,
    default_payment_method: options.defaultPaymentMethod,
    default_source: null,
    default_tax_rates: [],
    description: options.description,
    discounts: [],
    ended_at: null,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: { type: 'self' },
    },
    items: { object: 'list', data, has_more: false, url: `/v1/subscription_items?subscription=${id}` },
    latest_invoice: null,
    livemode: false,
    managed_payments: null,
    metadata: options.metadata,
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: {
      payment_method_options: null,
      payment_method_types: null,
      save_default_payment_method: options.saveDefaultPaymentMethod,
    },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: null,
    start_date: now,
    status: trialEnd === null ? 'incomplete' : 'trialing',
    test_clock: customer.test_clock ?? null,
    transfer_data: null,
    trial_end: trialEnd,
    trial_settings: {
      end_behavior: { billing_cycle_anchor: null, missing_payment_method: options.missingPaymentMethod },
    },
    trial_start: trialEnd === null ? null : now,
  };
}

/** Starts a subscription: with a trial, or with its first invoice at once. */
export function startSubscription(scope: Scope, options: SubscriptionOptions): Subscription {
  assertOneRhythm(options.items.map((item) => item.price));
  const next = newSubscription(options, scope.now);
  const first = next.items.data[0];
  const period = { start: first?.current_period_start ?? scope.now, end: first?.current_period_end ?? scope.now };
  const trial = next.trial_end !== null;
  const owed = next.items.data.reduce((sum, item) => sum + (item.quantity ?? 1) * (item.price.unit_amount ?? 0), 0);
  const hasMethod = chargeablePaymentMethod(options.customer, next, null) !== null;
  if (!trial && owed > 0 && !hasMethod && options.paymentBehavior !== 'default_incomplete') {
    throw invalid(
      'This customer has no attached payment source or default payment method. Please consider adding a default payment method.',
      { code: 'resource_missing' },
    );
  }
  const saved = saveSubscription(scope, null, next, {
    bill: { reason: 'subscription_create', period, trial },
    collect: options.paymentBehavior !== 'default_incomplete',
    internal: () => ({ trialWillEndFor: null, resumption: null }),
  });
  const failure = saved.payment?.failure;
  if (options.paymentBehavior === 'error_if_incomplete' && failure?.kind === 'declined') {
    throw cardFault(failure.decline.declineCode, { payment_method: failure.method });
  }
  if (next.trial_end !== null && next.trial_end - trialNoticeSeconds <= scope.now)
    announceTrialEnd(scope, saved.subscription);
  return scope.store.get('subscription', next.id) ?? saved.subscription;
}
