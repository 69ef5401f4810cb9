import type { KeeperTransaction } from '../context.ts';
import { recordAudit } from '../operators/audit.ts';
import { addTimelineEntry } from './addTimelineEntry.ts';
import { composeRecord, type RecordedEvent } from './composeRecord.ts';

/** Writes the record of a resolved incident, once, in the caller's transaction. Returns how many sentences it has. */
export async function writeRecord(tx: KeeperTransaction, incidentId: string): Promise<number> {
  const timeline = await tx.keeper.query<RecordedEvent>(
    'select id, at, kind, text from timeline where incident_id = $1::uuid order by id',
    [incidentId],
  );
  const sentences = composeRecord(timeline);
  const written = await tx.keeper.query(
    `update incidents set record = $2::jsonb where id = $1::uuid and resolved_at is not null and record is null returning id`,
    [incidentId, JSON.stringify({ sentences, writtenAt: tx.clock.now().toString() })],
  );
  if (written.length === 0) return countSentences(tx, incidentId);
  await addTimelineEntry(tx, { incidentId, kind: 'record', text: `Record written, ${sentences.length} sentences` });
  await recordAudit(tx, {
    action: 'incident.document',
    subjectId: incidentId,
    details: { sentences: sentences.length },
  });
  return sentences.length;
}

/** Of the record that is there: the chronology went on after it, so that composing it again would give more. */
async function countSentences(tx: KeeperTransaction, incidentId: string): Promise<number> {
  const [record] = await tx.keeper.query<{ count: number | null }>(
    `select jsonb_array_length(record -> 'sentences') as count from incidents where id = $1::uuid`,
    [incidentId],
  );
  return record?.count ?? 0;
}
