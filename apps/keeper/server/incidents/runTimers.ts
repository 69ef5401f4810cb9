import { toAppError } from '@tillkeeper/platform/errors';
import { isSimulatedCrash } from '@tillkeeper/platform/faults';
import { inTransaction, type KeeperContext } from '../context.ts';
import { authorize } from '../operators/permissions.ts';
import type { DueTimer, TimerHandler } from './timerHandlers.ts';

const batchAtMost = 200;

/**
 * Takes timers that are due, oldest first, a batch of one kind in one transaction with what they cause. If the batch fails each is tried alone, so
 * that a bad one holds up no other; the bad one comes again later (machine time, doubling up to 5 minutes) and stays visible as due. Returns how
 * many were taken.
 */
export async function runTimers(ctx: KeeperContext, handlers: Readonly<Record<string, TimerHandler>>): Promise<number> {
  authorize(ctx, 'incidents.run');
  const [next] = await ctx.keeper.query<{ kind: string }>(
    `select kind from timers
      where done_at is null and due_at <= ops.now() and (retry_machine is null or retry_machine <= clock_timestamp())
        and kind = any ($1::text[])
      order by due_at limit 1`,
    [Object.keys(handlers)],
  );
  const handler = next === undefined ? undefined : handlers[next.kind];
  if (next === undefined || handler === undefined) return 0;
  try {
    return await takeBatch(ctx, next.kind, handler, batchAtMost);
  } catch (error) {
    if (isSimulatedCrash(error)) throw error;
    ctx.log.warn({ err: error, kind: next.kind }, 'timers failed together, trying each alone');
    return takeOne(ctx, next.kind, handler);
  }
}

function takeBatch(ctx: KeeperContext, kind: string, handler: TimerHandler, atMost: number): Promise<number> {
  return inTransaction(ctx, async (tx) => {
    const due = await tx.keeper.query<DueTimer>(
      `select id, key, due_at as "dueAt", incident_id as "incidentId", payload
         from timers
        where kind = $1::text and done_at is null and due_at <= ops.now()
          and (retry_machine is null or retry_machine <= clock_timestamp())
        order by due_at, id limit $2::integer
          for update skip locked`,
      [kind, atMost],
    );
    if (due.length === 0) return 0;
    await handler(tx, due);
    await tx.keeper.query(
      `update timers set done_at = $2::timestamptz, attempts = attempts + 1 where id = any ($1::uuid[])`,
      [due.map((timer) => timer.id), tx.clock.now().toString()],
    );
    return due.length;
  });
}

/** The oldest one alone. Whether it works or not, the next pass goes on with the others. */
async function takeOne(ctx: KeeperContext, kind: string, handler: TimerHandler): Promise<number> {
  const [first] = await ctx.keeper.query<{ id: string }>(
    `select id from timers
      where kind = $1::text and done_at is null and due_at <= ops.now() and (retry_machine is null or retry_machine <= clock_timestamp())
      order by due_at, id limit 1`,
    [kind],
  );
  if (first === undefined) return 0;
  try {
    return await takeBatch(ctx, kind, handler, 1);
  } catch (error) {
    if (isSimulatedCrash(error)) throw error;
    const { message } = toAppError(error);
    ctx.log.error({ err: error, kind, timerId: first.id }, 'timer failed');
    await ctx.keeper.query(
      `update timers
          set attempts = attempts + 1, last_error = $2::text,
              retry_machine = clock_timestamp() + make_interval(secs => least(300, power(2, least(attempts, 10))))
        where id = $1::uuid and done_at is null`,
      [first.id, message],
    );
    return 1;
  }
}
