import { compareWithStripe } from '../../billing/compareWithStripe.ts';
import { affectedBy, causesOf, tellCauses } from '../../detection/stripeWebhooks.ts';
import { documentSteps } from '../documentSteps.ts';
import { measureImpactStep } from '../measureImpactStep.ts';
import type { PlaybookForm, ProofQuestion, Step, Verdict } from '../playbook.ts';
import { fillGaps, planNotice, refreshAffected, waitForDeliveries, waitForStripe } from './actSystemic.ts';
import { checkStripe } from './assessCase.ts';
import { deliveriesCome, findCause, lookNow, nameOrganizations, readHealth } from './assessSystemic.ts';
import { sendNotices } from './sendNotices.ts';

const severity = 'P1';

/**
 * Since the repair nothing was refused, late or missing, and something came that was not; Stripe answers, and every affected organization equals
 * Stripe in every field.
 */
async function proveSystemic({ ctx, incident, actedMachine }: ProofQuestion): Promise<Verdict> {
  const look = await lookNow(ctx, actedMachine);
  const causes = causesOf(look);
  const hit = affectedBy(look, ['api_failing', 'refused', 'late', 'undelivered']);
  if (causes.length > 0)
    return { verdict: 'refuted', findings: { summary: tellCauses(look, causes).join('; '), causes } };
  if (hit.length > 0) {
    return {
      verdict: 'refuted',
      findings: { summary: `${hit.length} organizations were hit again since the repair`, organizationIds: hit },
    };
  }
  if (!(await deliveriesCome(ctx, incident))) {
    return {
      verdict: 'refuted',
      findings: { summary: 'No delivery has come signed and in time since the last that did not' },
    };
  }
  const comparisons = await compareWithStripe(ctx, incident.organizationIds);
  const differing = comparisons.filter(({ equal }) => !equal).map(({ organizationId }) => organizationId);
  if (differing.length > 0) {
    return {
      verdict: 'refuted',
      findings: {
        summary: `${differing.length} of ${comparisons.length} organizations differ from Stripe`,
        organizationIds: differing,
      },
    };
  }
  return {
    verdict: 'clean',
    findings: {
      summary: `Stripe answers, deliveries come signed and in time, ${comparisons.length} of ${comparisons.length} organizations equal Stripe`,
      compared: comparisons.length,
    },
  };
}

const tellCustomers: Step = {
  name: 'tell-customers',
  title: 'Tell the customers whose payment was hit',
  phase: 'document',
  kind: 'automatic',
  async execute({ ctx, incident, write }) {
    if (incident.outcome === 'forced')
      return { kind: 'skipped', evidence: { summary: 'Closed without proof: the timer tells them' } };
    const planned = await sendNotices(ctx, incident.id, write);
    return {
      kind: 'done',
      evidence: {
        summary: planned === 0 ? "Nobody's payment was hit, or all of them have heard" : `${planned} mails planned`,
        planned,
      },
    };
  },
};

/** A fault between Stripe and us that hits many. */
export const systemicForm: PlaybookForm = {
  severity,
  steps: [
    readHealth,
    findCause,
    checkStripe,
    nameOrganizations,
    measureImpactStep(severity),
    planNotice,
    waitForStripe,
    refreshAffected,
    fillGaps,
    waitForDeliveries,
    { name: 'prove-well', title: 'Prove that payments reach us', phase: 'resolve', kind: 'automatic' },
    ...documentSteps({
      note: ({ number, outcome }) =>
        `Payments and their confirmations did not reach us as they should (#${number}). ${outcome === 'forced' ? 'It was closed by a person without proof.' : 'The subscription was read from Stripe and equals it in every field.'}`,
      before: [tellCustomers],
    }),
  ],
  prove: proveSystemic,
};
