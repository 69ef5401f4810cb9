import { invalid } from '../http/errors.ts';
import { change, create } from '../store/events.ts';
import { randomText } from '../store/ids.ts';
import type { Invoice } from '../store/objects.ts';
import type { Scope } from '../store/scope.ts';
import { customerOf } from './invoiceParts.ts';
import { markPaid } from './markPaid.ts';
import { hostedInvoiceUrl, invoiceAmounts } from './newInvoice.ts';
import { invoicePaymentIntent, newInvoicePayment } from './paymentIntents.ts';

/** Makes a draft final: it gets its number, its amounts are fixed, and a payment intent waits for its money. */
export function finalizeInvoice(scope: Scope, draft: Invoice, autoAdvance: boolean): Invoice {
  if (draft.status !== 'draft') {
    throw invalid("This invoice is already finalized, you can't re-finalize a non-draft invoice.", {
      code: 'invoice_not_editable',
    });
  }
  const customer = customerOf(scope, draft);
  const prefix = customer.invoice_prefix ?? randomText(8).toUpperCase();
  const sequence = customer.next_invoice_sequence ?? 1;
  const amounts = invoiceAmounts(draft.lines.data, customer.balance);
  const endingBalance = Math.min(0, customer.balance + amounts.total);
  const numbered = {
    ...customer,
    invoice_prefix: prefix,
    next_invoice_sequence: sequence + 1,
    currency: draft.currency,
  };
  change(scope, 'customer', numbered, { balance: endingBalance }, 'customer.updated');
  const { token } = scope.store.internal('invoice', draft.id);
  const number = `${prefix}-${String(sequence).padStart(4, '0')}`;
  const url = hostedInvoiceUrl(scope.settings.publicUrl(), token);
  const open = change(
    scope,
    'invoice',
    draft,
    {
      ...amounts,
      status: 'open',
      number,
      auto_advance: autoAdvance,
      automatically_finalizes_at: null,
      effective_at: scope.now,
      ending_balance: endingBalance,
      hosted_invoice_url: url,
      invoice_pdf: null,
      next_payment_attempt: null,
      status_transitions: { ...draft.status_transitions, finalized_at: scope.now },
    },
    'invoice.finalized',
  );
  if (open.amount_due === 0) return markPaid(scope, open, { amountPaid: 0 });
  const intent = create(scope, 'payment_intent', invoicePaymentIntent(open, scope.now), 'payment_intent.created');
  create(scope, 'invoice_payment', newInvoicePayment(open, intent, scope.now), null);
  return open;
}
