import { enqueueMessage } from '../../messages/enqueueMessage.ts';
import { billingContacts, type Contact } from '../../messages/findRecipients.ts';
import { formatAmount } from '../formatAmount.ts';
import { formatDay } from '../formatDate.ts';
import type { Evidence, IncidentFacts, Step, StepRun } from '../playbook.ts';
import { readShop } from '../readShop.ts';
import { describeCard, organizationOf, readCase } from './caseFacts.ts';

/** Tells those who were warned that it is over. Who never heard of it hears nothing. */
export const tellCustomerPaid: Step = {
  name: 'tell-customer',
  title: 'Tell the customer that it is paid',
  phase: 'document',
  kind: 'automatic',
  async execute(run) {
    if (run.incident.outcome !== 'proven')
      return { kind: 'skipped', evidence: { summary: 'Not paid: there is nothing to tell' } };
    const warned = await warnedContacts(run);
    if (warned.length === 0) return { kind: 'skipped', evidence: { summary: 'Nobody had been warned' } };
    const told: { readonly messageId: string; readonly to: string }[] = [];
    for (const contact of warned) told.push(await tell(run, contact));
    return { kind: 'done', evidence: { summary: `Mail to ${told.map(({ to }) => to).join(', ')}`, told } };
  },
};

/** The owners to whom a warning of this incident went out, or may have. */
async function warnedContacts(run: StepRun): Promise<Contact[]> {
  const contacts = await billingContacts(run.ctx, organizationOf(run.incident));
  const rows = await run.ctx.keeper.query<{ recipient: string }>(
    `select distinct recipient from messages
      where incident_id = $1::uuid and template = 'payment-failed' and state not in ('skipped', 'failed')`,
    [run.incident.id],
  );
  const addresses = new Set(rows.map((row) => row.recipient));
  return contacts.filter((contact) => addresses.has(contact.email.toLowerCase()));
}

async function tell(run: StepRun, contact: Contact): Promise<{ messageId: string; to: string }> {
  const { ctx, incident } = run;
  const facts = await readCase(run);
  const shop = await readShop(ctx, organizationOf(incident));
  const failed = run.evidenceOf('read-failed-payment');
  const amount =
    typeof failed?.amountDueMinor === 'number' && typeof failed.currency === 'string'
      ? formatAmount(failed.amountDueMinor, failed.currency)
      : 'The open invoice';
  const paidUntil = facts.subscription?.currentPeriodEnd;
  return run.write(async (tx) => {
    const { messageId } = await enqueueMessage(tx, {
      organizationId: shop.id,
      template: 'payment-recovered',
      recipient: { email: contact.email, name: contact.name },
      occurrenceKey: `payment-recovered/${incident.id}/${contact.userId}`,
      incidentId: incident.id,
      variables: {
        name: contact.name,
        plan: shop.planName,
        shop: shop.name,
        amount,
        card: facts.paymentMethod === undefined ? null : describeCard(facts.paymentMethod),
        paidUntil: paidUntil === undefined ? 'the end of this period' : formatDay(paidUntil, shop.timezone),
      },
    });
    return { messageId, to: contact.email };
  });
}

/** The case in the customer's own story. */
export function noteOfCase(
  incident: IncidentFacts,
  evidenceOf: (step: string) => Partial<Evidence> | undefined,
): string {
  const failed = evidenceOf('read-failed-payment');
  const amount =
    typeof failed?.amountDueMinor === 'number' && typeof failed.currency === 'string'
      ? `of ${formatAmount(failed.amountDueMinor, failed.currency)} `
      : '';
  const { declineCode, code } = failed ?? {};
  const why = typeof declineCode === 'string' ? ` (${declineCode})` : typeof code === 'string' ? ` (${code})` : '';
  const warned = Array.isArray(evidenceOf('warn-customer')?.warned) ? ' The owner was written to.' : '';
  const end = {
    proven: 'It is paid, proven at Stripe.',
    lost: 'The subscription ended at Stripe without it.',
    forced: 'The case was closed by a person without proof.',
  }[incident.outcome ?? 'forced'];
  return `A payment ${amount}failed${why}.${warned} ${end}`;
}
