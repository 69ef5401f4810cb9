import { AppError } from '@tillkeeper/platform/errors';
import type Stripe from 'stripe';
import type { ReadPriority } from './readBudget.ts';
import type { StripeClient } from './stripeClient.ts';

/** A subscription as `ops.apply_subscriptions` takes it. Instants are ISO text, amounts integer minor units. */
export interface FetchedSubscription {
  readonly id: string;
  readonly status: string;
  readonly priceId: string | null;
  readonly quantity: number;
  readonly unitAmountMinor: number | null;
  readonly currency: string;
  readonly interval: string | null;
  readonly defaultPaymentMethod: string | null;
  readonly latestInvoiceId: string | null;
  readonly latestInvoiceStatus: string | null;
  readonly startedAt: string;
  readonly currentPeriodStart: string | null;
  readonly currentPeriodEnd: string | null;
  readonly trialEnd: string | null;
  readonly cancelAtPeriodEnd: boolean;
  readonly canceledAt: string | null;
  readonly endedAt: string | null;
}

/**
 * All subscriptions of a customer, ended ones included, to the last page: a list that stops half-way would end what it does not name.
 * An empty list counts only for a customer that Stripe has or had; from another account or mode it would end a shop that pays.
 * Errors as `StripeClient.read`.
 */
export async function fetchSubscriptions(
  stripe: StripeClient,
  organizationId: string,
  customerId: string,
  priority: ReadPriority,
): Promise<FetchedSubscription[]> {
  const listed = await list(stripe, organizationId, customerId, priority).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'not_found') return undefined;
    throw error;
  });
  if (listed !== undefined && listed.length > 0) return listed;
  const customer = await stripe.read(priority, 'customers.retrieve', organizationId, () =>
    stripe.api.customers.retrieve(customerId),
  );
  if (listed === undefined && customer.deleted !== true) {
    throw new AppError('upstream_failed', 'Stripe has the customer, but does not list its subscriptions', {
      organizationId,
    });
  }
  return [];
}

async function list(
  stripe: StripeClient,
  organizationId: string,
  customerId: string,
  priority: ReadPriority,
): Promise<FetchedSubscription[]> {
  const fetched: FetchedSubscription[] = [];
  for (let after: string | undefined; ; ) {
    const page = await stripe.read(priority, 'subscriptions.list', organizationId, () =>
      stripe.api.subscriptions.list({
        customer: customerId,
        status: 'all',
        limit: 100,
        expand: ['data.latest_invoice'],
        ...(after === undefined ? {} : { starting_after: after }),
      }),
    );
    fetched.push(...page.data.map(subscriptionOf));
    after = page.data.at(-1)?.id;
    if (!page.has_more || after === undefined) return fetched;
  }
}

function subscriptionOf(subscription: Stripe.Subscription): FetchedSubscription {
  const item = leadingItem(subscription);
  const invoice = subscription.latest_invoice;
  return {
    id: subscription.id,
    status: subscription.status,
    priceId: item?.price.id ?? null,
    quantity: item?.quantity ?? 1,
    unitAmountMinor: item?.price.unit_amount ?? null,
    currency: subscription.currency,
    interval: item?.price.recurring?.interval ?? null,
    // An old account may still charge a source; Stripe reads those as payment methods too.
    defaultPaymentMethod: idOf(subscription.default_payment_method) ?? idOf(subscription.default_source),
    latestInvoiceId: idOf(invoice),
    latestInvoiceStatus: invoice === null || typeof invoice === 'string' ? null : invoice.status,
    startedAt: instantOf(subscription.start_date),
    currentPeriodStart: item === undefined ? null : instantOf(item.current_period_start),
    currentPeriodEnd: item === undefined ? null : instantOf(item.current_period_end),
    trialEnd: optionalInstantOf(subscription.trial_end),
    cancelAtPeriodEnd: subscription.cancel_at_period_end,
    canceledAt: optionalInstantOf(subscription.canceled_at),
    endedAt: optionalInstantOf(subscription.ended_at),
  };
}

/** The item that names the plan: the dearest, then the lowest id, so that two fetches agree. */
function leadingItem(subscription: Stripe.Subscription): Stripe.SubscriptionItem | undefined {
  const worth = (item: Stripe.SubscriptionItem) => (item.price.unit_amount ?? 0) * (item.quantity ?? 1);
  return subscription.items.data.toSorted((a, b) => worth(b) - worth(a) || (a.id < b.id ? -1 : 1))[0];
}

function idOf(reference: string | { id?: string } | null): string | null {
  return typeof reference === 'string' ? reference : (reference?.id ?? null);
}

function optionalInstantOf(seconds: number | null): string | null {
  return seconds === null ? null : instantOf(seconds);
}

function instantOf(seconds: number): string {
  return Temporal.Instant.fromEpochMilliseconds(seconds * 1_000).toString();
}
