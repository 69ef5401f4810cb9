import type { Actor } from '@tillkeeper/platform/actor';
import { AppError } from '@tillkeeper/platform/errors';
import type { KeeperContext } from '../context.ts';
import type { MessageState } from '../messages/queries.ts';
import { authorize } from '../operators/permissions.ts';
import type { Evidence, Verdict } from '../playbooks/playbook.ts';
import { agreement, roundsNeeded } from '../playbooks/proofRounds.ts';
import { byReference } from './lockIncident.ts';
import {
  type Incident,
  type IncidentItem,
  type IncidentRow,
  presentIncident,
  type ShownStep,
  showActor,
} from './shownIncident.ts';

export interface IncidentFilter {
  readonly state: 'open' | 'resolved' | 'all';
  readonly severity?: string;
  readonly playbook?: string;
  readonly organizationId?: string;
  readonly limit: number;
  /** The number of the last item of the page before. */
  readonly cursor?: string;
}

/** `$1` and on are the condition's own. */
const select = `
  select i.id, i.number, i.playbook, i.severity, i.state, i.scope, i.title, i.summary, i.opened_at as "openedAt",
         i.acknowledged_at as "acknowledgedAt", i.acknowledged_by as "acknowledgedBy", i.resolved_at as "resolvedAt", i.outcome, i.impact,
         array(select o.organization_id from incident_organizations o where o.incident_id = i.id order by o.organization_id) as "organizationIds",
         case when r.state in ('waiting', 'proving') then least(r.wake_at, ops.now() + (r.wake_machine - clock_timestamp())) end as "wakeAt",
         r.wake_reason as "wakeReason", s.title as "stepTitle", s.state as "stepState", s.evidence as "stepEvidence"
    from incidents i
    left join playbook_runs r on r.incident_id = i.id
    left join lateral (
      select title, state, evidence from run_steps
       where run_id = r.id and state not in ('done', 'skipped') order by ordinal limit 1
    ) s on true`;

/** Open ones have an index of their own: they are few among all that ever were. */
const conditions: Readonly<Record<IncidentFilter['state'], string>> = {
  open: 'i.resolved_at is null',
  resolved: 'i.resolved_at is not null',
  all: 'true',
};

/** Newest first. */
export async function listIncidents(
  ctx: KeeperContext,
  filter: IncidentFilter,
): Promise<{ items: IncidentItem[]; nextCursor: string | null }> {
  authorize(ctx, 'incidents.read');
  if (filter.cursor !== undefined && !/^\d{1,15}$/.test(filter.cursor))
    throw new AppError('invalid_input', 'the cursor is not one of ours', { field: 'cursor' });
  const rows = await ctx.keeper.query<IncidentRow>(
    `${select}
      where ${conditions[filter.state]}
        and ($1::text is null or i.severity = $1::text)
        and ($2::text is null or i.playbook = $2::text)
        and ($3::uuid is null or exists (select 1 from incident_organizations o where o.incident_id = i.id and o.organization_id = $3::uuid))
        and ($4::bigint is null or i.number < $4::bigint)
      order by i.number desc
      limit $5::integer`,
    [
      filter.severity ?? null,
      filter.playbook ?? null,
      filter.organizationId ?? null,
      filter.cursor ?? null,
      filter.limit + 1,
    ],
  );
  const items = rows.slice(0, filter.limit).map(presentIncident);
  return { items, nextCursor: rows.length > filter.limit ? String(items.at(-1)?.number ?? '') : null };
}

/** One incident by a condition on `i`. */
async function readItem(
  ctx: KeeperContext,
  condition: { readonly sql: string; readonly value: string },
): Promise<IncidentItem | undefined> {
  const [row] = await ctx.keeper.query<IncidentRow>(`${select} where ${condition.sql}`, [condition.value]);
  return row === undefined ? undefined : presentIncident(row);
}

/** Newest entries at most; a chronology that long is read in the database. */
const entriesAtMost = 1_000;

/** One incident by its id or its number. Throws `not_found`. The operated database is asked for names, and may be away. */
export async function readIncident(ctx: KeeperContext, reference: string): Promise<Incident> {
  authorize(ctx, 'incidents.read');
  const item = await readItem(ctx, byReference(reference));
  if (item === undefined) throw new AppError('not_found', 'there is no such incident', { incidentId: reference });
  const [about, organizations, run, proof, timeline, messages] = await Promise.all([
    readAbout(ctx, item.id),
    readOrganizations(ctx, item),
    readRun(ctx, item),
    readProofs(ctx, item.id),
    readTimeline(ctx, item.id),
    readMessages(ctx, item.id),
  ]);
  const { detector, ...rest } = about;
  return {
    ...item,
    ...rest,
    detector,
    organizations,
    run,
    proof: { detector, needed: roundsNeeded, ...proof },
    timeline,
    messages,
  };
}

async function readAbout(
  ctx: KeeperContext,
  id: string,
): Promise<Pick<Incident, 'identity' | 'correlation' | 'detector' | 'record'>> {
  const [row] = await ctx.keeper.query<Pick<Incident, 'identity' | 'correlation' | 'detector' | 'record'>>(
    'select identity, correlation, detector, record from incidents where id = $1::uuid',
    [id],
  );
  if (row === undefined) throw new AppError('not_found', 'there is no such incident', { incidentId: id });
  return row;
}

async function readOrganizations(ctx: KeeperContext, item: IncidentItem): Promise<Incident['organizations']> {
  const kept = await ctx.keeper.query<{ id: string; name: string; plan: string; status: string }>(
    `select organization_id as id, coalesce(facts ->> 'name', '') as name, coalesce(facts ->> 'plan', '') as plan,
            coalesce(facts ->> 'status', '') as status
       from incident_organizations where incident_id = $1::uuid order by organization_id`,
    [item.id],
  );
  try {
    const live = await ctx.till.query<{ id: string; name: string; plan: string; status: string }>(
      `select id, name, subscription_plan as plan, subscription_status as status from organizations where id = any ($1::uuid[])`,
      [item.organizationIds],
    );
    const byId = new Map(live.map((row) => [row.id, row]));
    return kept.map((row) => byId.get(row.id) ?? row);
  } catch (error) {
    // As they were when the incident named them: better than nothing while the operated database is away.
    ctx.log.warn({ err: error }, 'organizations of an incident not read');
    return kept;
  }
}

async function readRun(ctx: KeeperContext, item: IncidentItem): Promise<Incident['run']> {
  const [run] = await ctx.keeper.query<{
    id: string;
    state: NonNullable<Incident['run']>['state'];
    version: number;
    startedAt: Temporal.Instant;
    wakeReason: string | null;
  }>(
    `select id, state, version, started_at as "startedAt", wake_reason as "wakeReason" from playbook_runs where incident_id = $1::uuid`,
    [item.id],
  );
  if (run === undefined) return null;
  const steps = await ctx.keeper.query<
    Omit<ShownStep, 'startedAt' | 'finishedAt'> & {
      startedAt: Temporal.Instant | null;
      finishedAt: Temporal.Instant | null;
    }
  >(
    `select ordinal, name, title, phase, kind, state, attempts, evidence, started_at as "startedAt", finished_at as "finishedAt",
            (extract(epoch from finished_machine - started_machine) * 1000)::integer as "durationMs"
       from run_steps where run_id = $1::uuid order by ordinal`,
    [run.id],
  );
  return {
    ...run,
    startedAt: run.startedAt.toString(),
    wakeAt: item.next?.at ?? null,
    steps: steps.map((step) => ({
      ...step,
      startedAt: step.startedAt?.toString() ?? null,
      finishedAt: step.finishedAt?.toString() ?? null,
    })),
  };
}

async function readProofs(
  ctx: KeeperContext,
  incidentId: string,
): Promise<Omit<Incident['proof'], 'detector' | 'needed'>> {
  const rows = await ctx.keeper.query<{
    at: Temporal.Instant;
    verdict: Verdict['verdict'];
    round: number;
    findings: Partial<Evidence>;
    due_in_ms: number;
    due_at: Temporal.Instant;
  }>(
    `select at, verdict, round, findings,
            greatest(0, (extract(epoch from at_machine - clock_timestamp()) * 1000 + $2::double precision))::integer as due_in_ms,
            ops.now() + (at_machine - clock_timestamp()) + make_interval(secs => $2::double precision / 1000) as due_at
       from proofs where incident_id = $1::uuid order by id desc`,
    [incidentId, ctx.config.proofSpacing.total('milliseconds')],
  );
  const [run] = await ctx.keeper.query<{ round: number }>(
    'select round from playbook_runs where incident_id = $1::uuid',
    [incidentId],
  );
  const round = run?.round ?? 1;
  const { agreeing, dueInMs } = agreement(rows.filter((row) => row.round === round));
  const shown = rows.map(({ at, verdict, round: of, findings }) => ({
    at: at.toString(),
    verdict,
    round: of,
    findings,
  }));
  return {
    clean: agreeing,
    round,
    nextAt: dueInMs > 0 && agreeing < roundsNeeded ? (rows[0]?.due_at.toString() ?? null) : null,
    last: shown[0] ?? null,
    runs: shown.toReversed(),
  };
}

async function readTimeline(ctx: KeeperContext, incidentId: string): Promise<Incident['timeline']> {
  const rows = await ctx.keeper.query<{
    id: string;
    at: Temporal.Instant;
    actor: Actor;
    kind: string;
    text: string;
    details: Record<string, unknown>;
  }>(
    `select id, at, actor, kind, text, details from timeline where incident_id = $1::uuid order by id desc limit $2::integer`,
    [incidentId, entriesAtMost],
  );
  return rows.toReversed().map((row) => ({ ...row, at: row.at.toString(), actor: showActor(row.actor) }));
}

async function readMessages(ctx: KeeperContext, incidentId: string): Promise<Incident['messages']> {
  const rows = await ctx.keeper.query<{
    id: string;
    template: string;
    to: string;
    subject: string | null;
    state: MessageState;
    at: Temporal.Instant;
  }>(
    `select id, template, recipient as "to", subject, state, coalesce(sent_at, due_at) as at
       from messages where incident_id = $1::uuid order by id`,
    [incidentId],
  );
  return rows.map((row) => ({ ...row, at: row.at.toString() }));
}
