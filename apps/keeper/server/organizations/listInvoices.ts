import type { KeeperContext } from '../context.ts';

export interface Invoice {
  readonly id: string;
  readonly at: Temporal.Instant;
  /** In the currency's minor unit. */
  readonly amountMinor: number;
  readonly currency: string;
  /** Stripe's word. */
  readonly status: string;
  readonly attempts: number;
  /** Its number; a draft has none. */
  readonly description: string;
  readonly nextAttemptAt: Temporal.Instant | null;
}

const mostShown = 24;

/** The customer's newest invoices as Stripe has them. Errors as `StripeClient.read`. */
export async function listInvoices(
  ctx: KeeperContext,
  organizationId: string,
  stripeCustomerId: string,
): Promise<Invoice[]> {
  const page = await ctx.stripe.read('high', 'invoices.list', organizationId, () =>
    ctx.stripe.api.invoices.list({ customer: stripeCustomerId, limit: mostShown }),
  );
  return page.data.map((invoice) => ({
    id: invoice.id ?? '',
    at: instantOf(invoice.created),
    amountMinor: invoice.total,
    currency: invoice.currency.toUpperCase(),
    status: invoice.status ?? 'draft',
    attempts: invoice.attempt_count,
    description: invoice.number ?? 'Draft',
    nextAttemptAt: invoice.next_payment_attempt === null ? null : instantOf(invoice.next_payment_attempt),
  }));
}

/** Stripe counts seconds. */
function instantOf(seconds: number): Temporal.Instant {
  return Temporal.Instant.fromEpochMilliseconds(seconds * 1_000);
}
