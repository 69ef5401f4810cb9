import type { Stripe } from 'stripe';
import { invoiceItemLine } from '../billing/invoiceLines.ts';
import { invoiceAmounts } from '../billing/newInvoice.ts';
import { invalid, missingParameter } from '../http/errors.ts';
import { page, pagingByTime, whenGiven } from '../http/page.ts';
import {
  clearableText,
  count,
  fieldsOf,
  flag,
  integer,
  mergeMetadata,
  metadata,
  object,
  type Params,
  required,
  text,
} from '../http/params.ts';
import { type Route, route } from '../http/route.ts';
import { change, create, emit } from '../store/events.ts';
import { newId } from '../store/ids.ts';
import type { Invoice, InvoiceItem } from '../store/objects.ts';
import { inTimeOf, need, type Scope } from '../store/scope.ts';

const createFields = fieldsOf<Stripe.InvoiceItemCreateParams>()({
  amount: integer,
  currency: text,
  customer: required(text),
  description: text,
  invoice: text,
  metadata,
  period: object({ end: required(integer), start: required(integer) }),
  pricing: object({ price: required(text) }),
  quantity: count,
  subscription: text,
});

function needDraft(scope: Scope, id: string): Invoice {
  const invoice = need(scope, 'invoice', id, 'invoice');
  if (invoice.status !== 'draft')
    throw invalid('This invoice is no longer editable.', { code: 'invoice_not_editable', param: 'invoice' });
  return invoice;
}

function withLines(scope: Scope, invoice: Invoice, data: Invoice['lines']['data']): void {
  const amounts = invoiceAmounts(data, invoice.starting_balance);
  change(scope, 'invoice', invoice, { ...amounts, lines: { ...invoice.lines, data } }, 'invoice.updated');
}

function createItem(outer: Scope, params: Params<typeof createFields>): InvoiceItem {
  const customer = need(outer, 'customer', params.customer, 'customer');
  const scope = inTimeOf(outer, customer);
  const price = params.pricing === undefined ? null : need(scope, 'price', params.pricing.price, 'pricing[price]');
  const subscription =
    params.subscription === undefined ? null : need(scope, 'subscription', params.subscription, 'subscription');
  const quantity = params.quantity ?? 1;
  const amount = params.amount ?? (price === null ? undefined : (price.unit_amount ?? 0) * quantity);
  const currency = params.currency?.toLowerCase() ?? price?.currency;
  if (amount === undefined) throw missingParameter('amount');
  if (currency === undefined) throw missingParameter('currency');
  const invoice = params.invoice === undefined ? null : needDraft(scope, params.invoice);
  const item: InvoiceItem = {
    id: newId('invoiceitem'),
    object: 'invoiceitem',
    amount,
    currency,
    customer: customer.id,
    customer_account: null,
    date: scope.now,
    description: params.description ?? null,
    discountable: amount >= 0,
    discounts: [],
    invoice: invoice?.id ?? null,
    livemode: false,
    metadata: mergeMetadata({}, params.metadata),
    net_amount: amount,
    parent:
      subscription === null
        ? null
        : { subscription_details: { subscription: subscription.id }, type: 'subscription_details' },
    period: params.period ?? { start: scope.now, end: scope.now },
    pricing:
      price === null
        ? null
        : {
            price_details: { price: price.id, product: price.product },
            type: 'price_details',
            unit_amount_decimal: price.unit_amount_decimal,
          },
    proration: false,
    quantity,
    quantity_decimal: String(quantity),
    tax_rates: [],
    test_clock: customer.test_clock ?? null,
  };
  create(scope, 'invoiceitem', item, 'invoiceitem.created');
  if (invoice !== null)
    withLines(scope, invoice, [...invoice.lines.data, { ...invoiceItemLine(item), invoice: invoice.id }]);
  return item;
}

export const invoiceItems: Route[] = [
  route('POST', '/v1/invoiceitems', createFields, ({ scope, params }) => createItem(scope, params)),
  route(
    'GET',
    '/v1/invoiceitems',
    fieldsOf<Stripe.InvoiceItemListParams>()({ ...pagingByTime, customer: text, invoice: text, pending: flag }),
    ({ scope, params }) =>
      page(scope, 'invoiceitem', '/v1/invoiceitems', params, [
        ...whenGiven('customer = ?', params.customer),
        ...whenGiven('parent = ?', params.invoice),
        ...(params.pending === undefined ? [] : [{ sql: `parent is ${params.pending ? '' : 'not '}null`, values: [] }]),
      ]),
  ),
  route('GET', '/v1/invoiceitems/:id', {}, ({ scope, id }) => need(scope, 'invoiceitem', id)),
  route(
    'POST',
    '/v1/invoiceitems/:id',
    fieldsOf<Stripe.InvoiceItemUpdateParams>()({ description: clearableText, metadata }),
    ({ scope: outer, id, params }) => {
      const item = need(outer, 'invoiceitem', id);
      const scope = inTimeOf(outer, need(outer, 'customer', item.customer, 'customer'));
      const patch: Partial<InvoiceItem> = { metadata: mergeMetadata(item.metadata ?? {}, params.metadata) };
      if (params.description !== undefined) patch.description = params.description;
      return change(scope, 'invoiceitem', item, patch, null);
    },
  ),
  route('DELETE', '/v1/invoiceitems/:id', {}, ({ scope: outer, id }) => {
    const item = need(outer, 'invoiceitem', id);
    const scope = inTimeOf(outer, need(outer, 'customer', item.customer, 'customer'));
    if (item.invoice !== null) {
      const invoice = needDraft(scope, item.invoice);
      const isOther = (line: Invoice['lines']['data'][number]): boolean =>
        (line.parent?.invoice_item_details?.invoice_item ?? line.parent?.subscription_item_details?.invoice_item) !==
        id;
      withLines(scope, invoice, invoice.lines.data.filter(isOther));
    }
    scope.store.remove(id);
    emit(scope, 'invoiceitem.deleted', item);
    return { id, object: 'invoiceitem', deleted: true };
  }),
];
