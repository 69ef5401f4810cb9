import { invalid } from '../http/errors.ts';
import { change, emit } from '../store/events.ts';
import type { Invoice } from '../store/objects.ts';
import type { Scope } from '../store/scope.ts';
import { intentOf, paymentsOf } from './invoiceParts.ts';
import { invoiceClosed, invoiceVoided } from './subscriptionStatus.ts';

function cancelPayments(scope: Scope, invoice: Invoice): void {
  const intent = intentOf(scope, invoice);
  if (intent !== undefined && intent.status !== 'succeeded' && intent.status !== 'canceled') {
    const patch = {
      status: 'canceled',
      canceled_at: scope.now,
      cancellation_reason: 'void_invoice',
      next_action: null,
    };
    const canceled = change(scope, 'payment_intent', intent, patch, null);
    emit(scope, 'payment_intent.canceled', canceled);
  }
  for (const payment of paymentsOf(scope, invoice.id)) {
    if (payment.status !== 'open') continue;
    const transitions = { ...payment.status_transitions, canceled_at: scope.now };
    change(scope, 'invoice_payment', payment, { status: 'canceled', status_transitions: transitions }, null);
  }
}

/** Declares an open invoice never to have been owed. */
export function voidInvoice(scope: Scope, invoice: Invoice): Invoice {
  if (invoice.status !== 'open' && invoice.status !== 'uncollectible') {
    throw invalid(`You can only pass in open invoices. This invoice isn't open.`, { code: 'invoice_not_open' });
  }
  cancelPayments(scope, invoice);
  const patch = {
    auto_advance: false,
    next_payment_attempt: null,
    status: 'void',
    status_transitions: { ...invoice.status_transitions, voided_at: scope.now },
  };
  const internal = scope.store.internal('invoice', invoice.id);
  const voided = change(scope, 'invoice', invoice, patch, 'invoice.updated', { ...internal, resumptionEndsAt: null });
  emit(scope, 'invoice.voided', voided);
  invoiceVoided(scope, voided);
  return voided;
}

/** Writes an open invoice off; it stays payable. */
export function markUncollectible(
  scope: Scope,
  invoice: Invoice,
  reason: 'user_forgiven' | 'subscription_paused',
): Invoice {
  if (invoice.status !== 'open') {
    throw invalid(`You can only pass in open invoices. This invoice isn't open.`, { code: 'invoice_not_open' });
  }
  const patch: Partial<Invoice> = {
    auto_advance: false,
    next_payment_attempt: null,
    status: 'uncollectible',
    status_details: { uncollectible: { reason } },
    status_transitions: { ...invoice.status_transitions, marked_uncollectible_at: scope.now },
  };
  const written = change(scope, 'invoice', invoice, patch, 'invoice.updated');
  emit(scope, 'invoice.marked_uncollectible', written);
  invoiceClosed(scope, written);
  return written;
}
