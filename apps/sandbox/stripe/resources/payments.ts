import type { Stripe } from 'stripe';
import { invalid, missingParameter } from '../http/errors.ts';
import { page, paging, pagingByTime, whenGiven } from '../http/page.ts';
import { count, fieldsOf, mergeMetadata, metadata, object, oneOf, text } from '../http/params.ts';
import { type Route, route } from '../http/route.ts';
import { change, create } from '../store/events.ts';
import { newId } from '../store/ids.ts';
import type { Charge, Kinds } from '../store/objects.ts';
import { inTimeOf, need, type Scope } from '../store/scope.ts';

interface RefundParams {
  amount?: number;
  charge?: string;
  payment_intent?: string;
  reason?: 'duplicate' | 'fraudulent' | 'requested_by_customer';
  metadata?: Record<string, string | null> | null;
}

function chargeToRefund(scope: Scope, params: RefundParams): Charge {
  if (params.charge !== undefined) return need(scope, 'charge', params.charge, 'charge');
  if (params.payment_intent === undefined) throw missingParameter('payment_intent');
  const intent = need(scope, 'payment_intent', params.payment_intent, 'payment_intent');
  if (intent.latest_charge === null || intent.status !== 'succeeded') {
    throw invalid(`This PaymentIntent (${intent.id}) does not have a successful charge to refund.`, {
      param: 'payment_intent',
    });
  }
  return need(scope, 'charge', intent.latest_charge, 'charge');
}

function refund(outer: Scope, params: RefundParams): Kinds['refund'] {
  const charge = chargeToRefund(outer, params);
  const customer = charge.customer === null ? undefined : outer.store.get('customer', charge.customer);
  const scope = customer === undefined ? outer : inTimeOf(outer, customer);
  if (charge.status !== 'succeeded')
    throw invalid(`Charge ${charge.id} has not succeeded and cannot be refunded.`, { param: 'charge' });
  const left = charge.amount - charge.amount_refunded;
  const amount = params.amount ?? left;
  if (left === 0) throw invalid(`Charge ${charge.id} has already been refunded.`, { code: 'charge_already_refunded' });
  if (amount < 1 || amount > left) {
    throw invalid(`Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`, {
      param: 'amount',
    });
  }
  const made: Kinds['refund'] = {
    id: newId('refund'),
    object: 'refund',
    amount,
    balance_transaction: null,
    charge: charge.id,
    created: scope.now,
    currency: charge.currency,
    customer: charge.customer,
    customer_account: null,
    destination_details: {
      card: { reference_status: 'pending', reference_type: 'acquirer_reference_number', type: 'refund' },
      type: 'card',
    },
    metadata: mergeMetadata({}, params.metadata),
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    reason: params.reason ?? null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: 'succeeded',
    transfer_reversal: null,
  };
  create(scope, 'refund', made, 'refund.created');
  const refunded = charge.amount_refunded + amount;
  change(
    scope,
    'charge',
    charge,
    { amount_refunded: refunded, refunded: refunded === charge.amount },
    'charge.refunded',
  );
  return made;
}

const byCustomer = { ...pagingByTime, customer: text };

export const payments: Route[] = [
  route('GET', '/v1/payment_intents', byCustomer, ({ scope, params }) =>
    page(scope, 'payment_intent', '/v1/payment_intents', params, whenGiven('customer = ?', params.customer)),
  ),
  route('GET', '/v1/payment_intents/:id', { client_secret: text }, ({ scope, id }) =>
    need(scope, 'payment_intent', id),
  ),
  route(
    'POST',
    '/v1/payment_intents/:id',
    fieldsOf<Stripe.PaymentIntentUpdateParams>()({ description: text, metadata }),
    ({ scope, id, params }) => {
      const stored = need(scope, 'payment_intent', id);
      const patch = {
        metadata: mergeMetadata(stored.metadata, params.metadata),
        description: params.description ?? stored.description,
      };
      return change(scope, 'payment_intent', stored, patch, null);
    },
  ),
  route(
    'GET',
    '/v1/charges',
    fieldsOf<Stripe.ChargeListParams>()({ ...byCustomer, payment_intent: text }),
    ({ scope, params }) =>
      page(scope, 'charge', '/v1/charges', params, [
        ...whenGiven('customer = ?', params.customer),
        ...whenGiven('parent = ?', params.payment_intent),
      ]),
  ),
  route('GET', '/v1/charges/:id', {}, ({ scope, id }) => need(scope, 'charge', id)),
  route(
    'POST',
    '/v1/refunds',
    fieldsOf<Stripe.RefundCreateParams>()({
      amount: count,
      charge: text,
      metadata,
      payment_intent: text,
      reason: oneOf('duplicate', 'fraudulent', 'requested_by_customer'),
    }),
    ({ scope, params }) => refund(scope, params),
  ),
  route(
    'GET',
    '/v1/refunds',
    fieldsOf<Stripe.RefundListParams>()({ ...pagingByTime, charge: text, payment_intent: text }),
    ({ scope, params }) =>
      page(scope, 'refund', '/v1/refunds', params, [
        ...whenGiven('parent = ?', params.charge),
        ...whenGiven(`json_extract(body, '$.payment_intent') = ?`, params.payment_intent),
      ]),
  ),
  route('GET', '/v1/refunds/:id', {}, ({ scope, id }) => need(scope, 'refund', id)),
  route('POST', '/v1/refunds/:id', { metadata }, ({ scope, id, params }) => {
    const stored = need(scope, 'refund', id);
    return change(
      scope,
      'refund',
      stored,
      { metadata: mergeMetadata(stored.metadata ?? {}, params.metadata) },
      'refund.updated',
    );
  }),
  route(
    'GET',
    '/v1/invoice_payments',
    fieldsOf<Stripe.InvoicePaymentListParams>()({
      ...paging,
      invoice: text,
      payment: object({ payment_intent: text, type: oneOf('payment_intent', 'payment_record') }),
      status: oneOf('canceled', 'open', 'paid'),
    }),
    ({ scope, params }) =>
      page(scope, 'invoice_payment', '/v1/invoice_payments', params, [
        ...whenGiven('parent = ?', params.invoice),
        ...whenGiven(`json_extract(body, '$.payment.payment_intent') = ?`, params.payment?.payment_intent),
        ...whenGiven('status = ?', params.status),
      ]),
  ),
  route('GET', '/v1/invoice_payments/:id', {}, ({ scope, id }) => need(scope, 'invoice_payment', id)),
];
