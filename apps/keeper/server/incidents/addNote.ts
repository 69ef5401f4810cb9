import { actorLabel } from '@tillkeeper/platform/actor';
import { AppError } from '@tillkeeper/platform/errors';
import { inTransaction, type KeeperContext } from '../context.ts';
import { recordAudit } from '../operators/audit.ts';
import { authorize } from '../operators/permissions.ts';
import { addTimelineEntry } from './addTimelineEntry.ts';
import { lockIncident } from './lockIncident.ts';

/** Adds what a person says to the chronology, also after the end. Throws `not_found`, `invalid_input` for an empty text. */
export async function addNote(
  ctx: KeeperContext,
  input: { readonly incidentId: string; readonly text: string },
): Promise<{ readonly incidentId: string; readonly entryId: string }> {
  authorize(ctx, 'incidents.act');
  const text = input.text.trim();
  if (text === '') throw new AppError('invalid_input', 'the note is empty');
  return inTransaction(ctx, async (tx) => {
    const { id } = await lockIncident(tx, input.incidentId);
    const entryId = await addTimelineEntry(tx, {
      incidentId: id,
      kind: 'note',
      text: `${actorLabel(tx.actor)}: ${text}`,
      details: { note: text },
    });
    await recordAudit(tx, { action: 'incident.note', subjectId: id, details: { entryId } });
    return { incidentId: id, entryId };
  });
}
