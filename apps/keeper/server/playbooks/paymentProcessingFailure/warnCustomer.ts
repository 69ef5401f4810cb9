import { AppError } from '@tillkeeper/platform/errors';
import { createPaymentLink } from '../../billing/createPaymentLink.ts';
import type { PaymentFacts } from '../../billing/paymentFacts.ts';
import { enqueueMessage } from '../../messages/enqueueMessage.ts';
import { billingContacts, type Contact } from '../../messages/findRecipients.ts';
import { formatDay } from '../formatDate.ts';
import type { Evidence, Step, StepRun } from '../playbook.ts';
import { readShop } from '../readShop.ts';
import type { Observation } from '../stepLedger.ts';
import {
  declineClass,
  describeAmount,
  describeCard,
  newCard,
  organizationOf,
  paymentState,
  readCase,
} from './caseFacts.ts';
import { declineReason } from './declineReasons.ts';

/** From the warning to the suspension, in the shop's own days. The mail prints the day, and nothing moves it. */
const graceDays = 7;

interface Warned {
  readonly messageId: string;
  readonly to: string;
  readonly deadline: string;
}

export const warnCustomer: Step = {
  name: 'warn-customer',
  title: 'Write to the customer',
  phase: 'act',
  kind: 'automatic',
  async execute(run) {
    const before = await run.review((intent) => observeMail(run, String(intent.occurrenceKey)));
    const facts = await readCase(run);
    const notNeeded = whyNot(run, facts);
    if (notNeeded !== undefined) {
      // A refuted proof brings the run here again, when what was asked for may be done: who was written to stays written to.
      return before.length > 0
        ? { kind: 'done', evidence: { ...run.step.evidence, ...told(before) } }
        : { kind: 'skipped', evidence: { summary: notNeeded } };
    }
    const contacts = await billingContacts(run.ctx, organizationOf(run.incident));
    // Not passed over: without anybody to write to, the case needs a person who finds one.
    if (contacts.length === 0) throw new AppError('precondition_failed', 'the organization has no owner to write to');
    const warned: Warned[] = [];
    for (const contact of contacts) warned.push(await warn(run, facts, contact));
    return { kind: 'done', evidence: { ...told(warned), invoiceId: facts.openInvoice?.id ?? null } };
  },
};

function whyNot(run: StepRun, facts: PaymentFacts): string | undefined {
  const state = paymentState(facts);
  if (state === 'paid') return 'Paid: nobody is written to';
  if (state === 'ended') return 'The subscription has ended: nobody is asked to pay';
  if (facts.openInvoice === undefined) return 'No invoice is open: there is nothing to ask for';
  if (run.evidenceOf('decide-on-fraud')?.choice === 'hold') return 'Held back by a person';
  return newCard(run, facts) === undefined ? undefined : 'The customer has another card already';
}

function told(warned: readonly Warned[]): Evidence {
  const to = warned.map((one) => one.to).join(', ');
  return { summary: `Mail with a link to ${to}, deadline ${warned[0]?.deadline ?? ''}`, warned };
}

/** One warning for an invoice and a person, for ever: the same payment that fails again writes no second one. */
function warn(run: StepRun, facts: PaymentFacts, contact: Contact): Promise<Warned> {
  const invoice = facts.openInvoice?.id ?? facts.subscription?.id ?? run.incident.id;
  const occurrenceKey = `payment-failed/${invoice}/${contact.userId}`;
  return run.effect<Warned>(`warn/${invoice}/${contact.userId}`, {
    intent: { template: 'payment-failed', to: contact.email, occurrenceKey },
    async perform() {
      const { ctx, incident } = run;
      const shop = await readShop(ctx, organizationOf(incident));
      const deadline = formatDay(
        ctx.clock.now().toZonedDateTimeISO(shop.timezone).add({ days: graceDays }).toInstant(),
        shop.timezone,
      );
      // Only the invoice's own page can ask the customer to confirm; a new card is for all other reasons.
      const confirm = declineClass(facts) === 'authentication' && facts.openInvoice !== undefined;
      const { url } = await createPaymentLink(ctx, {
        organizationId: shop.id,
        runId: run.runId,
        ...(confirm && facts.openInvoice !== undefined
          ? { purpose: 'pay_invoice', invoiceId: facts.openInvoice.id }
          : { purpose: 'update_payment_method' }),
      });
      const { messageId } = await run.write((tx) =>
        enqueueMessage(tx, {
          organizationId: shop.id,
          template: 'payment-failed',
          recipient: { email: contact.email, name: contact.name },
          occurrenceKey,
          incidentId: incident.id,
          variables: {
            name: contact.name,
            plan: shop.planName,
            shop: shop.name,
            reason: declineReason(facts.lastError?.code, facts.lastError?.declineCode),
            amount: describeAmount(facts),
            card: facts.paymentMethod === undefined ? null : describeCard(facts.paymentMethod),
            deadline,
            updateUrl: url,
          },
        }),
      );
      return { messageId, to: contact.email, deadline };
    },
    observe: () => observeMail(run, occurrenceKey),
  });
}

async function observeMail(run: StepRun, occurrenceKey: string): Promise<Observation<Warned>> {
  const [known] = await run.ctx.keeper.query<Warned>(
    `select id as "messageId", recipient as "to", variables ->> 'deadline' as deadline from messages where occurrence_key = $1::text`,
    [occurrenceKey],
  );
  return known === undefined ? { done: false } : { done: true, observed: known };
}
