import type { KeeperTransaction } from '../context.ts';
import { addTimelineEntry, type TimelineKind } from '../incidents/addTimelineEntry.ts';
import type { HeldRun } from './heldRun.ts';
import type { LoadedStep } from './loadRun.ts';
import type { Evidence } from './playbook.ts';

/** The writes of the runner. Each stands in a transaction of `asHolder`. */

export type RunState = 'running' | 'waiting' | 'manual' | 'proving';

/** The run's state is the incident's, as long as it is open. */
export async function setRunState(tx: KeeperTransaction, held: HeldRun, state: RunState): Promise<void> {
  await tx.keeper.query(`update playbook_runs set state = $2::text where id = $1::uuid and state <> $2::text`, [
    held.runId,
    state,
  ]);
  await tx.keeper.query(
    `update incidents set state = $2::text where id = $1::uuid and resolved_at is null and state <> $2::text`,
    [held.incidentId, state],
  );
}

/** A fresh attempt begins; looking again after a wait is none. */
export async function beginStep(
  tx: KeeperTransaction,
  held: HeldRun,
  step: LoadedStep,
  state: RunState,
): Promise<void> {
  await tx.keeper.query(
    `update run_steps
        set state = 'running', attempts = attempts + 1, started_at = coalesce(started_at, $3::timestamptz),
            started_machine = coalesce(started_machine, clock_timestamp())
      where run_id = $1::uuid and ordinal = $2::integer`,
    [held.runId, step.ordinal, tx.clock.now().toString()],
  );
  await setRunState(tx, held, state);
}

export async function endStep(
  tx: KeeperTransaction,
  held: HeldRun,
  step: LoadedStep,
  state: 'done' | 'skipped',
  evidence: Evidence,
): Promise<void> {
  await tx.keeper.query(
    `update run_steps
        set state = $3::text, evidence = $4::jsonb,
            started_at = coalesce(started_at, $5::timestamptz), finished_at = $5::timestamptz,
            started_machine = coalesce(started_machine, clock_timestamp()), finished_machine = clock_timestamp()
      where run_id = $1::uuid and ordinal = $2::integer`,
    [held.runId, step.ordinal, state, JSON.stringify(evidence), tx.clock.now().toString()],
  );
  // What was not needed is told by the ledger of steps; the chronology is for what happened.
  if (state === 'done') await tellStep(tx, held, step, 'step', evidence.summary);
}

export async function noteStep(
  tx: KeeperTransaction,
  held: HeldRun,
  step: LoadedStep,
  state: 'waiting' | 'failed',
  evidence: Evidence,
): Promise<void> {
  await tx.keeper.query(
    `update run_steps set state = $3::text, evidence = $4::jsonb where run_id = $1::uuid and ordinal = $2::integer`,
    [held.runId, step.ordinal, state, JSON.stringify(evidence)],
  );
}

export async function tellStep(
  tx: KeeperTransaction,
  held: HeldRun,
  step: LoadedStep,
  kind: TimelineKind,
  summary: string,
): Promise<void> {
  await addTimelineEntry(tx, {
    incidentId: held.incidentId,
    kind,
    text: `${step.title}: ${summary}`,
    details: { step: step.name, phase: step.phase },
  });
}

export interface Sleep {
  readonly state: RunState;
  readonly reason: string;
  /** Business time. */
  readonly wakeAt?: Temporal.Instant;
  /** Machine time from now. */
  readonly wakeInMs?: number;
}

/** Puts the run to sleep and gives it back. A wake-up that came while it was at work makes it due at once. */
export async function sleepRun(tx: KeeperTransaction, held: HeldRun, sleep: Sleep): Promise<void> {
  await setRunState(tx, held, sleep.state);
  await tx.keeper.query(
    `update playbook_runs
        set wake_at = case when wakes = $2::bigint then $3::timestamptz else ops.now() end,
            wake_machine = clock_timestamp() + make_interval(secs => $4::double precision),
            wake_reason = $5::text, holder = null, held_until = null
      where id = $1::uuid`,
    [
      held.runId,
      held.wakes,
      sleep.wakeAt?.toString() ?? null,
      sleep.wakeInMs === undefined ? null : sleep.wakeInMs / 1_000,
      sleep.reason,
    ],
  );
}

/** Steps from `from` to `to` are done anew. Their evidence stays readable until the new attempt replaces it. */
export async function reopenSteps(tx: KeeperTransaction, held: HeldRun, from: number, to: number): Promise<void> {
  await tx.keeper.query(
    `update run_steps
        set state = 'pending', started_at = null, finished_at = null, started_machine = null, finished_machine = null
      where run_id = $1::uuid and ordinal between $2::integer and $3::integer`,
    [held.runId, from, to],
  );
}

export async function endRun(tx: KeeperTransaction, held: HeldRun): Promise<void> {
  await tx.keeper.query(
    `update playbook_runs
        set state = 'done', finished_at = $2::timestamptz, wake_at = null, wake_machine = null, wake_reason = null,
            holder = null, held_until = null
      where id = $1::uuid`,
    [held.runId, tx.clock.now().toString()],
  );
}
