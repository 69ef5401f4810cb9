import type { Detector } from './detector.ts';

interface Owing {
  readonly organization_id: string;
  readonly name: string;
  readonly status: string;
  readonly stripe_subscription_id: string;
  readonly latest_invoice_id: string | null;
}

/**
 * One case for each organization that works with full access and whose effective subscription is owed. Read from the subscriptions, not from the
 * organization's mirror of them: a broken sync must not hide a failed payment.
 */
export const paymentFailure: Detector = {
  name: 'payment-failure',
  playbook: 'payment-processing-failure',
  everyMs: 3_000,
  withinMs: 8_000,
  async detect(ctx) {
    const owing = await ctx.till.query<Owing>(
      `select o.id as organization_id, o.name, e.status, e.stripe_subscription_id, s.latest_invoice_id
         from (select distinct organization_id from organization_subscriptions where status in ('past_due', 'unpaid', 'incomplete')) as maybe
         join organizations o on o.id = maybe.organization_id
         join billing.effective_subscriptions e on e.organization_id = o.id
         join organization_subscriptions s on s.organization_id = o.id and s.stripe_subscription_id = e.stripe_subscription_id
        where o.access = 'full' and e.status in ('past_due', 'unpaid', 'incomplete')
        order by o.id`,
    );
    return {
      findings: owing.map((row) => ({
        playbook: 'payment-processing-failure',
        identity: `payment-processing-failure/${row.organization_id}`,
        title: `Payment of ${row.name} failed`,
        summary: `The subscription of ${row.name} is ${row.status}`,
        said: `${row.status} ${row.latest_invoice_id ?? ''}`,
        organizationIds: [row.organization_id],
        facts: {
          status: row.status,
          subscriptionId: row.stripe_subscription_id,
          latestInvoiceId: row.latest_invoice_id,
        },
      })),
    };
  },
};
