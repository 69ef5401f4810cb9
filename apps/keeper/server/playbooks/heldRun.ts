import { inTransaction, type KeeperContext, type KeeperTransaction } from '../context.ts';

/** A run under this worker's lease. The fencing counter decides: whoever holds an older one writes nothing more. */
export interface HeldRun {
  readonly runId: string;
  readonly incidentId: string;
  readonly playbook: string;
  readonly fencing: number;
  readonly holder: string;
  /** Wake-ups counted when the run was claimed. */
  readonly wakes: number;
}

/** The run was taken over, interrupted or ended while this worker was at it. Its work is over; nothing is wrong. */
export class LostRun extends Error {
  override readonly name = 'LostRun';

  constructor(runId: string) {
    super(`run ${runId} is no longer held`);
  }
}

/** Machine time. A dead worker's runs are taken over this long after its last sign of life; holders renew at a fifth of it. */
const leaseSeconds = 5;
export const renewEveryMs = 1_000;

/** Leases the run that has been due the longest, if any is free. Machine time by `now()`: no index answers to a clock that moves. */
export async function claimRun(keeper: KeeperContext['keeper'], holder: string): Promise<HeldRun | undefined> {
  const [claimed] = await keeper.query<HeldRun>(
    `update playbook_runs r
        set holder = $1::text, fencing = r.fencing + 1, held_until = clock_timestamp() + make_interval(secs => $2::integer)
      where r.id = (select due.id
                      from playbook_runs due
                     where due.state not in ('done', 'stopped')
                       and (due.wake_at <= ops.now() or due.wake_machine <= now())
                       and (due.held_until is null or due.held_until < clock_timestamp())
                     order by due.wake_at nulls last, due.id
                     limit 1
                       for no key update skip locked)
     returning r.id as "runId", r.incident_id as "incidentId", r.playbook, r.fencing, r.holder, r.wakes`,
    [holder, leaseSeconds],
  );
  return claimed;
}

/** Says that the holder lives, while a step takes long. */
export async function renewRun(keeper: KeeperContext['keeper'], held: HeldRun): Promise<void> {
  await keeper.query(
    `update playbook_runs set held_until = clock_timestamp() + make_interval(secs => $3::integer)
      where id = $1::uuid and fencing = $2::bigint and held_until is not null`,
    [held.runId, held.fencing, leaseSeconds],
  );
}

/** Gives an unfinished run back. It stays due. */
export async function releaseRun(keeper: KeeperContext['keeper'], held: HeldRun): Promise<void> {
  await keeper.query(
    'update playbook_runs set holder = null, held_until = null where id = $1::uuid and fencing = $2::bigint',
    [held.runId, held.fencing],
  );
}

/**
 * A transaction that commits only if the run is still held. The incident's row is locked before the run's, as everywhere, so that people and
 * runs cannot deadlock. Throws `LostRun`.
 */
export function asHolder<T>(
  ctx: KeeperContext,
  held: HeldRun,
  body: (tx: KeeperTransaction) => Promise<T>,
): Promise<T> {
  return inTransaction(ctx, async (tx) => {
    await tx.keeper.query('select 1 from incidents where id = $1::uuid for no key update', [held.incidentId]);
    const [ours] = await tx.keeper.query(
      `update playbook_runs set held_until = clock_timestamp() + make_interval(secs => $3::integer)
        where id = $1::uuid and fencing = $2::bigint and held_until is not null and state not in ('done', 'stopped')
       returning id`,
      [held.runId, held.fencing, leaseSeconds],
    );
    if (ours === undefined) throw new LostRun(held.runId);
    return body(tx);
  });
}

/**
 * Takes a run away from whoever works on it, because a person has decided something: the next holder starts from what the database says then.
 * Called in the transaction of the decision.
 */
export async function interruptRun(ctx: KeeperContext, incidentId: string, reason: string): Promise<void> {
  await ctx.keeper.query(
    `update playbook_runs
        set fencing = fencing + 1, holder = null, held_until = null, wakes = wakes + 1, wake_at = ops.now(), wake_reason = $2::text
      where incident_id = $1::uuid and state not in ('done', 'stopped')`,
    [incidentId, reason],
  );
}
