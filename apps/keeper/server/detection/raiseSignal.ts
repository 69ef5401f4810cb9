import { createHash } from 'node:crypto';
import { AppError } from '@tillkeeper/platform/errors';
import { faultPoint } from '@tillkeeper/platform/faults';
import type { KeeperContext, KeeperTransaction } from '../context.ts';
import { addTimelineEntry } from '../incidents/addTimelineEntry.ts';
import { type OpenedIncident, openIncident } from '../incidents/openIncident.ts';
import { recordAudit } from '../operators/audit.ts';
import { authorize } from '../operators/permissions.ts';

export interface NewSignal {
  /** The detector, or who reports it. */
  readonly source: string;
  readonly identity: string;
  readonly correlation?: string;
  readonly summary: string;
  /** Without it the identity names it, up to its first slash. */
  readonly playbook?: string;
  readonly organizationIds?: readonly string[];
  readonly title?: string;
  /** Without it the summary is what is said. */
  readonly said?: string;
  readonly facts?: Readonly<Record<string, unknown>>;
  /** Machine time; what was seen before the incident was resolved is settled with it. */
  readonly seenMachine?: Temporal.Instant;
}

export interface RaisedSignal {
  readonly signalId: string;
  readonly incidentId: string;
  /** Whether anything in it was not known yet. */
  readonly news: boolean;
}

/** Equal for signals that say the same. */
export function fingerprintOf(source: string, said: string): string {
  return createHash('sha256')
    .update(JSON.stringify([source, said]))
    .digest('hex');
}

/**
 * Takes a signal in: opens or joins the incident of its identity and keeps what is new. One that says nothing new is only counted. Returns
 * undefined for what was seen before its incident was resolved. Errors as `openIncident`.
 */
export async function raiseSignal(ctx: KeeperContext, input: NewSignal): Promise<RaisedSignal | undefined> {
  authorize(ctx, 'signals.raise');
  const playbook = input.playbook ?? input.identity.split('/', 1)[0] ?? '';
  const raised = await openIncident(
    ctx,
    {
      playbook,
      identity: input.identity,
      detector: input.source,
      title: input.title ?? input.summary,
      summary: input.summary,
      organizationIds: input.organizationIds ?? [],
      ...(input.correlation === undefined ? {} : { correlation: input.correlation }),
      ...(input.seenMachine === undefined ? {} : { seenMachine: input.seenMachine }),
    },
    (tx, opened) => keep(tx, { ...input, playbook }, opened),
  );
  if (raised !== undefined) await faultPoint('engine.after-signal');
  return raised;
}

async function keep(tx: KeeperTransaction, input: NewSignal, opened: OpenedIncident): Promise<RaisedSignal> {
  const [signal] = await tx.keeper.query<{ id: string; repeats: number }>(
    `insert into signals as known
       (at, last_at, source, identity, correlation, playbook, summary, organization_ids, facts, incident_id, fingerprint)
     values ($1::timestamptz, $1::timestamptz, $2::text, $3::text, $4::text, $5::text, $6::text, $7::uuid[], $8::jsonb, $9::uuid, $10::text)
     on conflict (incident_id, fingerprint) do update
        set repeats = known.repeats + 1, last_at = excluded.last_at, last_machine = clock_timestamp(),
            organization_ids = array(select distinct id from unnest(known.organization_ids || excluded.organization_ids) as id order by id)
     returning id, repeats`,
    [
      tx.clock.now().toString(),
      input.source,
      input.identity,
      input.correlation ?? null,
      input.playbook ?? null,
      input.summary,
      input.organizationIds ?? [],
      JSON.stringify(input.facts ?? {}),
      opened.incidentId,
      fingerprintOf(input.source, input.said ?? input.summary),
    ],
  );
  if (signal === undefined) throw new AppError('internal', 'insert returned no row');
  const first = signal.repeats === 1;
  if (first && !opened.opened) {
    await tx.keeper.query('update incidents set summary = $2::text where id = $1::uuid', [
      opened.incidentId,
      input.summary,
    ]);
    await addTimelineEntry(tx, {
      incidentId: opened.incidentId,
      kind: 'signal',
      text: `${input.source}: ${input.summary}`,
      details: { signalId: signal.id },
    });
  }
  const news = first || opened.joined.length > 0;
  if (news) {
    await recordAudit(tx, {
      action: 'signal.raise',
      subjectId: signal.id,
      details: { incidentId: opened.incidentId, source: input.source, identity: input.identity },
    });
  }
  return { signalId: signal.id, incidentId: opened.incidentId, news };
}
