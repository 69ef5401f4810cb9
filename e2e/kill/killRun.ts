import type { TestClusterAddress } from '../../apps/sandbox/testing/testCluster.ts';
import { until } from '../until.ts';
import { type EndState, readEndState } from './endState.ts';
import { type KillWorld, openWorld } from './killWorld.ts';
import { type Death, endLeases, startLife, startWorkerProcess, watchServer } from './lives.ts';
import type { Scenario } from './scenarios.ts';

/** How long one step of a run may take on a machine that is busy with others, and how often to look. */
const patience = { withinMs: 90_000, everyMs: 100 } as const;

async function inWorld<T>(
  cluster: TestClusterAddress,
  scenario: Scenario,
  body: (world: KillWorld) => Promise<T>,
): Promise<T> {
  const world = await openWorld(cluster, scenario.shops);
  try {
    return await body(world);
  } finally {
    await world.close();
  }
}

async function settled(world: KillWorld): Promise<void> {
  await until('the sign-ups are worked off', () => world.quiet(), patience);
}

/** Detectors look every three seconds of machine time, for which nobody waits here before there is an incident. */
async function hurry({ databases }: KillWorld): Promise<void> {
  await databases.keeper.admin.query(
    `update detectors set last_started_machine = null
      where last_finished_machine >= last_started_machine and last_started_machine < clock_timestamp() - interval '300 milliseconds'
        and not exists (select from incidents)`,
  );
}

/** Lets people act and detectors look until a failure is documented and nothing is left to do. */
async function finish(world: KillWorld, scenario: Scenario, died?: Promise<unknown>): Promise<'done' | 'died'> {
  let over: 'done' | 'died' | undefined;
  void died?.then(() => {
    over = 'died';
  });
  await until(
    'the run is done and all is quiet',
    async () => {
      if (over !== undefined) return true;
      await hurry(world);
      await scenario.act(world);
      const { rows } = await world.databases.keeper.admin.query(
        `select 1 from playbook_runs having count(*) > 0 and count(*) = count(*) filter (where state = 'done')`,
      );
      if (rows.length > 0 && (await world.quiet())) over ??= 'done';
      return over !== undefined;
    },
    { ...patience, state: async () => ({ ...(await readEndState(world)).keeper, errors: world.errors }) },
  );
  return over ?? 'done';
}

/** The fault, the repair and the record with a worker that lives through all of it. */
export function runUnbroken(
  cluster: TestClusterAddress,
  scenario: Scenario,
): Promise<{ passed: readonly string[]; end: EndState }> {
  return inWorld(cluster, scenario, async (world) => {
    const life = await startLife(world);
    try {
      await settled(world);
      life.watch();
      await scenario.inject(world);
      await finish(world, scenario);
      return { passed: [...life.passed], end: await readEndState(world) };
    } finally {
      await life.end();
    }
  });
}

/** The same with a worker that dies on the way and one that comes after it. Fails if the fault point was not reached. */
export function runBroken(cluster: TestClusterAddress, scenario: Scenario, death: Death): Promise<EndState> {
  return inWorld(cluster, scenario, async (world) => {
    const first = await startLife(world);
    try {
      await settled(world);
      first.watch(death);
      await scenario.inject(world);
      if ((await finish(world, scenario, first.died)) !== 'died')
        throw new Error(`${death.point} was not reached ${death.nth} times: ${first.passed.join(' ')}`);
    } finally {
      await first.end();
    }
    await endLeases(world);
    const second = await startLife(world);
    try {
      await finish(world, scenario);
      return await readEndState(world);
    } finally {
      await second.end();
    }
  });
}

/** The same with Keeper's server: what Stripe sends from then on finds nobody, until the server is back and Stripe tries again. */
export function runWithoutServer(cluster: TestClusterAddress, scenario: Scenario, death: Death): Promise<EndState> {
  return inWorld(cluster, scenario, async (world) => {
    const life = await startLife(world);
    try {
      await settled(world);
      const server = watchServer(death);
      await scenario.inject(world);
      await within(server.died, `${death.point} is reached`);
      await until('Stripe has noticed', () => Promise.resolve(world.stripe.quiet()), patience);
      await server.end();
      await world.advance('PT6M');
      await finish(world, scenario);
      return await readEndState(world);
    } finally {
      await life.end();
    }
  });
}

async function within(event: Promise<void>, what: string): Promise<void> {
  let happened = false;
  void event.then(() => {
    happened = true;
  });
  await until(what, () => Promise.resolve(happened), patience);
}

/** The same with real processes, a real SIGKILL, and leases that end by themselves. */
export function runKilled(cluster: TestClusterAddress, scenario: Scenario, death: Death): Promise<EndState> {
  return inWorld(cluster, scenario, async (world) => {
    const first = await startWorkerProcess(world, death);
    try {
      await settled(world);
      await scenario.inject(world);
      if ((await finish(world, scenario, first.ended)) !== 'died') throw new Error(`${death.point} was not reached`);
      const { signal } = await first.ended;
      if (signal !== 'SIGKILL') throw new Error(`the worker ended by ${signal ?? 'itself'}, not by SIGKILL`);
    } finally {
      await first.stop();
    }
    const second = await startWorkerProcess(world);
    try {
      await finish(world, scenario);
      return await readEndState(world);
    } finally {
      await second.stop();
    }
  });
}
