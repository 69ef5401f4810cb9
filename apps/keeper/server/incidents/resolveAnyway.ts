import { actorLabel } from '@tillkeeper/platform/actor';
import { AppError } from '@tillkeeper/platform/errors';
import { faultPoint } from '@tillkeeper/platform/faults';
import { inTransaction, type KeeperContext } from '../context.ts';
import { authorize } from '../operators/permissions.ts';
import { interruptRun } from '../playbooks/heldRun.ts';
import { concludeIncident } from './concludeIncident.ts';
import { lockIncident } from './lockIncident.ts';

/** Shorter than this is no reason. */
const shortestReason = 5;

/**
 * Closes an incident without proof. A verb of its own, with a reason that stays in the record: whatever the run is at is broken off, and it only
 * documents. Throws `invalid_input` without a reason, `conflict` if it is resolved already.
 */
export async function resolveAnyway(
  ctx: KeeperContext,
  input: { readonly incidentId: string; readonly reason: string },
): Promise<{ readonly incidentId: string }> {
  authorize(ctx, 'incidents.act');
  const reason = input.reason.trim();
  if (reason.length < shortestReason)
    throw new AppError('invalid_input', 'say why it is closed without proof', { field: 'reason' });
  const incidentId = await inTransaction(ctx, async (tx) => {
    const incident = await lockIncident(tx, input.incidentId);
    if (incident.resolvedAt !== null)
      throw new AppError('conflict', 'the incident is resolved already', { incidentId: incident.id });
    await interruptRun(tx, incident.id, 'resolved without proof');
    await concludeIncident(tx, {
      incidentId: incident.id,
      outcome: 'forced',
      reason: `${actorLabel(tx.actor)}, “${reason}”`,
    });
    return incident.id;
  });
  await faultPoint('engine.after-resolve');
  return { incidentId };
}
