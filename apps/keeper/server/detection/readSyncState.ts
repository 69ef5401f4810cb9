import type { KeeperContext } from '../context.ts';

export interface SyncTrigger {
  readonly present: boolean;
  readonly enabled: boolean;
  /** Its definition, its function's or the rule's differs from what the migrations left. */
  readonly changed: boolean;
  readonly functionName: string | null;
  readonly definitionHash: string;
  readonly knownHash: string | null;
}

export interface Drift {
  readonly organizationId: string;
  readonly name: string;
  readonly planHere: string;
  readonly planExpected: string;
  readonly statusHere: string;
  readonly statusExpected: string;
}

/** A delivery that counts as applied here and of which the operated database knows nothing. */
export interface Gap {
  readonly eventId: string;
  readonly type: string;
  readonly organizationId: string;
}

/** The catalog's word on the trigger that keeps organizations in step with their subscriptions. */
export async function readSyncTrigger(ctx: KeeperContext): Promise<SyncTrigger> {
  const [row] = await ctx.till.query<{
    present: boolean;
    enabled: string | null;
    function_name: string | null;
    definition_hash: string;
    known_hash: string | null;
  }>('select present, enabled, function_name, definition_hash, known_hash from ops.sync_trigger_state()');
  if (row === undefined) throw new Error('ops.sync_trigger_state() gave no row');
  return {
    present: row.present,
    // O: fires for ordinary sessions. D is disabled; R and A depend on the session's replication role.
    enabled: row.enabled === 'O',
    changed: row.present && row.definition_hash !== row.known_hash,
    functionName: row.function_name,
    definitionHash: row.definition_hash,
    knownHash: row.known_hash,
  };
}

/** Every organization whose plan or status is not its effective subscription's. */
export function readDrift(ctx: KeeperContext): Promise<Drift[]> {
  return ctx.till.query<Drift>(
    `select organization_id as "organizationId", name, plan_here as "planHere", plan_expected as "planExpected",
            status_here as "statusHere", status_expected as "statusExpected"
       from ops.subscription_drift()`,
  );
}

/** Deliveries settled this recently are checked at every look; the older ones a slice at a time. */
const recentMinutes = 10;
const sliceSize = 2_000;

/** Gaps among the deliveries of the last minutes, machine time. */
export async function readRecentGaps(ctx: KeeperContext): Promise<Gap[]> {
  const applied = await ctx.keeper.query<Gap>(
    `select stripe_event_id as "eventId", type, organization_id as "organizationId"
       from stripe_deliveries
      where state = 'applied' and organization_id is not null
        and received_machine > clock_timestamp() - make_interval(mins => $1::integer)
      order by received_machine desc limit $2::integer`,
    [recentMinutes, sliceSize * 5],
  );
  return withoutRow(ctx, applied);
}

/** Gaps among the next slice of all deliveries, and where the slice after it begins: in some passes every delivery has been looked at. */
export async function readGapSlice(
  ctx: KeeperContext,
  cursor: string | null,
): Promise<{ gaps: Gap[]; cursor: string }> {
  const [at, id] = cursor === null || cursor === '' ? [null, null] : cursor.split(' ', 2);
  const slice = await ctx.keeper.query<Gap & { at: string; state: string }>(
    `select stripe_event_id as "eventId", type, organization_id as "organizationId", state,
            to_char(received_machine at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at
       from stripe_deliveries
      where $1::timestamptz is null or (received_machine, stripe_event_id) > ($1::timestamptz, $2::text)
      order by received_machine, stripe_event_id limit $3::integer`,
    [at, id, sliceSize],
  );
  const last = slice.at(-1);
  const gaps = await withoutRow(
    ctx,
    slice
      .filter((row) => row.state === 'applied' && row.organizationId !== null)
      .map(({ eventId, type, organizationId }) => ({ eventId, type, organizationId })),
  );
  return { gaps, cursor: last === undefined || slice.length < sliceSize ? '' : `${last.at} ${last.eventId}` };
}

/** "Applied" is read in the operated database and nowhere else. */
async function withoutRow(ctx: KeeperContext, applied: readonly Gap[]): Promise<Gap[]> {
  if (applied.length === 0) return [];
  const missing = await ctx.till.query<{ event_id: string }>(
    `select a.event_id
       from unnest($1::uuid[], $2::text[]) as a (organization_id, event_id)
      where not exists (select 1 from subscription_events e where e.organization_id = a.organization_id and e.stripe_event_id = a.event_id)`,
    [applied.map((gap) => gap.organizationId), applied.map((gap) => gap.eventId)],
  );
  const ids = new Set(missing.map((row) => row.event_id));
  return applied.filter((gap) => ids.has(gap.eventId));
}
