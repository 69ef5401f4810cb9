import type { KeeperContext, KeeperTransaction } from '../../context.ts';
import { addTimelineEntry } from '../../incidents/addTimelineEntry.ts';
import { enqueueMessage } from '../../messages/enqueueMessage.ts';
import { billingContacts, type Contact } from '../../messages/findRecipients.ts';
import { formatMoment } from '../formatDate.ts';
import { readShop, type Shop } from '../readShop.ts';

interface Incident {
  readonly id: string;
  readonly openedAt: Temporal.Instant;
  readonly resolvedAt: Temporal.Instant | null;
}

/**
 * Tells the customers whose payment a systemic incident has hit, once each: when it is over, or when the promise to tell them falls due, whichever
 * comes first. `write` gives a transaction for each organization, or the caller's own. Returns how many mails were planned by this call.
 */
export async function sendNotices(
  ctx: KeeperContext,
  incidentId: string,
  write: <T>(body: (tx: KeeperTransaction) => Promise<T>) => Promise<T>,
): Promise<number> {
  const [incident] = await ctx.keeper.query<Incident>(
    `select id, opened_at as "openedAt", resolved_at as "resolvedAt" from incidents where id = $1::uuid`,
    [incidentId],
  );
  if (incident === undefined) return 0;
  let planned = 0;
  for (const organizationId of await hitOrganizations(ctx, incidentId)) {
    const shop = await readShop(ctx, organizationId);
    const contacts = await billingContacts(ctx, organizationId);
    planned += await write((tx) => tell(tx, incident, shop, contacts));
  }
  if (planned > 0) {
    const text = `${planned} ${planned === 1 ? 'mail' : 'mails'} to customers whose payment was hit`;
    await write((tx) => addTimelineEntry(tx, { incidentId, kind: 'notice', text }));
  }
  return planned;
}

async function tell(
  tx: KeeperTransaction,
  incident: Incident,
  shop: Shop,
  contacts: readonly Contact[],
): Promise<number> {
  let planned = 0;
  for (const contact of contacts) {
    const { already } = await enqueueMessage(tx, {
      organizationId: shop.id,
      template: 'incident-notice',
      recipient: { email: contact.email, name: contact.name },
      occurrenceKey: `incident-notice/${incident.id}/${shop.id}/${contact.userId}`,
      incidentId: incident.id,
      variables: { name: contact.name, shop: shop.name, ...wordsOf(incident, shop) },
    });
    if (!already) planned += 1;
  }
  return planned;
}

/** Not everybody who is named was hurt: only where a payment failed meanwhile, or where the repair had to change what the shop was told. */
async function hitOrganizations(ctx: KeeperContext, incidentId: string): Promise<string[]> {
  const rows = await ctx.keeper.query<{ organization_id: string }>(
    `select distinct o.organization_id
       from incident_organizations o
       join incidents i on i.id = o.incident_id
       join effects e on e.organization_id = o.organization_id
      where o.incident_id = $1::uuid
        and e.recorded_at >= i.opened_at - interval '1 hour' and e.recorded_at <= coalesce(i.resolved_at, ops.now())
        and (e.kind = 'stripe.invoice.payment_failed'
             or (e.kind = 'subscription.changed'
                 and e.payload -> 'cause' ->> 'runId' = (select r.id::text from playbook_runs r where r.incident_id = i.id)))
      order by o.organization_id`,
    [incidentId],
  );
  return rows.map((row) => row.organization_id);
}

function wordsOf(incident: Incident, shop: Shop): { subject: string; happened: string; done: string; now: string } {
  const since = formatMoment(incident.openedAt);
  const paying = shop.status === 'active' || shop.status === 'trialing';
  const state = paying
    ? `Your ${shop.planName} subscription is active.`
    : 'Your last payment is still open. We write to you about it in a mail of its own.';
  if (incident.resolvedAt === null) {
    return {
      subject: 'A problem with payments that concerns your shop',
      happened: `Since ${since} payments and their confirmations do not reach us as they should. Your subscription is among those affected.`,
      done: 'We read your subscription from our payment provider directly, as often as it answers.',
      now: `We are still at it. Till goes on working for you. ${state}`,
    };
  }
  return {
    subject: 'A problem with payments concerned your shop, and is resolved',
    happened: `From ${since} to ${formatMoment(incident.resolvedAt)} payments and their confirmations did not reach us as they should. Your subscription was among those affected.`,
    done: 'We read your subscription from our payment provider directly and compared every field with it.',
    now: `All is as it should be. ${state}`,
  };
}
