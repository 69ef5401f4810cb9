import type { KeeperTransaction } from '../context.ts';
import type { TimerKind } from './timerHandlers.ts';

/**
 * Sets a timer in the caller's transaction (business time). There is one of each kind and key for ever: set again it stays as it was, done or not,
 * so that whoever sets it may be repeated.
 */
export async function scheduleTimer(
  tx: KeeperTransaction,
  timer: {
    readonly kind: TimerKind;
    readonly key: string;
    readonly dueAt: Temporal.Instant;
    readonly incidentId?: string;
    readonly payload?: Readonly<Record<string, unknown>>;
  },
): Promise<void> {
  await tx.keeper.query(
    `insert into timers (kind, key, due_at, incident_id, payload)
     values ($1::text, $2::text, $3::timestamptz, $4::uuid, $5::jsonb)
     on conflict (kind, key) do nothing`,
    [timer.kind, timer.key, timer.dueAt.toString(), timer.incidentId ?? null, JSON.stringify(timer.payload ?? {})],
  );
}
