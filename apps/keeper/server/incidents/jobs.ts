import { type Loop, startLoop } from '@tillkeeper/platform/loop';
import { onEffects } from '../effects/relayEffects.ts';
import { advanceRun } from '../playbooks/advanceRun.ts';
import { claimRun } from '../playbooks/heldRun.ts';
import { wakeOnEffects } from '../playbooks/wakeOnEffects.ts';
import type { WorkerDeps } from '../workerDeps.ts';
import { runTimers } from './runTimers.ts';
import { timerHandlers } from './timerHandlers.ts';

/** Runs that a process carries on at once: a step that waits for a slow answer holds up no other incident. */
const lanes = ['runs-1', 'runs-2', 'runs-3', 'runs-4'] as const;
const everyMs = 500;

/** The loops of the engine: runs and timers. Any number of processes may run them; leases and `skip locked` share the work. */
export function engineLoops(worker: WorkerDeps): Loop[] {
  onEffects(worker, wakeOnEffects);
  const runs = lanes.map((name) =>
    startLoop({
      name,
      everyMs,
      log: worker.log,
      onBeat: () => worker.beat('engine'),
      async run(signal) {
        const held = await claimRun(worker.keeper, `${worker.holder}/${name}`);
        if (held === undefined) return false;
        await advanceRun(worker, held, signal);
        return true;
      },
    }),
  );
  const timers = startLoop({
    name: 'timers',
    everyMs,
    log: worker.log,
    onBeat: () => worker.beat('engine'),
    async run() {
      const ctx = await worker.contextFor({ kind: 'system', job: 'timers' });
      return (await runTimers(ctx, timerHandlers)) > 0;
    },
  });
  worker.onWork('runs', () => {
    for (const lane of runs) lane.wake();
  });
  worker.onWork('timers', () => timers.wake());
  return [...runs, timers];
}
