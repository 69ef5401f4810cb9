import { type Loop, startLoop } from '@tillkeeper/platform/loop';
import { relayLoop } from '../effects/jobs.ts';
import type { WorkerDeps } from '../workerDeps.ts';
import { outsideTransaction } from './outsideTransaction.ts';
import { processDeliveries } from './processDeliveries.ts';

/** Two lanes, so that one batch which waits for a slow answer does not hold up what comes after it. */
const lanes = ['deliveries-1', 'deliveries-2'] as const;

/** The loops of billing: deliveries, and the relay of effects that they cause. What was never delivered is found by a schedule. */
export function billingLoops(worker: WorkerDeps): Loop[] {
  const deliveries = lanes.map((name) =>
    startLoop({
      name,
      everyMs: 500,
      log: worker.log,
      onBeat: () => worker.beat('workers'),
      async run(signal) {
        const ctx = outsideTransaction(await worker.contextFor({ kind: 'webhook', source: 'stripe' }));
        return (await processDeliveries(ctx, { holder: `${worker.holder}/${name}`, signal })).more;
      },
    }),
  );
  worker.onWork('deliveries', () => {
    for (const lane of deliveries) lane.wake();
  });
  return [...deliveries, relayLoop(worker)];
}
