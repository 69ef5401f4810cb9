import type pg from 'pg';

const offsetMs = (interval: string): string => `floor(extract(epoch from ${interval}) * 1000)::bigint::text`;

/** How far business time is ahead of the machine in a database, milliseconds. */
export async function readOffset(db: Pick<pg.Pool, 'query'>): Promise<number> {
  const { rows } = await db.query<{ ms: string }>(`select ${offsetMs('"offset"')} as ms from ops.clock`);
  if (rows[0] === undefined) throw new Error('ops.clock has no row');
  return Number(rows[0].ms);
}

/** Sets the operated database's offset. */
export async function writeTillOffset(till: Pick<pg.Pool, 'query'>, ms: number): Promise<void> {
  await till.query(`update ops.clock set "offset" = $1::bigint * interval '1 millisecond'`, [ms]);
}

/** Sets Keeper's offset and records what was jumped over, in one statement: minutes inside a jump count for no SLA. */
export async function writeKeeperOffset(keeper: Pick<pg.Pool, 'query'>, ms: number): Promise<void> {
  await keeper.query(
    `with before as (
       select ops.now() as was, "offset" from ops.clock for update
     ), moved as (
       update ops.clock set "offset" = $1::bigint * interval '1 millisecond'
     )
     insert into ops.clock_jumps (from_time, to_time)
     select b.was, b.was - b."offset" + $1::bigint * interval '1 millisecond' from before b
      where b."offset" <> $1::bigint * interval '1 millisecond'`,
    [ms],
  );
}

/**
 * Records the time in which everything was off, from the last look of a detector until now, as jumped over. Stripe's stand-in stamps what fell
 * due meanwhile with its own time, and a sandbox that was started again in the morning must not call the night's deliveries late.
 */
export async function recordTimeOff(keeper: Pick<pg.Pool, 'query'>): Promise<void> {
  await keeper.query(
    `insert into ops.clock_jumps (from_time, to_time)
     select d.last_look + c."offset", ops.now()
       from (select max(last_finished_machine) as last_look from detectors) d, ops.clock c
      where d.last_look < clock_timestamp() - interval '10 seconds'`,
  );
}
