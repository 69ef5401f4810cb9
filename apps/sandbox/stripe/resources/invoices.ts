import type { Stripe } from 'stripe';
import { finalizeInvoice } from '../billing/finalizeInvoice.ts';
import { pendingItems } from '../billing/invoiceLines.ts';
import { intentOf } from '../billing/invoiceParts.ts';
import { markPaid } from '../billing/markPaid.ts';
import { createInvoice, draftSeconds } from '../billing/newInvoice.ts';
import { payInvoice } from '../billing/payInvoice.ts';
import { cardFault, ownedPaymentMethod } from '../billing/paymentMethods.ts';
import { markUncollectible, voidInvoice } from '../billing/voidInvoice.ts';
import { invalid } from '../http/errors.ts';
import { page, pageLimit, paging, pagingByTime, whenGiven } from '../http/page.ts';
import { clearableText, fieldsOf, flag, integer, mergeMetadata, metadata, oneOf, text } from '../http/params.ts';
import { type Route, route } from '../http/route.ts';
import { change, emit } from '../store/events.ts';
import type { Invoice } from '../store/objects.ts';
import { inTimeOf, need, type Scope } from '../store/scope.ts';

const status = oneOf('draft', 'open', 'paid', 'uncollectible', 'void');

function open(outer: Scope, id: string): { scope: Scope; invoice: Invoice } {
  const invoice = need(outer, 'invoice', id);
  return { scope: inTimeOf(outer, invoice), invoice };
}

interface PayParams {
  payment_method?: string;
  paid_out_of_band?: boolean;
}

function pay(outer: Scope, id: string, params: PayParams): Invoice {
  const { scope, invoice: stored } = open(outer, id);
  if (stored.status === 'paid') throw invalid('Invoice is already paid');
  if (stored.status === 'void') throw invalid('This invoice can no longer be paid');
  const invoice = stored.status === 'draft' ? finalizeInvoice(scope, stored, stored.auto_advance ?? false) : stored;
  if (invoice.status === 'paid') return invoice;
  if (params.paid_out_of_band === true) return markPaid(scope, invoice, { amountPaid: 0, outOfBand: true });
  if (params.payment_method !== undefined)
    ownedPaymentMethod(scope, params.payment_method, invoice.customer ?? '', 'payment_method');
  const given = params.payment_method === undefined ? {} : { paymentMethod: params.payment_method };
  const result = payInvoice(scope, invoice, { automatic: false, ...given });
  if (result.failure === null) return result.invoice;
  if (result.failure.kind === 'no_method') {
    throw invalid(
      `There is no \`default_payment_method\` set on this Customer or Invoice. Please provide a payment_method or set a default.`,
      { code: 'missing', param: 'payment_method' },
    );
  }
  const { charge, decline, method } = result.failure;
  const details = {
    payment_intent: intentOf(scope, invoice),
    payment_method: method,
    ...(charge === null ? {} : { charge }),
  };
  if (decline.declineCode === 'authentication_required') {
    throw cardFault(
      decline.declineCode,
      {
        ...details,
        code: 'invoice_payment_intent_requires_action',
        message: 'This payment requires additional user action before it can be completed successfully.',
      },
      true,
    );
  }
  throw cardFault(decline.declineCode, details, true);
}

const createFields = fieldsOf<Stripe.InvoiceCreateParams>()({
  auto_advance: flag,
  collection_method: oneOf('charge_automatically'),
  currency: text,
  customer: text,
  default_payment_method: text,
  description: text,
  metadata,
  pending_invoice_items_behavior: oneOf('exclude', 'include'),
  subscription: text,
});

const updateFields = fieldsOf<Stripe.InvoiceUpdateParams>()({
  auto_advance: flag,
  automatically_finalizes_at: integer,
  default_payment_method: text,
  description: clearableText,
  metadata,
});

export const invoices: Route[] = [
  route('POST', '/v1/invoices', createFields, ({ scope: outer, params }) => {
    const subscription =
      params.subscription === undefined ? null : need(outer, 'subscription', params.subscription, 'subscription');
    const customer = need(outer, 'customer', params.customer ?? subscription?.customer ?? '', 'customer');
    const scope = inTimeOf(outer, customer);
    if (params.default_payment_method !== undefined)
      ownedPaymentMethod(scope, params.default_payment_method, customer.id, 'default_payment_method');
    const includes = params.pending_invoice_items_behavior === 'include' || subscription !== null;
    return createInvoice(scope, {
      customer,
      subscription,
      reason: 'manual',
      lines: [],
      items: includes ? pendingItems(scope, customer.id, subscription?.id ?? null) : [],
      period: { start: scope.now, end: scope.now },
      currency: params.currency?.toLowerCase() ?? customer.currency ?? 'usd',
      autoAdvance: params.auto_advance ?? false,
      metadata: mergeMetadata({}, params.metadata),
      description: params.description ?? null,
      defaultPaymentMethod: params.default_payment_method ?? null,
    });
  }),
  route(
    'GET',
    '/v1/invoices',
    fieldsOf<Stripe.InvoiceListParams>()({
      ...pagingByTime,
      collection_method: oneOf('charge_automatically', 'send_invoice'),
      customer: text,
      status,
      subscription: text,
    }),
    ({ scope, params }) =>
      page(scope, 'invoice', '/v1/invoices', params, [
        ...whenGiven('customer = ?', params.customer),
        ...whenGiven('status = ?', params.status),
        ...whenGiven('subscription = ?', params.subscription),
        ...whenGiven(`json_extract(body, '$.collection_method') = ?`, params.collection_method),
      ]),
  ),
  route('GET', '/v1/invoices/:id', {}, ({ scope, id }) => need(scope, 'invoice', id)),
  route('POST', '/v1/invoices/:id', updateFields, ({ scope: outer, id, params }) => {
    const { scope, invoice } = open(outer, id);
    const patch: Partial<Invoice> = { metadata: mergeMetadata(invoice.metadata ?? {}, params.metadata) };
    if (params.default_payment_method !== undefined) {
      ownedPaymentMethod(scope, params.default_payment_method, invoice.customer ?? '', 'default_payment_method');
      patch.default_payment_method = params.default_payment_method;
    }
    if (params.description !== undefined) patch.description = params.description;
    if (params.auto_advance !== undefined) {
      patch.auto_advance = params.auto_advance;
      const at = params.auto_advance ? scope.now + draftSeconds : null;
      if (invoice.status === 'draft') patch.automatically_finalizes_at = at;
      if (invoice.status === 'draft' || invoice.status === 'open') patch.next_payment_attempt = at;
    }
    if (params.automatically_finalizes_at !== undefined)
      patch.automatically_finalizes_at = params.automatically_finalizes_at;
    return change(scope, 'invoice', invoice, patch, 'invoice.updated');
  }),
  route('DELETE', '/v1/invoices/:id', {}, ({ scope: outer, id }) => {
    const { scope, invoice } = open(outer, id);
    if (invoice.status !== 'draft' || invoice.parent !== null) {
      throw invalid(
        'You can only delete draft invoices that are not created by a subscription. To cancel this invoice, void it.',
        { code: 'invoice_not_editable' },
      );
    }
    scope.store.remove(id);
    emit(scope, 'invoice.deleted', invoice);
    return { id, object: 'invoice', deleted: true };
  }),
  route('GET', '/v1/invoices/:id/lines', paging, ({ scope, id, params }) => {
    const { lines } = need(scope, 'invoice', id);
    const from =
      params.starting_after === undefined ? 0 : lines.data.findIndex((each) => each.id === params.starting_after) + 1;
    const limit = pageLimit(params);
    return {
      object: 'list',
      data: lines.data.slice(from, from + limit),
      has_more: lines.data.length > from + limit,
      url: lines.url,
    };
  }),
  route(
    'POST',
    '/v1/invoices/:id/finalize',
    fieldsOf<Stripe.InvoiceFinalizeInvoiceParams>()({ auto_advance: flag }),
    ({ scope: outer, id, params }) => {
      const { scope, invoice } = open(outer, id);
      const advances = params.auto_advance ?? invoice.auto_advance ?? false;
      const final = finalizeInvoice(scope, invoice, advances);
      if (final.status !== 'open' || !advances) return final;
      // Made final by hand it is not charged on the spot: automatic collection takes it up within the hour.
      return change(scope, 'invoice', final, { next_payment_attempt: scope.now + draftSeconds }, null);
    },
  ),
  route(
    'POST',
    '/v1/invoices/:id/pay',
    fieldsOf<Stripe.InvoicePayParams>()({ off_session: flag, paid_out_of_band: flag, payment_method: text }),
    ({ scope, id, params }) => pay(scope, id, params),
  ),
  route('POST', '/v1/invoices/:id/void', {}, ({ scope: outer, id }) => {
    const { scope, invoice } = open(outer, id);
    return voidInvoice(scope, invoice);
  }),
  route('POST', '/v1/invoices/:id/mark_uncollectible', {}, ({ scope: outer, id }) => {
    const { scope, invoice } = open(outer, id);
    return markUncollectible(scope, invoice, 'user_forgiven');
  }),
];
