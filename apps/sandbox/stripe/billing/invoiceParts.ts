import type { Customer, Invoice, Kinds, PaymentIntent, Subscription } from '../store/objects.ts';
import { need, type Scope } from '../store/scope.ts';

/** The subscription that an invoice bills, if it bills one. */
export function subscriptionOf(scope: Scope, invoice: Invoice): Subscription | undefined {
  const id = invoice.parent?.subscription_details?.subscription;
  return id === undefined ? undefined : scope.store.get('subscription', id);
}

export function customerOf(scope: Scope, invoice: Invoice): Customer {
  return need(scope, 'customer', invoice.customer ?? '', 'customer');
}

/** The payments of an invoice, oldest first. */
export function paymentsOf(scope: Scope, invoice: string): Kinds['invoice_payment'][] {
  const where = [{ sql: 'parent = ?', values: [invoice] }];
  return scope.store.list({ kind: 'invoice_payment', where, limit: 100, order: 'asc' });
}

/** The payment intent that collects an invoice; none for a draft and for an invoice of nothing. */
export function intentOf(scope: Scope, invoice: Invoice): PaymentIntent | undefined {
  const payment = paymentsOf(scope, invoice.id).find((each) => each.is_default);
  const id = payment?.payment.payment_intent;
  return id === undefined ? undefined : scope.store.get('payment_intent', id);
}

/** The invoices of a subscription, newest first. */
export function invoicesOf(scope: Scope, subscription: string): Invoice[] {
  return scope.store.list({
    kind: 'invoice',
    where: [{ sql: 'subscription = ?', values: [subscription] }],
    limit: 200,
  });
}
