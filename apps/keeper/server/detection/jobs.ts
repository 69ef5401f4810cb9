import { type Loop, startLoop } from '@tillkeeper/platform/loop';
import type { WorkerDeps } from '../workerDeps.ts';
import { detectors } from './registry.ts';
import { registerDetector, runDetector } from './runDetector.ts';

/** How often a worker asks whether a detector is due, machine time. One loop each, so that a slow one holds up no other. */
const askEveryMs = 500;

export function detectionLoops(worker: WorkerDeps): Loop[] {
  return detectors.map((detector) => {
    let registered: Promise<void> | undefined;
    return startLoop({
      name: `detector ${detector.name}`,
      everyMs: askEveryMs,
      log: worker.log,
      onBeat: () => worker.beat('detectors'),
      async run() {
        registered ??= registerDetector(worker.keeper, detector).catch((error: unknown) => {
          registered = undefined;
          throw error;
        });
        await registered;
        await runDetector(worker, detector);
      },
    });
  });
}
