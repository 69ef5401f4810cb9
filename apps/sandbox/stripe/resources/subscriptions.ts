import type { Stripe } from 'stripe';
import { billPeriod } from '../billing/billPeriod.ts';
import { cancelSubscription, expireSubscription } from '../billing/cancelSubscription.ts';
import { pendingItems } from '../billing/invoiceLines.ts';
import { invoicesOf } from '../billing/invoiceParts.ts';
import { startSubscription } from '../billing/newSubscription.ts';
import { ownedPaymentMethod } from '../billing/paymentMethods.ts';
import { prorate } from '../billing/prorate.ts';
import { resumeSubscription } from '../billing/resumeSubscription.ts';
import { settleNow } from '../billing/saveSubscription.ts';
import { needRecurring } from '../billing/subscriptionItem.ts';
import { updateSubscription } from '../billing/updateSubscription.ts';
import { voidInvoice } from '../billing/voidInvoice.ts';
import { invalid } from '../http/errors.ts';
import { page, pagingByTime, rangeConditions, whenGiven } from '../http/page.ts';
import {
  clearable,
  clearableText,
  count,
  either,
  fieldsOf,
  flag,
  integer,
  list,
  mergeMetadata,
  metadata,
  object,
  oneOf,
  type Params,
  range,
  required,
  text,
} from '../http/params.ts';
import { type Route, route } from '../http/route.ts';
import { change } from '../store/events.ts';
import type { Subscription } from '../store/objects.ts';
import { inTimeOf, need, type Scope } from '../store/scope.ts';
import { subscriptionPatch } from './subscriptionPatch.ts';

const anchor = object({ type: required(oneOf('now', 'unchanged')) });
const trialSettings = object({
  end_behavior: required(object({ missing_payment_method: oneOf('cancel', 'create_invoice', 'pause') })),
});
const paymentSettings = object({
  payment_method_types: clearable(list(oneOf('card'))),
  save_default_payment_method: oneOf('off', 'on_subscription'),
});
const paymentBehavior = oneOf('allow_incomplete', 'default_incomplete', 'error_if_incomplete');
const prorationBehavior = oneOf('always_invoice', 'create_prorations', 'none');
const cancellationDetails = object({
  comment: clearableText,
  feedback: clearable(
    oneOf(
      'customer_service',
      'low_quality',
      'missing_features',
      'other',
      'switched_service',
      'too_complex',
      'too_expensive',
      'unused',
    ),
  ),
});

const createFields = fieldsOf<Stripe.SubscriptionCreateParams>()({
  billing_mode: object({ type: required(oneOf('classic', 'flexible')) }),
  cancel_at: integer,
  cancel_at_period_end: flag,
  collection_method: oneOf('charge_automatically'),
  currency: text,
  customer: required(text),
  default_payment_method: text,
  description: text,
  items: required(list(object({ metadata, price: required(text), quantity: count }))),
  metadata,
  off_session: flag,
  payment_behavior: paymentBehavior,
  payment_settings: paymentSettings,
  proration_behavior: prorationBehavior,
  trial_end: either(oneOf('now'), integer),
  trial_period_days: count,
  trial_settings: trialSettings,
});

const updateFields = fieldsOf<Stripe.SubscriptionUpdateParams>()({
  billing_cycle_anchor: anchor,
  cancel_at: clearable(integer),
  cancel_at_period_end: flag,
  cancellation_details: cancellationDetails,
  default_payment_method: clearableText,
  description: clearableText,
  items: list(object({ deleted: flag, id: text, metadata, price: text, quantity: count })),
  metadata,
  off_session: flag,
  pause_collection: clearable(object({ behavior: required(oneOf('keep_as_draft', 'mark_uncollectible', 'void')) })),
  payment_behavior: paymentBehavior,
  payment_settings: paymentSettings,
  proration_behavior: prorationBehavior,
  proration_date: integer,
  trial_end: either(oneOf('now'), integer),
  trial_settings: trialSettings,
});

type SubscriptionUpdate = Params<typeof updateFields>;

const daySeconds = 86_400;

function create(outer: Scope, params: Params<typeof createFields>): Subscription {
  const customer = need(outer, 'customer', params.customer, 'customer');
  const scope = inTimeOf(outer, customer);
  if (params.trial_end !== undefined && params.trial_period_days !== undefined) {
    throw invalid('You may only specify one of these parameters: trial_end, trial_period_days.', {
      param: 'trial_end',
    });
  }
  if (typeof params.trial_end === 'number' && params.trial_end <= scope.now) {
    throw invalid('Invalid timestamp: must be an integer Unix timestamp in the future.', { param: 'trial_end' });
  }
  if (params.cancel_at !== undefined && params.cancel_at <= scope.now) {
    throw invalid('`cancel_at` must be in the future.', { param: 'cancel_at' });
  }
  if (params.default_payment_method !== undefined)
    ownedPaymentMethod(scope, params.default_payment_method, customer.id, 'default_payment_method');
  const days = params.trial_period_days ?? 0;
  const trialEnd =
    typeof params.trial_end === 'number' ? params.trial_end : days > 0 ? scope.now + days * daySeconds : null;
  return startSubscription(scope, {
    customer,
    items: params.items.map((item, index) => ({
      price: needRecurring(scope, item.price, `items[${index}][price]`),
      quantity: item.quantity ?? 1,
      metadata: mergeMetadata({}, item.metadata),
    })),
    defaultPaymentMethod: params.default_payment_method ?? null,
    trialEnd,
    missingPaymentMethod: params.trial_settings?.end_behavior.missing_payment_method ?? 'create_invoice',
    paymentBehavior: params.payment_behavior ?? 'allow_incomplete',
    saveDefaultPaymentMethod: params.payment_settings?.save_default_payment_method ?? 'off',
    metadata: mergeMetadata({}, params.metadata),
    description: params.description ?? null,
    cancelAt: params.cancel_at ?? null,
    cancelAtPeriodEnd: params.cancel_at_period_end ?? false,
    billingMode: params.billing_mode?.type ?? 'flexible',
  });
}

function update(outer: Scope, id: string, params: SubscriptionUpdate): Subscription {
  const stored = need(outer, 'subscription', id);
  const scope = inTimeOf(outer, stored);
  const over = stored.status === 'canceled' || stored.status === 'incomplete_expired';
  const harmless = new Set(['metadata', 'cancellation_details']);
  if (over && Object.keys(params).some((key) => !harmless.has(key))) {
    throw invalid('A canceled subscription can only update its cancellation_details and metadata.', {
      code: 'invalid_canceled_subscription_fields',
    });
  }
  const fields = subscriptionPatch(scope, stored, params);
  if (over) return change(scope, 'subscription', stored, fields, 'customer.subscription.updated');
  return updateSubscription(scope, stored, {
    fields,
    paymentBehavior: params.payment_behavior ?? 'allow_incomplete',
    prorationBehavior: params.proration_behavior ?? 'create_prorations',
    anchorNow: params.billing_cycle_anchor?.type === 'now',
    ...(params.items === undefined ? {} : { items: params.items }),
    ...(params.trial_end === undefined ? {} : { trialEnd: params.trial_end }),
    ...(params.proration_date === undefined ? {} : { prorationDate: params.proration_date }),
  });
}

interface CancelParams {
  cancellation_details?: { comment?: string | null; feedback?: string | null };
  invoice_now?: boolean;
  prorate?: boolean;
}

function cancel(outer: Scope, id: string, params: CancelParams): Subscription {
  const stored = need(outer, 'subscription', id);
  const scope = inTimeOf(outer, stored);
  if (stored.status === 'canceled' || stored.status === 'incomplete_expired') {
    throw invalid(`No such subscription: '${id}'`, { code: 'resource_missing', param: 'id' });
  }
  if (stored.status === 'incomplete') {
    for (const invoice of invoicesOf(scope, id)) if (invoice.status === 'open') voidInvoice(scope, invoice);
    const now = need(scope, 'subscription', id);
    return now.status === 'incomplete' ? expireSubscription(scope, now) : now;
  }
  if (params.prorate === true && stored.status !== 'trialing' && stored.status !== 'paused')
    prorate(scope, stored, null, scope.now);
  const pending = pendingItems(scope, stored.customer, id).filter((item) => item.proration);
  if (params.invoice_now === true && pending.length > 0) {
    settleNow(scope, billPeriod(scope, stored, { reason: 'subscription_update', period: null }), true);
  } else if (params.prorate !== true) {
    for (const item of pending) scope.store.remove(item.id);
  }
  const { comment, feedback } = params.cancellation_details ?? {};
  return cancelSubscription(scope, need(scope, 'subscription', id), {
    reason: 'cancellation_requested',
    comment: comment ?? null,
    feedback: feedback ?? null,
  });
}

const statuses = oneOf(
  'active',
  'all',
  'canceled',
  'ended',
  'incomplete',
  'incomplete_expired',
  'past_due',
  'paused',
  'trialing',
  'unpaid',
);

export const subscriptions: Route[] = [
  route('POST', '/v1/subscriptions', createFields, ({ scope, params }) => create(scope, params)),
  route(
    'GET',
    '/v1/subscriptions',
    fieldsOf<Stripe.SubscriptionListParams>()({
      ...pagingByTime,
      collection_method: oneOf('charge_automatically', 'send_invoice'),
      current_period_end: range,
      current_period_start: range,
      customer: text,
      price: text,
      status: statuses,
      test_clock: text,
    }),
    ({ scope, params }) => {
      const { status } = params;
      const byStatus =
        status === 'all'
          ? []
          : status === undefined
            ? [{ sql: `status not in ('canceled', 'incomplete_expired')`, values: [] }]
            : status === 'ended'
              ? [{ sql: `status in ('canceled', 'incomplete_expired')`, values: [] }]
              : whenGiven('status = ?', status);
      return page(scope, 'subscription', '/v1/subscriptions', params, [
        ...byStatus,
        ...whenGiven('customer = ?', params.customer),
        ...whenGiven('clock = ?', params.test_clock),
        ...whenGiven(
          `exists (select 1 from json_each(body, '$.items.data') item where json_extract(item.value, '$.price.id') = ?)`,
          params.price,
        ),
        ...rangeConditions(`json_extract(body, '$.items.data[0].current_period_end')`, params.current_period_end),
        ...rangeConditions(`json_extract(body, '$.items.data[0].current_period_start')`, params.current_period_start),
      ]);
    },
  ),
  route('GET', '/v1/subscriptions/:id', {}, ({ scope, id }) => need(scope, 'subscription', id)),
  route('POST', '/v1/subscriptions/:id', updateFields, ({ scope, id, params }) => update(scope, id, params)),
  route(
    'DELETE',
    '/v1/subscriptions/:id',
    fieldsOf<Stripe.SubscriptionCancelParams>()({
      cancellation_details: cancellationDetails,
      invoice_now: flag,
      prorate: flag,
    }),
    ({ scope, id, params }) => cancel(scope, id, params),
  ),
  route(
    'POST',
    '/v1/subscriptions/:id/resume',
    fieldsOf<Stripe.SubscriptionResumeParams>()({
      billing_cycle_anchor: anchor,
      payment_behavior: oneOf('resume_on_payment_attempt', 'resume_on_payment_success'),
      proration_behavior: prorationBehavior,
    }),
    ({ scope: outer, id, params }) => {
      const stored = need(outer, 'subscription', id);
      return resumeSubscription(inTimeOf(outer, stored), stored, {
        anchor: params.billing_cycle_anchor?.type ?? 'now',
        onSuccess: params.payment_behavior === 'resume_on_payment_success',
        prorate: params.proration_behavior !== 'none',
      });
    },
  ),
];
