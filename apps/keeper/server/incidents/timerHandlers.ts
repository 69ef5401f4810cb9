import type { KeeperTransaction } from '../context.ts';
import { sendNotices } from '../playbooks/paymentProcessingFailure/sendNotices.ts';

export interface DueTimer {
  readonly id: string;
  readonly key: string;
  readonly dueAt: Temporal.Instant;
  readonly incidentId: string | null;
  readonly payload: unknown;
}

/** Handles timers that are due, in the transaction that marks them done. Gets one or many; fails for all of them or for none. */
export type TimerHandler = (tx: KeeperTransaction, timers: readonly DueTimer[]) => Promise<void>;

export const timerHandlers = {
  'customer-notice': async (tx, timers) => {
    for (const { incidentId } of timers) if (incidentId !== null) await sendNotices(tx, incidentId, (body) => body(tx));
  },
} as const satisfies Record<string, TimerHandler>;

export type TimerKind = keyof typeof timerHandlers;
