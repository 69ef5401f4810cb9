import { AsyncLocalStorage } from 'node:async_hooks';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { installFaultHandler, SimulatedCrash } from '../../packages/platform/src/faults.ts';
import { startWorker } from '../../apps/keeper/server/worker.ts';
import type { KillWorld } from './killWorld.ts';

/** The moment at which a worker dies: when it passes a fault point for the nth time. */
export interface Death {
  readonly point: string;
  readonly nth: number;
}

/** One process life of a worker. */
export interface Life {
  /** Fault points passed since `watch`, in order. */
  readonly passed: readonly string[];
  /** Resolves when it has died at its fault point. */
  readonly died: Promise<void>;
  /** From now on points are counted, and the worker dies at this one. */
  watch(death?: Death): void;
  /** In order, or what is left of a dead one. */
  end(): Promise<void>;
}

interface Watched {
  pass(point: string): void;
}

// Workers of several worlds live in this process at once; each of them carries its life along through every await.
const lives = new AsyncLocalStorage<Watched>();

/** Fault points of the server are passed in requests, which belong to no worker: one test at a time may watch them. */
let serverLife: Watched | undefined;

export function installLives(): void {
  installFaultHandler((point) => (lives.getStore() ?? serverLife)?.pass(point));
}

/** A worker in this process. At its death every loop stops at the next fault point at the latest, as if the process were gone. */
export async function startLife(world: KillWorld): Promise<Life> {
  const life = newLife();
  const worker = await lives.run(life, () => startWorker(world.config, world.log));
  return { ...life, passed: life.passed, end: () => worker.stop() };
}

/** The life of Keeper's server as far as fault points go. */
export function watchServer(death: Death): Life {
  const life = newLife();
  serverLife = life;
  life.watch(death);
  return {
    ...life,
    passed: life.passed,
    end: () => {
      serverLife = undefined;
      return Promise.resolve();
    },
  };
}

function newLife() {
  const passed: string[] = [];
  const { promise: died, resolve } = Promise.withResolvers<void>();
  let watching = false;
  let death: Death | undefined;
  let dead = false;
  return {
    passed,
    died,
    watch(at?: Death) {
      death = at;
      watching = true;
    },
    pass(point: string) {
      if (dead) throw new SimulatedCrash(point);
      if (!watching) return;
      passed.push(point);
      if (point !== death?.point || passed.filter((one) => one === point).length < death.nth) return;
      dead = true;
      resolve();
      throw new SimulatedCrash(point);
    },
  };
}

const workerFile = fileURLToPath(new URL('../../apps/keeper/server/worker.ts', import.meta.url));

export interface WorkerProcess {
  /** How it ended: `SIGKILL` at its fault point. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  stop(): Promise<void>;
}

/** A worker as a process of its own, ready when this resolves. */
export async function startWorkerProcess(world: KillWorld, death?: Death): Promise<WorkerProcess> {
  const child = spawn(process.execPath, [workerFile], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: {
      PATH: process.env.PATH,
      ...world.environment,
      ...(death === undefined ? {} : { FAULT_POINT: `${death.point}#${death.nth}` }),
    },
  });
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const ready = new Promise<void>((resolve) => {
    child.on('message', (message: { ready?: boolean }) => {
      if (message.ready === true) resolve();
    });
  });
  await Promise.race([
    ready,
    ended.then(({ code, signal }) => {
      throw new Error(`the worker did not start: ${signal ?? `exit ${code}`}`);
    }),
  ]);
  return {
    ended,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** What a dead worker holds ends after 5 to 30 s of machine time; here at once. */
export async function endLeases(world: KillWorld): Promise<void> {
  const { admin } = world.databases.keeper;
  for (const [table, column] of [
    ['playbook_runs', 'held_until'],
    ['detectors', 'held_until'],
    ['organization_leases', 'held_until'],
    ['stripe_deliveries', 'claimed_until'],
    ['messages', 'claimed_until'],
  ]) {
    await admin.query(
      `update ${table} set ${column} = clock_timestamp() - interval '1 second' where ${column} > clock_timestamp()`,
    );
  }
}
