import { emit, previousAttributes } from '../store/events.ts';
import type { InternalOf, Invoice, Subscription } from '../store/objects.ts';
import type { Scope } from '../store/scope.ts';
import { type BillOptions, billPeriod } from './billPeriod.ts';
import { finalizeInvoice } from './finalizeInvoice.ts';
import { type PayResult, payInvoice } from './payInvoice.ts';

export interface Saved {
  subscription: Subscription;
  invoice: Invoice | null;
  payment: PayResult | null;
}

/** Makes a draft final without its hour, and charges it if asked to. */
export function settleNow(
  scope: Scope,
  draft: Invoice,
  collect: boolean,
  autoAdvance = true,
): { invoice: Invoice; payment: PayResult | null } {
  const open = finalizeInvoice(scope, draft, autoAdvance);
  if (open.status !== 'open' || !collect) return { invoice: open, payment: null };
  const payment = payInvoice(scope, open, { automatic: true });
  return { invoice: payment.invoice, payment };
}

export interface SaveOptions {
  /** The invoice that this change brings about. */
  bill: BillOptions | null;
  collect: boolean;
  internal?: (invoice: Invoice | null) => InternalOf<'subscription'>;
}

/**
 * Stores a new (`before` is null) or changed subscription and bills at once what follows from it. Its event already
 * names the new invoice; how the payment ends is told by the events after it.
 */
export function saveSubscription(
  scope: Scope,
  before: Subscription | null,
  next: Subscription,
  options: SaveOptions,
): Saved {
  scope.store.put('subscription', next, options.internal?.(null));
  const draft = options.bill === null ? null : billPeriod(scope, next, options.bill);
  const saved = draft === null ? next : { ...next, latest_invoice: draft.id };
  scope.store.put('subscription', saved, options.internal?.(draft));
  if (before === null) {
    emit(scope, 'customer.subscription.created', saved);
  } else {
    const previous = previousAttributes({ ...before }, { ...saved });
    if (Object.keys(previous).length > 0) emit(scope, 'customer.subscription.updated', saved, previous);
  }
  if (draft === null) return { subscription: saved, invoice: null, payment: null };
  const settled = settleNow(scope, draft, options.collect);
  return { subscription: scope.store.get('subscription', saved.id) ?? saved, ...settled };
}
