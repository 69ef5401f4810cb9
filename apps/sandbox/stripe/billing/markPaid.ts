import { change, emit } from '../store/events.ts';
import type { Invoice } from '../store/objects.ts';
import type { Scope } from '../store/scope.ts';
import { customerOf, paymentsOf } from './invoiceParts.ts';
import { invoiceClosed } from './subscriptionStatus.ts';

/** Closes an invoice as paid and lets its subscription follow. `amountPaid` in minor units; 0 for an invoice of nothing. */
export function markPaid(
  scope: Scope,
  invoice: Invoice,
  options: { amountPaid: number; outOfBand?: boolean },
): Invoice {
  const internal = scope.store.internal('invoice', invoice.id);
  const paid = change(
    scope,
    'invoice',
    invoice,
    {
      amount_paid: options.amountPaid,
      amount_remaining: 0,
      attempted: true,
      auto_advance: false,
      next_payment_attempt: null,
      status: 'paid',
      status_transitions: { ...invoice.status_transitions, paid_at: scope.now },
    },
    'invoice.updated',
    { ...internal, resumptionEndsAt: null },
  );
  for (const payment of paymentsOf(scope, invoice.id)) {
    if (payment.status !== 'open') continue;
    const transitions = { ...payment.status_transitions, paid_at: scope.now };
    const settled = options.outOfBand
      ? { status: 'canceled', status_transitions: { ...payment.status_transitions, canceled_at: scope.now } }
      : { status: 'paid', amount_paid: options.amountPaid, status_transitions: transitions };
    change(scope, 'invoice_payment', payment, settled, options.outOfBand ? null : 'invoice_payment.paid');
  }
  emit(scope, 'invoice.paid', paid);
  emit(scope, 'invoice.payment_succeeded', paid);
  const customer = customerOf(scope, paid);
  if (customer.delinquent === true) change(scope, 'customer', customer, { delinquent: false }, 'customer.updated');
  invoiceClosed(scope, paid);
  return paid;
}
