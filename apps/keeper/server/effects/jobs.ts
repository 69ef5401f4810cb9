import { type Loop, startLoop } from '@tillkeeper/platform/loop';
import type { WorkerDeps } from '../workerDeps.ts';
import { relayEffects, subscribersTo } from './relayEffects.ts';

/** The relay. The operated database announces nothing, since notify would lock its tenants' commits; so it also looks by itself. */
export function relayLoop(worker: WorkerDeps): Loop {
  const loop = startLoop({
    name: 'relay-effects',
    everyMs: 250,
    log: worker.log,
    onBeat: () => worker.beat('workers'),
    async run() {
      const ctx = await worker.contextFor({ kind: 'system', job: 'relay-effects' });
      return (await relayEffects(ctx, subscribersTo(worker))).more;
    },
  });
  worker.onWork('effects', () => loop.wake());
  return loop;
}
