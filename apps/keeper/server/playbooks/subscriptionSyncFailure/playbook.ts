import { AppError } from '@tillkeeper/platform/errors';
import { compareWithStripe } from '../../billing/compareWithStripe.ts';
import { readDrift, readSyncTrigger } from '../../detection/readSyncState.ts';
import { describeSync, syncIdentity } from '../../detection/subscriptionSync.ts';
import { documentSteps } from '../documentSteps.ts';
import { measureImpactStep } from '../measureImpactStep.ts';
import type { Playbook, PlaybookForm, ProofQuestion, Verdict } from '../playbook.ts';
import { enableTrigger, refreshFromStripe, replayMissing, restoreDefinition, syncDrifted } from './actSync.ts';
import { checkTriggerAndDrift, compareHere, compareStripe, findCause, readAllGaps } from './assessSync.ts';

const severity = 'P2';

/** Zero drift in a full compare here, the trigger as the migrations wrote it and enabled, no gap, and the named organizations equal to Stripe. */
async function proveSync({ ctx, incident }: ProofQuestion): Promise<Verdict> {
  const finding = describeSync(await readSyncTrigger(ctx), await readDrift(ctx), await readAllGaps(ctx));
  if (finding !== undefined) return { verdict: 'refuted', findings: { summary: finding.summary, ...finding.facts } };
  const comparisons = await compareWithStripe(ctx, incident.organizationIds);
  const differing = comparisons.filter(({ equal }) => !equal);
  if (differing.length > 0) {
    const summary = `${differing.length} of ${comparisons.length} organizations differ from Stripe`;
    return {
      verdict: 'refuted',
      findings: { summary, organizationIds: differing.map(({ organizationId }) => organizationId) },
    };
  }
  return {
    verdict: 'clean',
    findings: {
      summary: `Trigger enabled, zero drift, no gap, ${comparisons.length} of ${comparisons.length} named organizations equal Stripe`,
      compared: comparisons.length,
    },
  };
}

const form: PlaybookForm = {
  severity,
  steps: [
    checkTriggerAndDrift,
    findCause,
    compareHere,
    compareStripe,
    measureImpactStep(severity),
    restoreDefinition,
    enableTrigger,
    // Before the rows are synced: a subscription row that was changed behind our back must not be copied.
    refreshFromStripe,
    syncDrifted,
    replayMissing,
    { name: 'prove-no-drift', title: 'Prove zero drift', phase: 'resolve', kind: 'automatic' },
    ...documentSteps({
      note: ({ number, outcome }) =>
        `Plan and status here had lost touch with the subscription (#${number}). ${outcome === 'forced' ? 'It was closed by a person without proof.' : 'They were brought back in step and equal Stripe.'}`,
    }),
  ],
  prove: proveSync,
};

/** Subscriptions that no longer reach their organizations. One incident for all that is wrong with it. */
export const subscriptionSyncFailure: Playbook = {
  name: 'subscription-sync-failure',
  version: 1,
  formOf(identity) {
    if (identity === syncIdentity) return { scope: 'systemic', organizationIds: [] };
    throw new AppError('invalid_input', `this playbook knows ${syncIdentity}`, { identity });
  },
  forms: { systemic: form },
};
