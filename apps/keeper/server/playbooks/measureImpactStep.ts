import { measureImpact } from '../incidents/measureImpact.ts';
import { updateImpact } from '../incidents/updateImpact.ts';
import { formatMonthly } from './formatAmount.ts';
import type { Severity, Step } from './playbook.ts';

/** The same question in every playbook: who is hit, and what is at stake. Raises the severity above where the form begins if the answer demands it. */
export const measureImpactStep = (begins: Severity): Step => ({
  name: 'measure-impact',
  title: 'Measure impact',
  phase: 'assess',
  kind: 'automatic',
  async execute({ ctx, incident, write }) {
    const impact = await measureImpact(ctx, incident.organizationIds);
    await write((tx) => updateImpact(tx, incident, { severity: begins }, impact));
    const hit = `${impact.organizations} ${impact.organizations === 1 ? 'organization' : 'organizations'}`;
    const parts = [
      `${hit}, ${formatMonthly(impact.mrrAtRisk)} at risk`,
      ...(impact.payersLockedOut > 0 ? [`${impact.payersLockedOut} payers locked out`] : []),
      ...(impact.unpaidWithAccess > 0 ? [`${impact.unpaidWithAccess} unpaid with access`] : []),
      ...(impact.wrongPlan > 0 ? [`${impact.wrongPlan} on the wrong plan`] : []),
    ];
    return { kind: 'done', evidence: { summary: parts.join(', '), ...impact } };
  },
});
