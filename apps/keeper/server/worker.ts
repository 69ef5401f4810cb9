import { randomUUIDv7 } from 'node:crypto';
import { armFaultFromEnvironment } from '@tillkeeper/platform/faults';
import { type Listener, listen } from '@tillkeeper/platform/listen';
import type { Logger } from '@tillkeeper/platform/log';
import type { Loop } from '@tillkeeper/platform/loop';
import { billingLoops } from './billing/jobs.ts';
import type { KeeperConfig } from './config.ts';
import { closeDeps, openContext, openDeps } from './context.ts';
import { detectionLoops } from './detection/jobs.ts';
import { startLaneBeats } from './engine/beatLanes.ts';
import { engineLoops } from './incidents/jobs.ts';
import { messageLoops } from './messages/jobs.ts';
import { runProcess } from './runProcess.ts';
import { type Schedules, startSchedules } from './schedules.ts';
import type { Work, WorkerDeps } from './workerDeps.ts';

export interface Worker {
  /** Lets the passes under way end, then closes everything. */
  stop(): Promise<void>;
}

/** Keeper's worker: every loop of every domain. Any number of them may run; leases and `skip locked` share the work. */
export async function startWorker(config: KeeperConfig, log: Logger): Promise<Worker> {
  const deps = openDeps(config, log, 'keeper-worker');
  const holder = randomUUIDv7();
  const wakers = new Map<string, (() => void)[]>();
  const beats = startLaneBeats(deps, holder);
  const worker: WorkerDeps = {
    ...deps,
    holder,
    contextFor: (actor) => openContext(deps, actor),
    onWork: (work: Work, wake) => wakers.set(work, [...(wakers.get(work) ?? []), wake]),
    beat: beats.beat,
  };
  const loops: Loop[] = [
    ...billingLoops(worker),
    ...messageLoops(worker),
    ...detectionLoops(worker),
    ...engineLoops(worker),
  ];
  let schedules: Schedules | undefined;
  let listener: Listener | undefined;
  const stop = async (): Promise<void> => {
    await listener?.close();
    await Promise.all([schedules?.stop(), ...loops.map((loop) => loop.stop())]);
    await beats.stop();
    await closeDeps(deps);
  };
  try {
    schedules = await startSchedules(worker);
    listener = await listen({
      url: config.keeperDatabaseUrl,
      channels: ['keeper_work'],
      log,
      onNotify: (_channel, payload) => {
        // An empty payload follows a reconnect: anything may have been missed.
        const woken = payload === '' ? [...wakers.values()].flat() : (wakers.get(payload) ?? []);
        for (const wake of woken) wake();
      },
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}

if (import.meta.main) {
  await runProcess('keeper-worker', process.env, async (config, log) => {
    armFaultFromEnvironment(config.faultPoint);
    const worker = await startWorker(config, log);
    log.info('worker started');
    return () => worker.stop();
  });
}
