import type { Loop } from '@tillkeeper/platform/loop';
import { testDatabases } from '@tillkeeper/sandbox/testing/database.ts';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { billingLoops } from '../billing/jobs.ts';
import type { Shop } from '../billing/testBench.ts';
import { openContext } from '../context.ts';
import { detectionLoops } from '../detection/jobs.ts';
import type { Lane, WorkerDeps } from '../workerDeps.ts';
import { engineLoops } from './jobs.ts';
import { startTestEngine, type TestEngine } from './testEngine.ts';

const databases = await testDatabases();
let engine: TestEngine;
const shops: Shop[] = [];
const lanes = new Set<Lane>();
const loops: Loop[] = [];

beforeAll(async () => {
  engine = await startTestEngine(databases);
  for (const name of ['Alder', 'Birch', 'Cedar']) shops.push(await engine.shop({ name }));
});
afterAll(async () => {
  await Promise.all(loops.map((loop) => loop.stop()));
  await engine.close();
});

function startWorker(holder: string): void {
  const { deps } = engine.bench;
  const worker: WorkerDeps = {
    ...deps,
    holder,
    contextFor: (actor) => openContext(deps, actor),
    onWork: () => undefined,
    beat: (lane) => void lanes.add(lane),
  };
  loops.push(...billingLoops(worker), ...detectionLoops(worker), ...engineLoops(worker));
}

it('three workers share the work by themselves: each thing happens once, and every lane beats', async () => {
  for (const holder of ['one', 'two', 'three']) startWorker(holder);
  await databases.till.admin.query('alter table organization_subscriptions disable trigger sync_subscription');
  await databases.till.admin.query(`update organizations set subscription_plan = 'pro' where id = any ($1)`, [
    shops.map(({ organizationId }) => organizationId),
  ]);
  await vi.waitFor(async () => expect((await engine.latest('subscription-sync-failure'))?.run?.state).toBe('done'), {
    timeout: 20_000,
    interval: 50,
  });

  const incident = await engine.latest('subscription-sync-failure');
  expect(incident).toMatchObject({ severity: 'P2', outcome: 'proven', proof: { clean: 2 } });
  expect(await engine.open()).toEqual([]);
  const kinds = incident?.timeline.map(({ kind }) => kind) ?? [];
  for (const kind of ['opened', 'resolved', 'record']) expect(kinds.filter((each) => each === kind)).toHaveLength(1);
  const steps = incident?.timeline.filter(({ kind }) => kind === 'step').map(({ text }) => text) ?? [];
  expect(new Set(steps).size).toBe(steps.length);
  const { rows } = await databases.keeper.admin.query('select effect_key, attempts from step_effects');
  expect(rows.every(({ attempts }) => attempts === 1)).toBe(true);
  expect([...lanes].sort()).toEqual(['detectors', 'engine', 'workers']);
  const { rows: looks } = await databases.keeper.admin.query('select name, last_ok from detectors order by name');
  expect(looks).toEqual(
    ['payment-failure', 'stripe-webhooks', 'subscription-sync'].map((name) => ({ name, last_ok: true })),
  );
});
