import type { KeeperTransaction } from '../context.ts';
import type { Scope, Severity } from '../playbooks/playbook.ts';
import { addTimelineEntry } from './addTimelineEntry.ts';
import type { Impact } from './measureImpact.ts';
import { graver, severityOf } from './severity.ts';

/**
 * Keeps a measured impact with its incident, in the caller's transaction. Severity follows it upwards only: what was grave when people were
 * called does not become harmless in their hands.
 */
export async function updateImpact(
  tx: KeeperTransaction,
  incident: { readonly id: string; readonly scope: Scope; readonly severity: Severity },
  form: { readonly severity: Severity },
  impact: Impact,
): Promise<Severity> {
  const severity = graver(incident.severity, severityOf(form, incident.scope, impact));
  await tx.keeper.query(`update incidents set impact = $2::jsonb, severity = $3::text where id = $1::uuid`, [
    incident.id,
    JSON.stringify(impact),
    severity,
  ]);
  if (severity !== incident.severity) {
    await addTimelineEntry(tx, {
      incidentId: incident.id,
      kind: 'severity',
      text: `Severity ${incident.severity} to ${severity}: ${impact.payersLockedOut} payers locked out`,
      details: { from: incident.severity, to: severity },
    });
  }
  return severity;
}
