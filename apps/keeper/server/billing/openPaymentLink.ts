import { AppError } from '@tillkeeper/platform/errors';
import type { KeeperContext } from '../context.ts';
import { authorize } from '../operators/permissions.ts';
import { hashOf, type LinkPurpose } from './createPaymentLink.ts';
import { customerOf } from './customerOf.ts';
import { type PaymentFacts, readPaymentFacts } from './paymentFacts.ts';

export interface PaymentLink {
  readonly id: string;
  readonly organizationId: string;
  readonly purpose: LinkPurpose;
  readonly invoiceId: string | undefined;
  readonly expired: boolean;
}

/** The link behind a token, whether it still works or not; undefined for a token that we never gave out. */
export async function findPaymentLink(ctx: KeeperContext, token: string): Promise<PaymentLink | undefined> {
  const [row] = await ctx.keeper.query<{
    id: string;
    organization_id: string;
    purpose: LinkPurpose;
    invoice_id: string | null;
    expires_at: Temporal.Instant;
  }>('select id, organization_id, purpose, invoice_id, expires_at from payment_links where token_hash = $1::bytea', [
    hashOf(token),
  ]);
  if (row === undefined) return undefined;
  return {
    id: row.id,
    organizationId: row.organization_id,
    purpose: row.purpose,
    invoiceId: row.invoice_id ?? undefined,
    expired: Temporal.Instant.compare(row.expires_at, ctx.clock.now()) <= 0,
  };
}

export type Opened =
  | { readonly kind: 'redirect'; readonly url: string }
  | { readonly kind: 'nothing_due'; readonly facts: PaymentFacts };

/**
 * Where a link that still works leads: to Stripe's page for a new card or to the invoice's own page. `nothing_due` when all is paid, unless
 * the visitor wants another card `anyway`. Errors as `readPaymentFacts`.
 */
export async function openPaymentLink(
  ctx: KeeperContext,
  link: PaymentLink,
  options: { readonly anyway: boolean; readonly returnUrl: string; readonly changedUrl: string },
): Promise<Opened> {
  authorize(ctx, 'billing.repair');
  await ctx.keeper.query(
    'update payment_links set opened_at = coalesce(opened_at, $2::timestamptz) where id = $1::uuid',
    [link.id, ctx.clock.now().toString()],
  );
  const facts = await readPaymentFacts(ctx, link.organizationId);
  if (link.purpose === 'pay_invoice') {
    const url = await invoicePage(ctx, link, facts);
    return url === undefined ? { kind: 'nothing_due', facts } : { kind: 'redirect', url };
  }
  if (!options.anyway && facts.openInvoice === undefined && !needsPayment(facts)) return { kind: 'nothing_due', facts };
  const customer = await customerOf(ctx, link.organizationId);
  const session = await ctx.stripe.write('billingPortal.sessions.create', link.organizationId, () =>
    ctx.stripe.api.billingPortal.sessions.create({
      customer,
      return_url: options.returnUrl,
      flow_data: {
        type: 'payment_method_update',
        after_completion: { type: 'redirect', redirect: { return_url: options.changedUrl } },
      },
    }),
  );
  return { kind: 'redirect', url: session.url };
}

/** Stripe's page of the invoice that the link names, or of the open one; undefined when it no longer takes money. */
async function invoicePage(ctx: KeeperContext, link: PaymentLink, facts: PaymentFacts): Promise<string | undefined> {
  const { invoiceId, organizationId } = link;
  if (invoiceId === undefined || invoiceId === facts.openInvoice?.id) return facts.openInvoice?.hostedUrl;
  const invoice = await ctx.stripe.read('high', 'invoices.retrieve', organizationId, () =>
    ctx.stripe.api.invoices.retrieve(invoiceId),
  );
  const owner = typeof invoice.customer === 'string' ? invoice.customer : invoice.customer?.id;
  if (owner !== facts.customerId)
    throw new AppError('not_found', 'the organization has no such invoice', { organizationId, invoiceId });
  return invoice.status === 'open' ? (invoice.hosted_invoice_url ?? undefined) : undefined;
}

/** Statuses in which a card is asked for although no invoice is open: its draft may still come. */
function needsPayment({ subscription }: PaymentFacts): boolean {
  return ['past_due', 'unpaid', 'incomplete', 'paused'].includes(subscription?.status ?? '');
}
