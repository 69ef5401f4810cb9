import { setTimeout as wait } from 'node:timers/promises';
import { beforeScrape, gauge } from '@tillkeeper/platform/metrics';
import type { KeeperDeps } from '../context.ts';
import { laneNames } from './readEngine.ts';

interface Series {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** Rows of the labels and `value`. One statement on an index, however large the tables have become. Null is `+Inf`: never heard of. */
  readonly sql: string;
  readonly values?: readonly unknown[];
}

/** Machine time throughout. The figures are the database's, so each server of a process group says the same: aggregate by `max`. */
export const series: readonly Series[] = [
  {
    name: 'keeper_deliveries_waiting',
    help: 'Deliveries of Stripe that are stored and not yet worked off',
    labels: [],
    sql: `select count(*)::integer as value from stripe_deliveries where state = 'received'`,
  },
  {
    name: 'keeper_deliveries_oldest_age_seconds',
    help: 'Age of the oldest delivery that waits; 0 if none does',
    labels: [],
    sql: `select coalesce(extract(epoch from clock_timestamp() - min(received_machine)), 0)::double precision as value
            from stripe_deliveries where state = 'received'`,
  },
  {
    name: 'keeper_incidents_open',
    help: 'Incidents that are not resolved',
    labels: ['severity'],
    sql: `select known.severity, count(i.id)::integer as value
            from unnest($1::text[]) as known (severity)
            left join incidents i on i.severity = known.severity and i.resolved_at is null
           group by known.severity`,
    values: [['P0', 'P1', 'P2', 'P3']],
  },
  {
    name: 'keeper_messages',
    help: 'Mails that are not done with',
    labels: ['state'],
    // Those that are grow without end: `messages_unsettled` leaves them out.
    sql: `select known.state, coalesce(m.value, 0) as value
            from unnest($1::text[]) as known (state)
            left join (select state, count(*)::integer as value from messages
                        where state in ('planned', 'held', 'sending', 'unknown', 'failed', 'bounced') group by state) m using (state)`,
    values: [['planned', 'held', 'sending', 'unknown', 'failed', 'bounced']],
  },
  {
    name: 'keeper_lane_age_seconds',
    help: 'Since the newest beat of this lane by any worker',
    labels: ['lane'],
    sql: `select known.name as lane, extract(epoch from clock_timestamp() - max(l.beat_machine))::double precision as value
            from unnest($1::text[]) as known (name) left join lanes l using (name)
           group by known.name`,
    values: [laneNames],
  },
  {
    name: 'keeper_detector_age_seconds',
    help: 'Since the last pass of this detector that could look',
    labels: ['detector'],
    sql: `select name as detector, extract(epoch from clock_timestamp() - last_ok_machine)::double precision as value from detectors`,
  },
];

/** A scrape is not held up longer by a database that does not answer. */
const readWithinMs = 2_000;

/** Adds Keeper's own figures to `/metrics`. A figure that cannot be read is left out: an old one would look like news. Returns how to end it. */
export function collectMetrics(deps: Pick<KeeperDeps, 'keeper' | 'till'>): () => void {
  const up = gauge({ name: 'keeper_database_up', help: 'Whether the database answers' }, ['database']);

  async function show({ name, help, labels, sql, values }: Series): Promise<void> {
    const shown = gauge({ name, help }, labels);
    const rows = await answered(deps.keeper.query<Record<string, string | number | null>>(sql, values));
    shown.reset();
    // Without labels there is one sample, and a reset leaves it standing at 0.
    if (rows === undefined && labels.length === 0) shown.remove();
    for (const { value, ...of } of rows ?? []) shown.set(of as Record<string, string>, Number(value ?? Infinity));
  }
  async function showUp(database: 'keeper' | 'till'): Promise<void> {
    up.set({ database }, (await answered(deps[database].query('select 1'))) === undefined ? 0 : 1);
  }
  return beforeScrape(async () => {
    await Promise.all([...series.map(show), showUp('keeper'), showUp('till')]);
  });
}

/** Undefined if it fails or takes too long. */
async function answered<T>(query: Promise<T>): Promise<T | undefined> {
  const late = new AbortController();
  try {
    return await Promise.race([query, wait(readWithinMs, undefined, { signal: late.signal, ref: false })]);
  } catch {
    return undefined;
  } finally {
    late.abort();
  }
}
