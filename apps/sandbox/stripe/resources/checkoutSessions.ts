import type { Stripe } from 'stripe';
import { checkoutLines, expireCheckout } from '../billing/checkout.ts';
import { needRecurring } from '../billing/subscriptionItem.ts';
import { invalid, missingParameter } from '../http/errors.ts';
import { page, pageLimit, paging, pagingByTime, whenGiven } from '../http/page.ts';
import {
  count,
  fieldsOf,
  integer,
  list,
  mergeMetadata,
  metadata,
  object,
  oneOf,
  type Params,
  required,
  text,
  webUrl,
} from '../http/params.ts';
import { type Route, route } from '../http/route.ts';
import { create } from '../store/events.ts';
import { newId } from '../store/ids.ts';
import type { CheckoutSession } from '../store/objects.ts';
import { need, type Scope } from '../store/scope.ts';

const fields = fieldsOf<Stripe.Checkout.SessionCreateParams>()({
  allowed_payment_method_types: list(oneOf('card')),
  cancel_url: webUrl,
  client_reference_id: text,
  customer: text,
  customer_email: text,
  expires_at: integer,
  line_items: required(list(object({ price: required(text), quantity: count }))),
  locale: text,
  metadata,
  mode: required(oneOf('subscription')),
  payment_method_collection: oneOf('always', 'if_required'),
  subscription_data: object({
    metadata,
    trial_end: integer,
    trial_period_days: count,
    trial_settings: object({
      end_behavior: required(object({ missing_payment_method: required(oneOf('cancel', 'create_invoice', 'pause')) })),
    }),
  }),
  success_url: required(webUrl),
  ui_mode: oneOf('hosted_page'),
});

const shortest = 30 * 60;
const longest = 24 * 3600;

function createSession(scope: Scope, params: Params<typeof fields>): CheckoutSession {
  if (params.customer !== undefined && params.customer_email !== undefined) {
    throw invalid('You may only specify one of these parameters: customer, customer_email.', { param: 'customer' });
  }
  if (params.line_items.length === 0) throw missingParameter('line_items');
  if (params.customer !== undefined) need(scope, 'customer', params.customer, 'customer');
  const expiresAt = params.expires_at ?? scope.now + longest;
  if (expiresAt < scope.now + shortest || expiresAt > scope.now + longest) {
    throw invalid(
      'The `expires_at` timestamp must be at least 30 minutes and at most 24 hours from Checkout Session creation.',
      { param: 'expires_at' },
    );
  }
  const prices = params.line_items.map((item, index) =>
    needRecurring(scope, item.price, `line_items[${index}][price]`),
  );
  const items = params.line_items.map((item) => ({ price: item.price, quantity: item.quantity ?? 1 }));
  const wanted = params.subscription_data ?? {};
  const trial = wanted.trial_end !== undefined || (wanted.trial_period_days ?? 0) > 0;
  const subtotal = trial
    ? 0
    : prices.reduce((sum, price, index) => sum + (price.unit_amount ?? 0) * (items[index]?.quantity ?? 1), 0);
  const id = newId('checkout.session');
  const session: CheckoutSession = {
    id,
    object: 'checkout.session',
    adaptive_pricing: null,
    after_expiration: null,
    allow_promotion_codes: null,
    allowed_payment_method_types: params.allowed_payment_method_types ?? null,
    amount_subtotal: subtotal,
    amount_total: subtotal,
    automatic_tax: { enabled: false, liability: null, provider: null, status: null },
    billing_address_collection: null,
    cancel_url: params.cancel_url ?? null,
    client_reference_id: params.client_reference_id ?? null,
    client_secret: null,
    collected_information: null,
    consent: null,
    consent_collection: null,
    created: scope.now,
    currency: prices[0]?.currency ?? null,
    currency_conversion: null,
    custom_fields: [],
    custom_text: { after_submit: null, shipping_address: null, submit: null, terms_of_service_acceptance: null },
    customer: params.customer ?? null,
    customer_account: null,
    customer_creation: 'always',
    customer_details: null,
    customer_email: params.customer_email ?? null,
    discounts: [],
    expires_at: expiresAt,
    integration_identifier: null,
    invoice: null,
    invoice_creation: null,
    livemode: false,
    locale: params.locale ?? null,
    managed_payments: null,
    metadata: mergeMetadata({}, params.metadata),
    mode: 'subscription',
    origin_context: null,
    payment_intent: null,
    payment_link: null,
    payment_method_collection: params.payment_method_collection ?? 'always',
    payment_method_configuration_details: null,
    payment_method_options: { card: { request_three_d_secure: 'automatic' } },
    payment_method_types: ['card'],
    payment_status: 'unpaid',
    permissions: null,
    phone_number_collection: { enabled: false },
    recovered_from: null,
    saved_payment_method_options: null,
    setup_intent: null,
    shipping_address_collection: null,
    shipping_cost: null,
    shipping_options: [],
    status: 'open',
    submit_type: null,
    subscription: null,
    success_url: params.success_url,
    total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
    ui_mode: 'hosted_page',
    url: `${scope.settings.publicUrl()}/c/pay/${id}`,
    wallet_options: null,
  };
  return create(scope, 'checkout.session', session, null, {
    email: params.customer_email ?? null,
    items,
    subscription: {
      metadata: mergeMetadata({}, wanted.metadata),
      ...(wanted.trial_end === undefined ? {} : { trialEnd: wanted.trial_end }),
      ...(wanted.trial_period_days === undefined || wanted.trial_period_days === 0
        ? {}
        : { trialPeriodDays: wanted.trial_period_days }),
      ...(wanted.trial_settings === undefined
        ? {}
        : { missingPaymentMethod: wanted.trial_settings.end_behavior.missing_payment_method }),
    },
  });
}

export const checkoutSessions: Route[] = [
  route('POST', '/v1/checkout/sessions', fields, ({ scope, params }) => createSession(scope, params)),
  route(
    'GET',
    '/v1/checkout/sessions',
    fieldsOf<Stripe.Checkout.SessionListParams>()({
      ...pagingByTime,
      customer: text,
      status: oneOf('complete', 'expired', 'open'),
      subscription: text,
    }),
    ({ scope, params }) =>
      page(scope, 'checkout.session', '/v1/checkout/sessions', params, [
        ...whenGiven('customer = ?', params.customer),
        ...whenGiven('status = ?', params.status),
        ...whenGiven('subscription = ?', params.subscription),
      ]),
  ),
  route('GET', '/v1/checkout/sessions/:id', {}, ({ scope, id }) => need(scope, 'checkout.session', id)),
  route('GET', '/v1/checkout/sessions/:id/line_items', paging, ({ scope, id, params }) => {
    need(scope, 'checkout.session', id);
    const lines = checkoutLines(scope, id);
    const limit = pageLimit(params);
    return {
      object: 'list',
      data: lines.slice(0, limit),
      has_more: lines.length > limit,
      url: `/v1/checkout/sessions/${id}/line_items`,
    };
  }),
  route('POST', '/v1/checkout/sessions/:id/expire', {}, ({ scope, id }) => {
    const session = need(scope, 'checkout.session', id);
    if (session.status !== 'open')
      throw invalid(
        `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of \`${session.status}\`.`,
      );
    return expireCheckout(scope, session);
  }),
];
