import type { Stripe } from 'stripe';
import { change, emit } from '../store/events.ts';
import type { Subscription } from '../store/objects.ts';
import type { Scope } from '../store/scope.ts';
import { invoicesOf } from './invoiceParts.ts';

export interface CancelOptions {
  reason: NonNullable<Stripe.Subscription.CancellationDetails['reason']>;
  comment?: string | null;
  feedback?: string | null;
  /** The end was set beforehand and has come. */
  scheduled?: boolean;
}

/** Ends a subscription now. Its open invoices stay owed, but are collected no longer. */
export function cancelSubscription(scope: Scope, subscription: Subscription, options: CancelOptions): Subscription {
  for (const invoice of invoicesOf(scope, subscription.id)) {
    if (invoice.status !== 'open' && invoice.status !== 'draft') continue;
    const patch = { auto_advance: false, automatically_finalizes_at: null, next_payment_attempt: null };
    change(scope, 'invoice', invoice, patch, 'invoice.updated');
  }
  const details = subscription.cancellation_details;
  const canceled: Subscription = {
    ...subscription,
    status: 'canceled',
    cancel_at_period_end: options.scheduled === true && subscription.cancel_at_period_end,
    canceled_at: subscription.canceled_at ?? scope.now,
    cancellation_details: {
      comment: options.comment ?? details?.comment ?? null,
      feedback: options.feedback ?? details?.feedback ?? null,
      feedback_option: null,
      reason: details?.reason ?? options.reason,
    },
    ended_at: scope.now,
  };
  scope.store.put('subscription', canceled);
  emit(scope, 'customer.subscription.deleted', canceled);
  return canceled;
}

/** The first invoice was never paid: a terminal state, as if the subscription had not been. */
export function expireSubscription(scope: Scope, subscription: Subscription): Subscription {
  const patch = { status: 'incomplete_expired', ended_at: scope.now };
  return change(scope, 'subscription', subscription, patch, 'customer.subscription.updated');
}
