import { setTimeout as wait } from 'node:timers/promises';
import { installFaultHandler, isSimulatedCrash, SimulatedCrash } from '@tillkeeper/platform/faults';
import { type BillingBench, type Shop, startBillingBench } from '../billing/testBench.ts';
import { openContext } from '../context.ts';
import { detectors } from '../detection/registry.ts';
import { registerDetector, runDetector } from '../detection/runDetector.ts';
import { advanceRun } from '../playbooks/advanceRun.ts';
import { claimRun } from '../playbooks/heldRun.ts';
import { wakeOnEffects } from '../playbooks/wakeOnEffects.ts';
import type { WorkerDeps } from '../workerDeps.ts';
import type { EngineFaultPoint } from './faultPoints.ts';
import { listIncidents, readIncident } from './queries.ts';
import { runTimers } from './runTimers.ts';
import type { Incident } from './shownIncident.ts';
import { timerHandlers } from './timerHandlers.ts';

type Databases = Parameters<typeof startBillingBench>[0];

export interface TestEngine {
  readonly bench: BillingBench;
  readonly worker: WorkerDeps;
  /** A shop with an owner who can be written to. */
  shop(options?: { name?: string; email?: string; timezone?: string }): Promise<Shop>;
  /** Everything that is due now, once: deliveries, effects, detectors, runs, timers. Returns whether a run was carried on. */
  pass(): Promise<boolean>;
  /** Detectors alone, each at once, whether due or not. */
  detect(): Promise<void>;
  /** Passes until it holds; fails with the incidents' state after 20 s. */
  until(what: string, holds: () => Promise<boolean>): Promise<void>;
  /** The latest incident of this identity, open or not. */
  latest(identity: string): Promise<Incident | undefined>;
  /** Identities of open incidents. */
  open(): Promise<string[]>;
  /** Moves business time from due time to due time, ours and Stripe's, and lets each settle. */
  advance(duration: string): Promise<void>;
  /** Does something when the worker passes this point for the nth time. */
  at(point: EngineFaultPoint, action: () => void | Promise<void>, nth?: number): void;
  /** The worker dies when it passes this point for the nth time; the next pass is another process. Counts the deaths. */
  dieAt(point: EngineFaultPoint, nth?: number): { deaths(): number };
  close(): Promise<void>;
}

/** The whole loop from signal to record on real databases and a real stand-in, driven pass by pass instead of by timers. */
export async function startTestEngine(
  databases: Databases,
  environment: Record<string, string> = {},
): Promise<TestEngine> {
  const bench = await startBillingBench(databases, {
    environment: { KEEPER_PROOF_SPACING: 'PT0.05S', ...environment },
  });
  const { deps } = bench;
  let lives = 0;
  const worker: WorkerDeps = {
    ...deps,
    get holder() {
      return `test-${lives}`;
    },
    contextFor: (actor) => openContext(deps, actor),
    onWork: () => undefined,
    beat: () => undefined,
  };
  for (const detector of detectors) await registerDetector(deps.keeper, { ...detector, everyMs: 0 });

  async function detect(): Promise<void> {
    // Their own pace is machine time, which a test does not wait for.
    await databases.keeper.admin.query('update detectors set last_started_machine = null');
    for (const detector of detectors) await runDetector(worker, detector);
  }

  async function work(): Promise<boolean> {
    await bench.settle([wakeOnEffects]);
    await detect();
    const held = await claimRun(deps.keeper, worker.holder);
    if (held !== undefined) await advanceRun(worker, held);
    await runTimers(await worker.contextFor({ kind: 'system', job: 'timers' }), timerHandlers);
    return held !== undefined;
  }

  /** A process that died is followed by another, which finds the leases run out. */
  async function pass(): Promise<boolean> {
    try {
      return await work();
    } catch (error) {
      if (!isSimulatedCrash(error)) throw error;
      lives += 1;
      for (const table of ['playbook_runs', 'detectors', 'organization_leases']) {
        await databases.keeper.admin.query(
          `update ${table} set held_until = clock_timestamp() - interval '1 second' where held_until is not null`,
        );
      }
      return true;
    }
  }

  async function readOpen(): Promise<Incident[]> {
    const ctx = await bench.context();
    const { items } = await listIncidents(ctx, { state: 'open', limit: 200 });
    return Promise.all(items.map((item) => readIncident(ctx, item.id)));
  }

  async function describeOpen(): Promise<string> {
    const open = await readOpen();
    const told = open.map(({ title, state, currentStep, next, timeline }) => ({
      title,
      state,
      currentStep,
      next,
      timeline: timeline.map(({ text }) => text),
    }));
    return JSON.stringify(told, null, 1);
  }

  const engine: TestEngine = {
    bench,
    worker,
    async shop({ name = 'Corner Shop', email = 'owner@example.com', timezone = 'UTC' } = {}) {
      const shop = await bench.shop();
      await databases.till.admin.query('update organizations set name = $2, timezone = $3 where id = $1', [
        shop.organizationId,
        name,
        timezone,
      ]);
      await databases.till.admin.query(
        `insert into organization_members (organization_id, user_id, role, name, email, joined_at)
         values ($1, gen_random_uuid(), 'owner', 'Ana Ruiz', $2, now())`,
        [shop.organizationId, email],
      );
      await bench.settle([wakeOnEffects]);
      return shop;
    },
    pass,
    detect,
    async until(what, holds) {
      const limit = performance.now() + 20_000;
      while (!(await holds())) {
        if (performance.now() > limit) {
          throw new Error(`${what} did not come about: ${await describeOpen()}`);
        }
        if (!(await pass())) await wait(10);
      }
    },
    async latest(identity) {
      const { rows } = await databases.keeper.admin.query<{ id: string }>(
        'select id from incidents where identity = $1 order by number desc limit 1',
        [identity],
      );
      const [row] = rows;
      return row === undefined ? undefined : readIncident(await bench.context(), row.id);
    },
    open: async () => (await readOpen()).map(({ identity }) => identity),
    async advance(duration) {
      const { now } = (
        await databases.keeper.admin.query(`select ops.now()::text as now, $1::interval as unused`, [duration])
      ).rows[0];
      const target = (
        await databases.keeper.admin.query(`select extract(epoch from $1::timestamptz + $2::interval) as at`, [
          now,
          duration,
        ])
      ).rows[0];
      for (;;) {
        await settle();
        const { due, left } = (
          await databases.keeper.admin.query(
            `select extract(epoch from d.due_at - ops.now()) as due, $1::double precision - extract(epoch from ops.now()) as left
               from (select 1) as always left join ops.next_due d on true`,
            [target.at],
          )
        ).rows[0];
        if (Number(left) <= 0.001) return;
        const step = due === null || Number(due) > Number(left) ? Number(left) : Number(due);
        await bench.advance(`PT${Math.max(0.001, step).toFixed(3)}S`);
      }
    },
    at(point, action, nth = 1) {
      let passed = 0;
      installFaultHandler(async (name) => {
        if (name !== point) return;
        passed += 1;
        if (passed === nth) await action();
      });
    },
    dieAt(point, nth = 1) {
      let deaths = 0;
      engine.at(
        point,
        () => {
          deaths += 1;
          throw new SimulatedCrash(point);
        },
        nth,
      );
      return { deaths: () => deaths };
    },
    async close() {
      installFaultHandler(undefined);
      await bench.close();
    },
  };

  /** Until nothing is due: what waits for business time, for a person or for an outage to end may stay. */
  async function settle(): Promise<void> {
    const limit = performance.now() + 20_000;
    for (let quiet = 0; quiet < 2; ) {
      const worked = await pass();
      const { rows } = await databases.keeper.admin.query<{ waiting: number }>(
        `select sum(waiting)::integer as waiting from ops.unsettled where what in ('runs', 'timers', 'stripe_deliveries')`,
      );
      quiet = worked || (rows[0]?.waiting ?? 0) > 0 ? 0 : quiet + 1;
      if (quiet === 0) await wait(5);
      if (performance.now() > limit) throw new Error(`does not settle: ${await describeOpen()}`);
    }
  }
  return engine;
}
