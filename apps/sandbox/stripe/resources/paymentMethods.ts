import type { Stripe } from 'stripe';
import { cardByToken } from '../billing/cards.ts';
import {
  attachPaymentMethod,
  createPaymentMethod,
  detachPaymentMethod,
  resolvePaymentMethod,
} from '../billing/paymentMethods.ts';
import { invalid } from '../http/errors.ts';
import { page, paging, whenGiven } from '../http/page.ts';
import {
  clearableText,
  fieldsOf,
  integer,
  mergeMetadata,
  metadata,
  object,
  oneOf,
  required,
  text,
} from '../http/params.ts';
import { type Route, route } from '../http/route.ts';
import { change } from '../store/events.ts';
import { inTimeOf, need } from '../store/scope.ts';

const billingDetails = object({ email: clearableText, name: clearableText, phone: clearableText });

export const paymentMethods: Route[] = [
  route(
    'POST',
    '/v1/payment_methods',
    fieldsOf<Stripe.PaymentMethodCreateParams>()({
      billing_details: billingDetails,
      card: required(object({ token: required(text) })),
      metadata,
      type: required(oneOf('card')),
    }),
    ({ scope, params }) => {
      const card = cardByToken(params.card.token);
      if (card === undefined)
        throw invalid(`No such token: '${params.card.token}'`, { code: 'resource_missing', param: 'card[token]' });
      const { email, name } = params.billing_details ?? {};
      const method = createPaymentMethod(scope, card, { email: email ?? null, name: name ?? null });
      return change(scope, 'payment_method', method, { metadata: mergeMetadata({}, params.metadata) }, null);
    },
  ),
  route(
    'GET',
    '/v1/payment_methods',
    fieldsOf<Stripe.PaymentMethodListParams>()({ ...paging, customer: text, type: text }),
    ({ scope, params }) => {
      if (params.customer !== undefined) need(scope, 'customer', params.customer, 'customer');
      return page(scope, 'payment_method', '/v1/payment_methods', params, [
        ...(params.customer === undefined
          ? [{ sql: 'customer is null', values: [] }]
          : whenGiven('customer = ?', params.customer)),
        ...whenGiven(`json_extract(body, '$.type') = ?`, params.type),
      ]);
    },
  ),
  route('GET', '/v1/payment_methods/:id', {}, ({ scope, id }) => need(scope, 'payment_method', id)),
  route(
    'POST',
    '/v1/payment_methods/:id',
    fieldsOf<Stripe.PaymentMethodUpdateParams>()({
      billing_details: billingDetails,
      card: object({ exp_month: integer, exp_year: integer }),
      metadata,
    }),
    ({ scope, id, params }) => {
      const stored = need(scope, 'payment_method', id);
      const card = stored.card;
      const patch: Partial<typeof stored> = {
        billing_details: { ...stored.billing_details, ...params.billing_details },
        metadata: mergeMetadata(stored.metadata ?? {}, params.metadata),
      };
      if (card !== undefined) patch.card = { ...card, ...params.card };
      return change(scope, 'payment_method', stored, patch, 'payment_method.updated');
    },
  ),
  route(
    'POST',
    '/v1/payment_methods/:id/attach',
    fieldsOf<Stripe.PaymentMethodAttachParams>()({ customer: required(text) }),
    ({ scope: outer, id, params }) => {
      const customer = need(outer, 'customer', params.customer, 'customer');
      const scope = inTimeOf(outer, customer);
      return attachPaymentMethod(scope, resolvePaymentMethod(scope, id, 'id'), customer);
    },
  ),
  route('POST', '/v1/payment_methods/:id/detach', {}, ({ scope: outer, id }) => {
    const method = need(outer, 'payment_method', id);
    const customer = method.customer === null ? undefined : outer.store.get('customer', method.customer);
    return detachPaymentMethod(customer === undefined ? outer : inTimeOf(outer, customer), method);
  }),
];
