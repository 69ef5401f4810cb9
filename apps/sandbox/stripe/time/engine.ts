import type { Log } from '../log.ts';
import type { Settings } from '../settings.ts';
import { emit } from '../store/events.ts';
import type { TestClock } from '../store/objects.ts';
import type { Scope } from '../store/scope.ts';
import type { DueTimer, Store } from '../store/store.ts';
import type { Deliverer } from '../webhooks/deliverer.ts';
import { doTimerWork } from './timerWork.ts';

export interface Engine {
  /** Does everything due at the clock's present, in time order, and waits until its webhooks were attempted once. */
  runDue(): Promise<void>;
  /** Something was committed: deliver and look for due work soon. */
  kick(): void;
  nextDueMs(): number | undefined;
  quiet(): boolean;
  pause(): void;
  resume(): void;
  close(): Promise<void>;
}

export interface EngineOptions {
  store: Store;
  settings: Settings;
  /** Business time, milliseconds. */
  nowMs: () => number;
  deliverer: Deliverer;
  log: Log;
  paused: boolean;
}

// The business clock can leap at any moment, so that waiting for a due time with a timeout of that length would sleep
// through it.
const pollMs = 250;

export function startEngine(options: EngineOptions): Engine {
  const { store, settings, nowMs, deliverer, log } = options;
  let paused = options.paused;
  let closed = false;
  let passScheduled = false;
  let tail: Promise<void> = Promise.resolve();

  /** One pass at a time: the poll, a kick and `runDue` never interleave. */
  function serially(work: () => Promise<void>): Promise<void> {
    const turn = tail.then(work);
    tail = turn.catch((error: unknown) => log.error({ err: error }, 'sandbox stripe: a pass over due work failed'));
    return turn;
  }

  function perform(timer: DueTimer, clock: string | null, businessMs: number): void {
    const scope: Scope = {
      store,
      settings,
      now: timer.due,
      clock,
      businessMs,
      request: { id: null, idempotencyKey: null },
    };
    try {
      store.transaction(() => {
        store.dropTimer(timer.object, timer.action);
        doTimerWork(scope, timer);
      });
    } catch (error) {
      // Left in place it would come up again at once, for ever; the object itself is as it was.
      log.error({ err: error, timer }, 'sandbox stripe: due work failed and was dropped');
      store.dropTimer(timer.object, timer.action);
    }
  }

  async function advanceClock(clock: TestClock): Promise<void> {
    const target = clock.status_details.advancing?.target_frozen_time ?? clock.frozen_time;
    for (let timer = store.dueTimer(clock.id, target); timer !== undefined; timer = store.dueTimer(clock.id, target)) {
      if (closed) return;
      const { due } = timer;
      // What reads the clock in the meantime sees the time at which it is.
      const now = store.get('test_helpers.test_clock', clock.id);
      if (now === undefined) return;
      if (due > now.frozen_time) store.put('test_helpers.test_clock', { ...now, frozen_time: due });
      perform(timer, clock.id, nowMs());
      if ((store.dueTimer(clock.id, target)?.due ?? Number.POSITIVE_INFINITY) > due) await deliverer.settle(nowMs());
    }
    store.transaction(() => {
      const now = store.get('test_helpers.test_clock', clock.id);
      if (now === undefined) return;
      const ready: TestClock = { ...now, frozen_time: target, status: 'ready', status_details: {} };
      store.put('test_helpers.test_clock', ready);
      const businessMs = nowMs();
      const scope: Scope = {
        store,
        settings,
        now: target,
        clock: clock.id,
        businessMs,
        request: { id: null, idempotencyKey: null },
      };
      emit(scope, 'test_helpers.test_clock.ready', ready);
    });
  }

  function advancingClocks(): TestClock[] {
    return store.list({
      kind: 'test_helpers.test_clock',
      where: [{ sql: `status = 'advancing'`, values: [] }],
      limit: 100,
      order: 'asc',
    });
  }

  async function pass(): Promise<void> {
    for (;;) {
      if (closed) return;
      const now = nowMs();
      const timer = store.dueTimer(null, Math.floor(now / 1000));
      const deliveryMs = deliverer.nextMs();
      const delivers =
        deliveryMs !== undefined && deliveryMs <= now && (timer === undefined || deliveryMs < timer.due * 1000);
      if (delivers) {
        // Up to the next timer only: what happened earlier is told before what happens later.
        await deliverer.settle(timer === undefined ? now : timer.due * 1000 - 1);
      } else if (timer !== undefined) {
        perform(timer, null, timer.due * 1000);
      } else {
        break;
      }
    }
    for (const clock of advancingClocks()) await advanceClock(clock);
    await deliverer.settle(nowMs());
  }

  function hasWork(): boolean {
    const now = nowMs();
    return (
      store.dueTimer(null, Math.floor(now / 1000)) !== undefined ||
      (deliverer.nextMs() ?? Number.POSITIVE_INFINITY) <= now ||
      advancingClocks().length > 0
    );
  }

  function schedulePass(): void {
    if (passScheduled || paused || closed) return;
    passScheduled = true;
    setImmediate(() => {
      passScheduled = false;
      if (!closed && !paused && hasWork()) void serially(pass).catch(() => undefined);
    });
  }

  const poll = setInterval(schedulePass, pollMs);
  schedulePass();

  return {
    runDue: () => serially(pass),
    kick() {
      if (paused || closed) return;
      deliverer.pump(nowMs());
      schedulePass();
    },
    nextDueMs() {
      const timer = store.nextTimer(null);
      const delivery = deliverer.nextMs();
      if (timer === undefined) return delivery;
      return delivery === undefined ? timer * 1000 : Math.min(delivery, timer * 1000);
    },
    quiet: () => deliverer.inFlight() === 0 && !hasWork(),
    pause() {
      paused = true;
      deliverer.hold(true);
    },
    resume() {
      paused = false;
      deliverer.hold(false);
      schedulePass();
    },
    async close() {
      closed = true;
      clearInterval(poll);
      await deliverer.close();
      await tail;
    },
  };
}
