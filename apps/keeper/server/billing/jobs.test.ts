import { installFaultHandler, SimulatedCrash } from '@tillkeeper/platform/faults';
import { listen } from '@tillkeeper/platform/listen';
import type { Loop } from '@tillkeeper/platform/loop';
import { testDatabases } from '@tillkeeper/sandbox/testing/database.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { onEffects, type RelayedEffect } from '../effects/relayEffects.ts';
import type { WorkerDeps } from '../workerDeps.ts';
import { billingLoops } from './jobs.ts';
import { type BillingBench, startBillingBench } from './testBench.ts';

const databases = await testDatabases();
const soon = { timeout: 20_000, interval: 20 };
let bench: BillingBench;
let workers: { stop(): Promise<void> }[] = [];

beforeEach(async () => {
  bench = await startBillingBench(databases);
});
afterEach(async () => {
  installFaultHandler(undefined);
  await Promise.all(workers.map((worker) => worker.stop()));
  workers = [];
  await bench.close();
});

/** A worker's process with the loops of billing alone, woken by what the database announces. */
async function startWorker(holder: string): Promise<{ told: RelayedEffect[]; beats: Set<string> }> {
  const wakers = new Map<string, () => void>();
  const beats = new Set<string>();
  const worker: WorkerDeps = {
    ...bench.deps,
    holder,
    contextFor: (actor) => bench.context(actor),
    onWork: (work, wake) => void wakers.set(work, wake),
    beat: (lane) => void beats.add(lane),
  };
  const told: RelayedEffect[] = [];
  const loops: Loop[] = billingLoops(worker);
  onEffects(worker, async (effects) => void told.push(...effects));
  const listener = await listen({
    url: bench.deps.config.keeperDatabaseUrl,
    channels: ['keeper_work'],
    log: bench.deps.log,
    onNotify: (_channel, payload) => wakers.get(payload)?.(),
  });
  workers.push({
    async stop() {
      await listener.close();
      await Promise.all(loops.map((loop) => loop.stop()));
    },
  });
  return { told, beats };
}

async function waiting(): Promise<number> {
  const { rows } = await databases.keeper.admin.query<{ waiting: number }>(
    `select waiting from ops.unsettled where what = 'stripe_deliveries'`,
  );
  return rows[0]?.waiting ?? -1;
}

describe('the loops of billing', () => {
  it('carry a change at Stripe to the organization and to whoever listens, without anybody asking', async () => {
    const { told, beats } = await startWorker('one');
    const shop = await bench.shop();
    await expect.poll(() => bench.organization(shop), soon).toEqual({ plan: 'basic', status: 'active' });
    await bench.api.subscriptions.cancel(shop.subscriptionId);
    await expect.poll(() => bench.organization(shop), soon).toEqual({ plan: 'basic', status: 'canceled' });
    await expect
      .poll(
        () => told.filter((effect) => effect.organizationId === shop.organizationId).map((effect) => effect.kind),
        soon,
      )
      .toContain('stripe.customer.subscription.deleted');
    await expect.poll(waiting, soon).toBe(0);
    expect([...beats]).toEqual(['workers']);
  });

  it('share their work among workers, and go on when one of them dies', async () => {
    await Promise.all([startWorker('one'), startWorker('two')]);
    let crashed = false;
    installFaultHandler((name) => {
      if (name !== 'billing.after-claim' || crashed) return;
      crashed = true;
      throw new SimulatedCrash(name);
    });
    const shops = await Promise.all(Array.from({ length: 8 }, () => bench.shop()));
    await expect.poll(() => crashed, soon).toBe(true);
    // What the dead lane claimed becomes free when its claim ends, ten seconds later; for this test at once.
    await bench.endWaits();
    await expect.poll(waiting, soon).toBe(0);
    for (const shop of shops) expect(await bench.organization(shop)).toEqual({ plan: 'basic', status: 'active' });
  });
});
