import { actorLabel } from '@tillkeeper/platform/actor';
import { inTransaction, type KeeperContext } from '../context.ts';
import { recordAudit } from '../operators/audit.ts';
import { authorize } from '../operators/permissions.ts';
import { addTimelineEntry } from './addTimelineEntry.ts';
import { lockIncident } from './lockIncident.ts';

/**
 * Says that a person has seen the incident and holds it. The first one holds it; acknowledging again, or what is resolved, changes nothing.
 * Throws `not_found`.
 */
export async function acknowledgeIncident(
  ctx: KeeperContext,
  input: { readonly incidentId: string },
): Promise<{ readonly incidentId: string }> {
  authorize(ctx, 'incidents.act');
  return inTransaction(ctx, async (tx) => {
    const incident = await lockIncident(tx, input.incidentId);
    if (incident.acknowledgedAt !== null || incident.resolvedAt !== null) return { incidentId: incident.id };
    await tx.keeper.query(
      `update incidents
          set acknowledged_at = $2::timestamptz, acknowledged_by = $3::jsonb,
              state = case state when 'triggered' then 'acknowledged' else state end
        where id = $1::uuid`,
      [incident.id, tx.clock.now().toString(), JSON.stringify(tx.actor)],
    );
    await addTimelineEntry(tx, {
      incidentId: incident.id,
      kind: 'acknowledged',
      text: `${actorLabel(tx.actor)} acknowledged`,
    });
    await recordAudit(tx, { action: 'incident.acknowledge', subjectId: incident.id });
    return { incidentId: incident.id };
  });
}
