import type { KeeperContext } from '../context.ts';

export type TimelineKind =
  | 'opened'
  | 'joined'
  | 'signal'
  | 'severity'
  | 'acknowledged'
  | 'note'
  | 'step'
  | 'wait'
  | 'manual'
  | 'failed'
  | 'proof'
  | 'back'
  | 'notice'
  | 'resolved'
  | 'record';

export interface TimelineEntry {
  readonly incidentId: string;
  readonly kind: TimelineKind;
  readonly text: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Adds to the one chronology, in the transaction of what it tells. Nobody can change it afterwards. Returns the entry's id. */
export async function addTimelineEntry(ctx: KeeperContext, entry: TimelineEntry): Promise<string> {
  const [row] = await ctx.keeper.query<{ id: string }>(
    `insert into timeline (incident_id, at, actor, kind, text, details)
     values ($1::uuid, $2::timestamptz, $3::jsonb, $4::text, $5::text, $6::jsonb)
     returning id`,
    [
      entry.incidentId,
      ctx.clock.now().toString(),
      JSON.stringify(ctx.actor),
      entry.kind,
      entry.text,
      JSON.stringify(entry.details ?? {}),
    ],
  );
  if (row === undefined) throw new Error('insert returned no row');
  return row.id;
}
