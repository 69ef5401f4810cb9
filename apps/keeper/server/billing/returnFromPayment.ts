import { setTimeout as pause } from 'node:timers/promises';
import type { KeeperContext } from '../context.ts';
import { authorize } from '../operators/permissions.ts';
import type { PaymentLink } from './openPaymentLink.ts';
import { refreshOrganizations } from './refreshOrganizations.ts';

/** A refetch under way may have started before the visitor was done at Stripe, so it does not count; it is over within a second or two. */
const waits = { times: 10, milliseconds: 200 };

/**
 * The visitor came back from Stripe: looks at once instead of waiting for the webhook, which may be late, and tells whoever waits for this
 * organization. Returns whether the look worked.
 */
export async function returnFromPayment(ctx: KeeperContext, link: PaymentLink): Promise<boolean> {
  authorize(ctx, 'billing.repair');
  const { organizationId } = link;
  let seen = false;
  for (let attempt = 0; attempt < waits.times && !seen; attempt += 1) {
    if (attempt > 0) await pause(waits.milliseconds);
    const [result] = await refreshOrganizations(ctx, {
      organizationIds: [organizationId],
      cause: { kind: 'return_page', linkId: link.id },
      priority: 'high',
    });
    if (result?.outcome === 'failed') break;
    seen = result?.outcome !== 'busy';
  }
  const now = ctx.clock.now();
  await ctx.till.query('select ops.record_effect($1::uuid, $2::text, $3::text, $4::jsonb, $5::jsonb)', [
    organizationId,
    `payment_page.returned:${link.id}:${now.epochMilliseconds}`,
    'payment_page.returned',
    JSON.stringify(ctx.actor),
    JSON.stringify({ linkId: link.id, purpose: link.purpose }),
  ]);
  await ctx.keeper.query(`select pg_notify('keeper_work', 'effects')`);
  return seen;
}
