import type { Stripe } from 'stripe';
import { create } from '../store/events.ts';
import { newId, randomText } from '../store/ids.ts';
import type { Customer, Invoice, InvoiceItem, InvoiceLine, Subscription } from '../store/objects.ts';
import type { Scope } from '../store/scope.ts';
import { invoiceItemLine } from './invoiceLines.ts';

/** A renewal's invoice stays a draft for an hour, so that webhooks can still add to it. */
export const draftSeconds = 3600;

export interface InvoiceOptions {
  customer: Customer;
  subscription: Subscription | null;
  reason: Stripe.Invoice.BillingReason;
  lines: InvoiceLine[];
  items: InvoiceItem[];
  period: { start: number; end: number };
  currency: string;
  /** False: nothing happens to it unless somebody asks for it. */
  autoAdvance: boolean;
  resumptionEndsAt?: number;
  metadata?: Record<string, string>;
  description?: string | null;
  defaultPaymentMethod?: string | null;
}

type Amounts = Pick<
  Invoice,
  | 'amount_due'
  | 'amount_remaining'
  | 'starting_balance'
  | 'subtotal'
  | 'subtotal_excluding_tax'
  | 'total'
  | 'total_excluding_tax'
>;

/** The amounts that follow from an invoice's lines and the customer's balance (credit is negative). */
export function invoiceAmounts(lines: InvoiceLine[], startingBalance: number): Amounts {
  const total = lines.reduce((sum, each) => sum + each.amount, 0);
  const due = Math.max(0, total + startingBalance);
  return {
    amount_due: due,
    amount_remaining: due,
    starting_balance: startingBalance,
    subtotal: total,
    subtotal_excluding_tax: total,
    total,
    total_excluding_tax: total,
  };
}

/** The wire form of a draft invoice. */
export function draftInvoice(options: InvoiceOptions, now: number): { invoice: Invoice; token: string } {
  const { customer, subscription } = options;
  const id = newId('invoice');
  const token = randomText(40);
  const lines = [...options.items.map(invoiceItemLine), ...options.lines].map((each) => ({ ...each, invoice: id }));
  const invoice: Invoice = {
    id,
    object: 'invoice',
    account_country: 'US',
    account_name: 'Tillkeeper sandbox',
    account_tax_ids: null,
    amount_overpaid: 0,
    amount_paid: 0,
    amount_shipping: 0,
    application: null,
    attempt_count: 0,
    attempted: false,
    auto_advance: options.autoAdvance,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
    automatically_finalizes_at: options.autoAdvance ? now + draftSeconds : null,
    billing_reason: options.reason,
    collection_method: 'charge_automatically',
    created: now,
    currency: options.currency,
    custom_fields: null,
    customer: customer.id,
    customer_account: null,
    customer_address: customer.address ?? null,
    customer_email: customer.email,
    customer_name: customer.name ?? null,
    customer_phone: customer.phone ?? null,
    customer_shipping: null,
    customer_tax_exempt: 'none',
    customer_tax_ids: [],
    default_payment_method: options.defaultPaymentMethod ?? null,
    default_source: null,
    default_tax_rates: [],
    description: options.description ?? null,
    discounts: [],
    due_date: null,
    effective_at: null,
    ending_balance: null,
    footer: null,
    from_invoice: null,
    hosted_invoice_url: null,
    invoice_pdf: null,
    issuer: { type: 'self' },
    last_finalization_error: null,
    latest_revision: null,
    lines: { object: 'list', data: lines, has_more: false, url: `/v1/invoices/${id}/lines` },
    livemode: false,
    metadata: options.metadata ?? {},
    next_payment_attempt: options.autoAdvance ? now + draftSeconds : null,
    number: null,
    on_behalf_of: null,
    parent:
      subscription === null
        ? null
        : {
            quote_details: null,
            subscription_details: { metadata: subscription.metadata, subscription: subscription.id },
            type: 'subscription_details',
          },
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_end: options.period.end,
    period_start: options.period.start,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    statement_descriptor: null,
    status: 'draft',
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    test_clock: customer.test_clock ?? null,
    total_discount_amounts: [],
    total_pretax_credit_amounts: [],
    total_taxes: [],
    webhooks_delivered_at: null,
    ...invoiceAmounts(lines, customer.balance),
  };
  return { invoice, token };
}

/** The hosted page of an invoice, as `hosted_invoice_url` gives it once the invoice is final. */
export function hostedInvoiceUrl(publicUrl: string, token: string): string {
  return `${publicUrl}/i/${token}`;
}

/** Stores a draft invoice with its lines; the invoice items that it takes up are pending no longer. */
export function createInvoice(scope: Scope, options: InvoiceOptions): Invoice {
  const { invoice, token } = draftInvoice(options, scope.now);
  for (const item of options.items) scope.store.put('invoiceitem', { ...item, invoice: invoice.id });
  create(scope, 'invoice', invoice, 'invoice.created', {
    token,
    retries: 0,
    refused: null,
    exhausted: false,
    resumptionEndsAt: options.resumptionEndsAt ?? null,
  });
  scope.store.alias(token, invoice.id);
  if (!hasUndeliveredWebhooks(scope, invoice.id)) {
    const delivered = { ...invoice, webhooks_delivered_at: scope.now };
    scope.store.put('invoice', delivered);
    return delivered;
  }
  return invoice;
}

/** Whether some endpoint has yet to acknowledge that invoice's creation. */
export function hasUndeliveredWebhooks(scope: Scope, invoice: string): boolean {
  const row = scope.store.one(
    `select 1 from events e join deliveries d on d.event = e.id
     where e.object = ? and e.type = 'invoice.created' and d.state = 'pending' limit 1`,
    invoice,
  );
  return row !== undefined;
}
