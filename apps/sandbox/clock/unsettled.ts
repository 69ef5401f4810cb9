import type pg from 'pg';
import type { Timeline } from './sandboxClock.ts';

type Queryable = Pick<pg.Pool, 'query'>;

/** What is due and not yet done, by name; empty when all is quiet. */
export type Unsettled = Readonly<Record<string, number>>;

/**
 * One look at everything that can have work. Asked in the order in which work travels (Stripe's webhook, delivery, effect, run, message), so
 * that nothing slips by unseen from a place still to be asked to one that was asked already; what goes backwards, a run that writes to Stripe,
 * is why settling takes two clear looks in a row.
 */
export async function readUnsettled(
  till: Queryable,
  keeper: Queryable,
  timelines: readonly Timeline[],
): Promise<Unsettled> {
  const waiting: Record<string, number> = {};
  for (const timeline of timelines) {
    if (!(await timeline.quiet())) waiting[timeline.name] = 1;
  }
  const deliveries = await readKeeper(keeper);
  const effects = await till.query<{ waiting: number }>(
    'select count(*)::integer as waiting from ops.effects where relayed_at is null',
  );
  if ((effects.rows[0]?.waiting ?? 0) > 0) waiting.effects = effects.rows[0]?.waiting ?? 0;
  return { ...waiting, ...deliveries, ...(await readKeeper(keeper)) };
}

async function readKeeper(keeper: Queryable): Promise<Unsettled> {
  const { rows } = await keeper.query<{ what: string; waiting: number }>(
    'select what, waiting::integer as waiting from ops.unsettled where waiting > 0',
  );
  return Object.fromEntries(rows.map((row) => [row.what, row.waiting]));
}

/** How often an organization's plan or status has changed so far. */
export async function countChanges(till: Queryable): Promise<number> {
  const { rows } = await till.query<{ changes: number }>(
    `select count(*)::integer as changes from ops.effects where kind = 'subscription.changed'`,
  );
  return rows[0]?.changes ?? 0;
}

/** The keeper database's machine time, to compare its detectors' passes with. */
export async function machineTime(keeper: Queryable): Promise<string> {
  const { rows } = await keeper.query<{ at: string }>('select clock_timestamp()::text as at');
  return rows[0]?.at ?? '';
}

/** Detectors that have not finished a pass that began after `since`. */
export async function countBlindDetectors(keeper: Queryable, since: string): Promise<number> {
  const { rows } = await keeper.query<{ blind: number }>(
    `select count(*)::integer as blind from public.detectors
      where (last_started_machine > $1::timestamptz and last_finished_machine >= last_started_machine) is not true`,
    [since],
  );
  return rows[0]?.blind ?? 0;
}
