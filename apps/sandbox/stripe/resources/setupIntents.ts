import type { Stripe } from 'stripe';
import { resolvePaymentMethod } from '../billing/paymentMethods.ts';
import { confirmSetup, newSetupIntent } from '../billing/setUpCard.ts';
import { invalid, missingParameter } from '../http/errors.ts';
import { page, pagingByTime, whenGiven } from '../http/page.ts';
import { fieldsOf, flag, list, mergeMetadata, metadata, object, oneOf, text, webUrl } from '../http/params.ts';
import { type Route, route } from '../http/route.ts';
import { change, create, emit } from '../store/events.ts';
import type { SetupIntent } from '../store/objects.ts';
import { inTimeOf, need } from '../store/scope.ts';

const createFields = fieldsOf<Stripe.SetupIntentCreateParams>()({
  automatic_payment_methods: object({ allow_redirects: oneOf('always', 'never'), enabled: flag }),
  confirm: flag,
  customer: text,
  description: text,
  metadata,
  payment_method: text,
  allowed_payment_method_types: list(oneOf('card')),
  return_url: webUrl,
  usage: oneOf('off_session', 'on_session'),
});

export const setupIntents: Route[] = [
  route('POST', '/v1/setup_intents', createFields, ({ scope: outer, params }) => {
    const customer = params.customer === undefined ? null : need(outer, 'customer', params.customer, 'customer');
    const scope = customer === null ? outer : inTimeOf(outer, customer);
    const method =
      params.payment_method === undefined ? null : resolvePaymentMethod(scope, params.payment_method, 'payment_method');
    const intent: SetupIntent = {
      ...newSetupIntent(customer?.id ?? null, scope.now),
      description: params.description ?? null,
      metadata: mergeMetadata({}, params.metadata),
      payment_method: method?.id ?? null,
      status: method === null ? 'requires_payment_method' : 'requires_confirmation',
      usage: params.usage ?? 'off_session',
    };
    create(scope, 'setup_intent', intent, 'setup_intent.created');
    if (params.confirm !== true) return intent;
    if (method === null) throw missingParameter('payment_method');
    return confirmSetup(scope, intent, method);
  }),
  route(
    'GET',
    '/v1/setup_intents',
    fieldsOf<Stripe.SetupIntentListParams>()({ ...pagingByTime, customer: text, payment_method: text }),
    ({ scope, params }) =>
      page(scope, 'setup_intent', '/v1/setup_intents', params, [
        ...whenGiven('customer = ?', params.customer),
        ...whenGiven(`json_extract(body, '$.payment_method') = ?`, params.payment_method),
      ]),
  ),
  route('GET', '/v1/setup_intents/:id', { client_secret: text }, ({ scope, id }) => need(scope, 'setup_intent', id)),
  route(
    'POST',
    '/v1/setup_intents/:id/confirm',
    fieldsOf<Stripe.SetupIntentConfirmParams>()({ payment_method: text, return_url: webUrl }),
    ({ scope: outer, id, params }) => {
      const intent = need(outer, 'setup_intent', id);
      if (intent.status === 'succeeded' || intent.status === 'canceled') {
        throw invalid(`You cannot confirm this SetupIntent because it has already ${intent.status}.`, {
          code: 'setup_intent_unexpected_state',
        });
      }
      const customer = intent.customer === null ? undefined : outer.store.get('customer', intent.customer);
      const scope = customer === undefined ? outer : inTimeOf(outer, customer);
      const wanted = params.payment_method ?? intent.payment_method;
      if (wanted === null) throw missingParameter('payment_method');
      return confirmSetup(scope, intent, resolvePaymentMethod(scope, wanted, 'payment_method'));
    },
  ),
  route('POST', '/v1/setup_intents/:id/cancel', {}, ({ scope, id }) => {
    const intent = need(scope, 'setup_intent', id);
    if (intent.status === 'succeeded' || intent.status === 'canceled') {
      throw invalid(`You cannot cancel this SetupIntent because it has a status of ${intent.status}.`, {
        code: 'setup_intent_unexpected_state',
      });
    }
    const canceled = change(scope, 'setup_intent', intent, { cancellation_reason: null, status: 'canceled' }, null);
    emit(scope, 'setup_intent.canceled', canceled);
    return canceled;
  }),
];
