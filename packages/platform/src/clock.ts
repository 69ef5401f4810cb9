import type { Queryable } from './database.ts';

/** Business time. Everything that a customer could notice (deadlines, trials, retries) is reckoned in it; the sandbox can move it. */
export interface Clock {
  now(): Temporal.Instant;
}

/** A clock that stands still, so that all that one verb writes carries the same time. */
export function fixedClock(at: Temporal.Instant): Clock {
  return { now: () => at };
}

/** One business instant per unit of work, read from `ops.now()` of the database that owns the facts. Microsecond precision. */
export async function readClock(db: Queryable): Promise<Clock> {
  // Read as text: the database may be a plain pool without our type parsers.
  const result = await db.query(
    `select to_char(ops.now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as business_now`,
  );
  const rows = (Array.isArray(result) ? result : (result as { rows: unknown[] }).rows) as { business_now: string }[];
  const [row] = rows;
  if (row === undefined) throw new Error('ops.now() gave no row');
  return fixedClock(Temporal.Instant.from(row.business_now));
}

/** Real time, for leases, heartbeats, sessions, probes and signature ages. Never for business facts. */
export function machineNow(): Temporal.Instant {
  return Temporal.Now.instant();
}
