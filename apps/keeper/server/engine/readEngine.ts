import type { KeeperContext } from '../context.ts';
import { authorize } from '../operators/permissions.ts';

export const laneStates = ['ok', 'late', 'silent'] as const;
export type LaneState = (typeof laneStates)[number];

export interface LaneRow {
  readonly name: string;
  readonly lastBeatAt: Temporal.Instant | null;
  readonly ageMs: number | null;
  readonly state: LaneState;
  readonly detail: string;
}

export interface DetectorRow {
  readonly name: string;
  readonly playbook: string;
  readonly everyMs: number;
  readonly lastFinishedAt: Temporal.Instant | null;
  /** Since then. */
  readonly ageMs: number | null;
  /** The end of the last pass that could look; later passes failed. */
  readonly lastOkAt: Temporal.Instant | null;
  readonly ok: boolean | null;
  readonly findings: number | null;
  readonly error: string | null;
}

export interface Engine {
  readonly lastProvenAt: Temporal.Instant | null;
  readonly lastProvenAgeMs: number | null;
  readonly lanes: readonly LaneRow[];
  readonly detectors: readonly DetectorRow[];
  /** Units of work that are due and not done, by kind. */
  readonly waiting: Readonly<Record<string, number>>;
  readonly clock: { readonly businessNow: Temporal.Instant; readonly offsetMs: number };
}

/** The lanes that must be alive, whether they ever beat or not: a lane that never started is silent, not absent. */
export const laneNames = ['detectors', 'engine', 'senders', 'workers'] as const;

const freshMs = 60_000;
const lateMs = 120_000;

/** Up to a minute a lane is fresh, up to two it is late, then it is silent: the thresholds of the mark in the console's header. */
export function laneState(ageMs: number | null): LaneState {
  if (ageMs === null || ageMs > lateMs) return 'silent';
  return ageMs > freshMs ? 'late' : 'ok';
}

/**
 * Whether Keeper itself works: when each lane last beat and each detector last looked, on machine time. `lastProven` is the oldest of them, and
 * null as long as one has never been heard of: nothing is proven because nobody looked. A pass that failed did not look.
 */
export async function readEngine(ctx: KeeperContext): Promise<Engine> {
  authorize(ctx, 'engine.read');
  const [lanes, detectors, waiting, clock] = await Promise.all([
    readLanes(ctx),
    readDetectors(ctx),
    ctx.keeper.query<{ what: string; waiting: number }>('select what, waiting from ops.unsettled'),
    readTime(ctx),
  ]);
  const looking = detectors.filter((detector) => laneState(detector.ageMs) !== 'silent').length;
  const proofs = [
    ...lanes.map((lane) => lane.beat),
    ...detectors.map(({ lastOkAt, okAgeMs }) => (lastOkAt === null ? null : { at: lastOkAt, ageMs: okAgeMs ?? 0 })),
  ];
  const oldest = detectors.length === 0 ? null : oldestOf(proofs);
  return {
    lastProvenAt: oldest?.at ?? null,
    lastProvenAgeMs: oldest?.ageMs ?? null,
    lanes: lanes.map(({ name, beat, alive }) => ({
      name,
      lastBeatAt: beat?.at ?? null,
      ageMs: beat?.ageMs ?? null,
      state: laneState(beat?.ageMs ?? null),
      detail: name === 'detectors' ? `${looking} of ${detectors.length}` : `${alive} alive`,
    })),
    detectors: detectors.map(({ okAgeMs: _, ...detector }) => detector),
    waiting: Object.fromEntries(waiting.map((row) => [row.what, row.waiting])),
    clock,
  };
}

interface Heard {
  readonly at: Temporal.Instant;
  readonly ageMs: number;
}

function oldestOf(all: readonly (Heard | null)[]): Heard | null {
  let oldest: Heard | null = null;
  for (const one of all) {
    if (one === null) return null;
    if (oldest === null || Temporal.Instant.compare(one.at, oldest.at) < 0) oldest = one;
  }
  return oldest;
}

/** Each lane with its newest beat, by whichever worker; `alive` counts the workers that were heard of within a minute. */
async function readLanes(ctx: KeeperContext): Promise<{ name: string; beat: Heard | null; alive: number }[]> {
  const rows = await ctx.keeper.query<{ name: string; at: Temporal.Instant | null; ageMs: number; alive: number }>(
    `select name, max(beat_machine) as at, (extract(epoch from clock_timestamp() - max(beat_machine)) * 1000)::bigint as "ageMs",
            (count(*) filter (where beat_machine > clock_timestamp() - make_interval(secs => $2::integer / 1000)))::integer as alive
       from unnest($1::text[]) with ordinality as known (name, place)
       left join lanes using (name)
      group by name, place order by place`,
    [laneNames, freshMs],
  );
  return rows.map(({ name, at, ageMs, alive }) => ({ name, beat: at === null ? null : { at, ageMs }, alive }));
}

function readDetectors(ctx: KeeperContext): Promise<(DetectorRow & { readonly okAgeMs: number | null })[]> {
  return ctx.keeper.query(
    `select name, playbook, every_ms as "everyMs", last_finished_machine as "lastFinishedAt",
            (extract(epoch from clock_timestamp() - last_finished_machine) * 1000)::bigint as "ageMs",
            last_ok_machine as "lastOkAt", (extract(epoch from clock_timestamp() - last_ok_machine) * 1000)::bigint as "okAgeMs",
            last_ok as ok, last_findings as findings, last_error as error
       from detectors order by name`,
  );
}

async function readTime(ctx: KeeperContext): Promise<Engine['clock']> {
  const [row] = await ctx.keeper.query<Engine['clock']>(
    `select ops.now() as "businessNow", (extract(epoch from "offset") * 1000)::bigint as "offsetMs" from ops.clock`,
  );
  if (row === undefined) throw new Error('ops.clock has no row');
  return row;
}
