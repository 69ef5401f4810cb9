import { type Comparison, compareWithStripe } from '../../billing/compareWithStripe.ts';
import { type PaymentFacts, readPaymentFacts } from '../../billing/paymentFacts.ts';
import type { ProofQuestion, Verdict } from '../playbook.ts';
import { describeAmount, organizationOf, paymentState } from './caseFacts.ts';

/** Stripe says paid, the subscription is active there and in both of our rows, and nothing is open. Cancelled everywhere is lost. */
export async function proveCase({ ctx, incident }: ProofQuestion): Promise<Verdict> {
  const organizationId = organizationOf(incident);
  const facts = await readPaymentFacts(ctx, organizationId);
  const [comparison] = await compareWithStripe(ctx, [organizationId]);
  return judgeCase(facts, comparison);
}

export function judgeCase(facts: PaymentFacts, comparison: Comparison | undefined): Verdict {
  const state = paymentState(facts);
  const differing = comparison?.fields.filter((field) => field.differs) ?? [];
  const equal = comparison?.equal === true;
  const about = {
    subscriptionStatus: facts.subscription?.status ?? null,
    openInvoiceId: facts.openInvoice?.id ?? null,
    differing,
  };
  if (state === 'open') {
    const status = facts.subscription?.status ?? 'unknown';
    return refuted(`Stripe says ${status}, ${describeAmount(facts)} is open`, about);
  }
  if (!equal) {
    const fields = differing.map(
      ({ label, stripe, subscriptionRow, organizationRow }) =>
        `${label}: ${stripe ?? '-'} at Stripe, ${organizationRow ?? subscriptionRow ?? '-'} here`,
    );
    return refuted(
      comparison === undefined ? 'The organization is not here any more' : `Stripe and we differ: ${fields.join('; ')}`,
      about,
    );
  }
  return state === 'paid'
    ? {
        verdict: 'clean',
        findings: {
          summary: `Paid and ${facts.subscription?.status ?? 'active'} at Stripe, the same in both rows here, nothing open`,
          ...about,
        },
      }
    : { verdict: 'lost', findings: { summary: 'The subscription has ended at Stripe, and here the same', ...about } };
}

function refuted(summary: string, about: Record<string, unknown>): Verdict {
  return { verdict: 'refuted', findings: { summary, ...about } };
}
