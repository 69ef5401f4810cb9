import type { KeeperTransaction } from '../context.ts';
import { recordAudit } from '../operators/audit.ts';
import type { Outcome } from '../playbooks/playbook.ts';
import { addTimelineEntry } from './addTimelineEntry.ts';

const words: Readonly<Record<Outcome, string>> = {
  proven: 'Resolved: proven at the source',
  lost: 'Resolved: lost, proven at the source',
  forced: 'Resolved anyway, without proof',
};

/**
 * Resolves an open incident, in the caller's transaction, which has locked its row. What the run had still to do before documenting is skipped.
 * The caller knows that the outcome is true: this function asks nothing.
 */
export async function concludeIncident(
  tx: KeeperTransaction,
  input: { readonly incidentId: string; readonly outcome: Outcome; readonly reason?: string },
): Promise<void> {
  const reason = input.reason === undefined ? '' : `: ${input.reason}`;
  await tx.keeper.query(
    `update incidents
        set state = 'resolved', resolved_at = $2::timestamptz, resolved_machine = clock_timestamp(), outcome = $3::text
      where id = $1::uuid and resolved_at is null`,
    [input.incidentId, tx.clock.now().toString(), input.outcome],
  );
  await tx.keeper.query(
    `update run_steps s
        set state = 'skipped', evidence = s.evidence || jsonb_build_object('summary', 'Not needed any more: the incident is resolved'),
            finished_at = $2::timestamptz, finished_machine = clock_timestamp()
       from playbook_runs r
      where r.incident_id = $1::uuid and s.run_id = r.id and s.phase <> 'document' and s.state not in ('done', 'skipped')`,
    [input.incidentId, tx.clock.now().toString()],
  );
  await addTimelineEntry(tx, {
    incidentId: input.incidentId,
    kind: 'resolved',
    text: `${words[input.outcome]}${reason}`,
    details: { outcome: input.outcome },
  });
  await recordAudit(tx, {
    action: input.outcome === 'forced' ? 'incident.resolve_anyway' : 'incident.resolve',
    subjectId: input.incidentId,
    details: { outcome: input.outcome, ...(input.reason === undefined ? {} : { reason: input.reason }) },
  });
}
