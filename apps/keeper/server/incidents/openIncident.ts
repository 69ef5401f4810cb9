import { AppError } from '@tillkeeper/platform/errors';
import { inTransaction, type KeeperContext, type KeeperTransaction } from '../context.ts';
import { recordAudit } from '../operators/audit.ts';
import { authorize } from '../operators/permissions.ts';
import type { PlaybookForm, Scope, Severity } from '../playbooks/playbook.ts';
import { findForm, findPlaybook } from '../playbooks/registry.ts';
import { startRun } from '../playbooks/startRun.ts';
import { wakeRuns } from '../playbooks/wakeRuns.ts';
import { addTimelineEntry } from './addTimelineEntry.ts';
import { type Impact, measureImpact, noImpact } from './measureImpact.ts';
import { severityOf } from './severity.ts';
import { updateImpact } from './updateImpact.ts';

export interface NewIncident {
  readonly playbook: string;
  /** What is broken. Among open incidents there is one of each. */
  readonly identity: string;
  /** What belongs together. */
  readonly correlation?: string;
  /** Whose clean run will prove that it is over, or who reported it. */
  readonly detector: string;
  readonly title: string;
  readonly summary: string;
  readonly organizationIds: readonly string[];
  /** Machine time at which this was seen. What was seen before an incident of the same identity was resolved is settled with it. */
  readonly seenMachine?: Temporal.Instant;
}

export interface OpenedIncident {
  readonly incidentId: string;
  /** False: it was open already. */
  readonly opened: boolean;
  /** Organizations that it did not name before. */
  readonly joined: readonly string[];
}

interface OpenRow {
  readonly id: string;
  readonly scope: Scope;
  readonly severity: Severity;
}

interface Known {
  readonly id: string;
  readonly name: string;
  readonly plan: string;
  readonly status: string;
}

interface PreparedIncident extends NewIncident {
  readonly scope: Scope;
  readonly form: PlaybookForm;
  readonly unknown: readonly string[];
  readonly known: readonly Known[];
  readonly impact: Impact | undefined;
}

/**
 * Opens an incident and starts its run, or joins the open one of the same identity; `within` adds what belongs into the same transaction. Any
 * number of callers at once end in one incident. Returns undefined if what was seen is settled already. Throws `invalid_input` for an unknown
 * playbook or organization.
 */
export async function openIncident<T>(
  ctx: KeeperContext,
  input: NewIncident,
  within: (tx: KeeperTransaction, opened: OpenedIncident) => Promise<T>,
): Promise<T | undefined> {
  authorize(ctx, 'signals.raise');
  const prepared = await prepare(ctx, input);
  return inTransaction(ctx, async (tx) => {
    const opened = await openOrJoin(tx, prepared);
    return opened === undefined ? undefined : within(tx, opened);
  });
}

/** What has to be read before the transaction: the operated database may be away, and must hold up no lock of ours. */
async function prepare(ctx: KeeperContext, input: NewIncident): Promise<PreparedIncident> {
  const named = findPlaybook(input.playbook).formOf(input.identity);
  const form = findForm(input.playbook, named.scope);
  // A case acts on the one customer that its identity names: it must not come to write to another, or to pay another's invoice.
  const foreign =
    named.scope === 'case' ? input.organizationIds.filter((id) => !named.organizationIds.includes(id)) : [];
  if (foreign.length > 0) {
    throw new AppError('invalid_input', 'a case concerns the organization of its identity and no other', {
      organizationIds: foreign,
    });
  }
  const organizationIds = [...new Set([...input.organizationIds, ...named.organizationIds])].sort();
  const before = await readMembers(ctx, input.identity);
  const unknown = organizationIds.filter((id) => !before.includes(id));
  const { known, impact } =
    unknown.length > 0
      ? await look(ctx, unknown, [...new Set([...before, ...unknown])])
      : { known: [], impact: undefined };
  return { ...input, organizationIds, scope: named.scope, form, unknown, known, impact };
}

async function openOrJoin(tx: KeeperTransaction, input: PreparedIncident): Promise<OpenedIncident | undefined> {
  const { organizationIds, form, known, impact } = input;
  const open = await findOpen(tx, input.identity);
  if (open !== undefined) return join(tx, open, form, input.unknown, known, impact);
  if (input.seenMachine !== undefined && (await isSettled(tx, input.identity, input.seenMachine))) return undefined;

  const measured = impact ?? noImpact(organizationIds.length);
  const severity = severityOf(form, input.scope, measured);
  const [made] = await tx.keeper.query<OpenRow>(
    `insert into incidents (playbook, detector, identity, correlation, scope, severity, title, summary, impact, opened_at)
     values ($1::text, $2::text, $3::text, $4::text, $5::text, $6::text, $7::text, $8::text, $9::jsonb, $10::timestamptz)
     on conflict (identity) where resolved_at is null do nothing
     returning id, scope, severity`,
    [
      input.playbook,
      input.detector,
      input.identity,
      input.correlation ?? null,
      input.scope,
      severity,
      input.title,
      input.summary,
      JSON.stringify(measured),
      tx.clock.now().toString(),
    ],
  );
  if (made === undefined) {
    // Somebody opened it between our look and our insert, which waited for their commit.
    const other = await findOpen(tx, input.identity);
    if (other === undefined)
      throw new AppError('conflict', 'the incident was opened and resolved meanwhile; try again');
    return join(tx, other, form, organizationIds, known, impact);
  }
  await addOrganizations(tx, made.id, organizationIds, known);
  await addTimelineEntry(tx, {
    incidentId: made.id,
    kind: 'opened',
    text: `Opened at ${severity} by ${input.detector}: ${input.summary}`,
    details: { severity, organizations: organizationIds.length },
  });
  await startRun(tx, made.id, findPlaybook(input.playbook), form);
  await recordAudit(tx, {
    action: 'incident.open',
    subjectId: made.id,
    details: { identity: input.identity, severity, organizations: organizationIds.length },
  });
  return { incidentId: made.id, opened: true, joined: organizationIds };
}

async function readMembers(ctx: KeeperContext, identity: string): Promise<string[]> {
  const rows = await ctx.keeper.query<{ organization_id: string }>(
    `select o.organization_id from incidents i join incident_organizations o on o.incident_id = i.id
      where i.identity = $1::text and i.resolved_at is null`,
    [identity],
  );
  return rows.map((row) => row.organization_id);
}

async function look(
  ctx: KeeperContext,
  named: readonly string[],
  all: readonly string[],
): Promise<{ known: Known[]; impact: Impact | undefined }> {
  try {
    const known = await ctx.till.query<Known>(
      `select id, name, subscription_plan as plan, subscription_status as status from organizations where id = any ($1::uuid[])`,
      [named],
    );
    const missing = named.filter((id) => !known.some((row) => row.id === id));
    if (missing.length > 0)
      throw new AppError('invalid_input', 'there is no such organization', { organizationIds: missing });
    return { known, impact: await measureImpact(ctx, all) };
  } catch (error) {
    if (error instanceof AppError && error.code === 'invalid_input') throw error;
    // Incidents go on while the operated database is away. Its impact is measured when the run comes to it.
    ctx.log.warn({ err: error }, 'impact not measured at the opening');
    return { known: [], impact: undefined };
  }
}

async function findOpen(tx: KeeperTransaction, identity: string): Promise<OpenRow | undefined> {
  const [open] = await tx.keeper.query<OpenRow>(
    `select id, scope, severity from incidents where identity = $1::text and resolved_at is null for no key update`,
    [identity],
  );
  return open;
}

async function isSettled(tx: KeeperTransaction, identity: string, seenMachine: Temporal.Instant): Promise<boolean> {
  const later = await tx.keeper.query(
    `select 1 from incidents where identity = $1::text and resolved_at is not null and resolved_machine >= $2::timestamptz limit 1`,
    [identity, seenMachine.toString()],
  );
  return later.length > 0;
}

async function join(
  tx: KeeperTransaction,
  open: OpenRow,
  form: PlaybookForm,
  organizationIds: readonly string[],
  known: readonly Known[],
  impact: Impact | undefined,
): Promise<OpenedIncident> {
  const joined = await addOrganizations(tx, open.id, organizationIds, known);
  if (joined.length > 0) {
    await addTimelineEntry(tx, {
      incidentId: open.id,
      kind: 'joined',
      text:
        joined.length === 1 ? '1 more organization is affected' : `${joined.length} more organizations are affected`,
      details: { organizationIds: joined },
    });
    if (impact !== undefined) await updateImpact(tx, open, form, impact);
    await wakeRuns(tx, { incidentId: open.id, reason: 'more organizations are affected' });
  }
  return { incidentId: open.id, opened: false, joined };
}

/** Names and states as they were then: the incident stays readable when the operated database is not. */
async function addOrganizations(
  tx: KeeperTransaction,
  incidentId: string,
  ids: readonly string[],
  known: readonly Known[],
): Promise<string[]> {
  if (ids.length === 0) return [];
  const facts = ids.map((id) => {
    const { id: _, ...rest } = known.find((row) => row.id === id) ?? { id };
    return JSON.stringify(rest);
  });
  const added = await tx.keeper.query<{ organization_id: string }>(
    `insert into incident_organizations (incident_id, organization_id, facts, added_at)
     select $1::uuid, o.id, o.facts, $4::timestamptz from unnest($2::uuid[], $3::jsonb[]) as o (id, facts)
     on conflict (incident_id, organization_id) do nothing
     returning organization_id`,
    [incidentId, ids, facts, tx.clock.now().toString()],
  );
  return added.map((row) => row.organization_id);
}
