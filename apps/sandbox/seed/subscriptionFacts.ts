import type { Stripe } from 'stripe';

function instant(seconds: number | null | undefined): string | null {
  return seconds === null || seconds === undefined
    ? null
    : Temporal.Instant.fromEpochMilliseconds(seconds * 1000).toString();
}

function idOf(reference: string | { id: string } | null): string | null {
  return typeof reference === 'object' ? (reference?.id ?? null) : reference;
}

/** A subscription in the form that `ops.apply_subscriptions` takes. Its latest invoice has to be expanded. */
export function subscriptionFacts(subscription: Stripe.Subscription): Record<string, unknown> {
  const [item] = subscription.items.data;
  const invoice = subscription.latest_invoice;
  return {
    id: subscription.id,
    priceId: item?.price.id ?? null,
    status: subscription.status,
    quantity: item?.quantity ?? 1,
    unitAmountMinor: item?.price.unit_amount ?? null,
    currency: item?.price.currency ?? null,
    interval: item?.price.recurring?.interval ?? null,
    defaultPaymentMethod: idOf(subscription.default_payment_method),
    latestInvoiceId: idOf(invoice),
    latestInvoiceStatus: invoice === null || typeof invoice === 'string' ? null : invoice.status,
    startedAt: instant(subscription.start_date),
    currentPeriodStart: instant(item?.current_period_start),
    currentPeriodEnd: instant(item?.current_period_end),
    trialEnd: instant(subscription.trial_end),
    cancelAtPeriodEnd: subscription.cancel_at_period_end,
    canceledAt: instant(subscription.canceled_at),
    endedAt: instant(subscription.ended_at),
  };
}
