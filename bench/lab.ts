import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { startStripe, type StripeStandIn } from '@tillkeeper/sandbox/stripe/startStripe';
import { cloneDatabases, type TestDatabases } from '@tillkeeper/sandbox/testing/cloneDatabases';
import { startTestCluster, type TestCluster } from '@tillkeeper/sandbox/testing/testCluster';
import { freePort } from '@tillkeeper/sandbox/postgres/cluster';

/** Everything that a measurement stands on: durable databases, a Stripe without limits, Keeper's real processes. */
export interface Lab {
  readonly databases: TestDatabases;
  readonly stripe: StripeStandIn;
  readonly keeperUrl: string;
  readonly webhookSecret: string;
  startWorker(environment?: Readonly<Record<string, string>>): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

export const webhookSecret = 'whsec_bench_0123456789abcdef0123456789abcdef';

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}

async function started(file: string, env: Readonly<Record<string, string>>): Promise<ChildProcess> {
  const child = fork(file, { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [message] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error(`${file} ended before it was ready`))),
  ])) as [{ ready?: boolean }];
  if (message.ready !== true) throw new Error(`${file} did not become ready`);
  return child;
}

export async function openLab(): Promise<Lab> {
  const cluster: TestCluster = await startTestCluster({
    durable: true,
    settings: { shared_buffers: '512MB', max_wal_size: '4GB' },
  });
  const databases = await cloneDatabases(cluster.address);
  const stripe = await startStripe({
    file: ':memory:',
    port: 0,
    secretKey: 'sk_test_bench',
    clock: { now: () => Temporal.Now.instant() },
    paused: true,
  });
  const port = await freePort();
  const environment = {
    KEEPER_ENVIRONMENT: 'sandbox',
    KEEPER_PORT: String(port),
    KEEPER_PUBLIC_URL: `http://localhost:${port}`,
    KEEPER_DATABASE_URL: databases.keeper.url('keeper_app'),
    TILL_DATABASE_URL: databases.till.url('keeper_ops'),
    TILL_PUBLIC_URL: 'http://localhost:1',
    STRIPE_SECRET_KEY: 'sk_test_bench',
    STRIPE_WEBHOOK_SECRETS: webhookSecret,
    STRIPE_API_BASE: stripe.url,
    STRIPE_LIVEMODE: 'false',
    STRIPE_READS_PER_SECOND: '100000',
    SMTP_URL: 'smtp://127.0.0.1:1',
    MAIL_FROM: 'Tillkeeper <bench@tillkeeper.example>',
    MAIL_REPLY_DOMAIN: 'reply.tillkeeper.example',
    KEEPER_AUTH_SECRET: 'bench-secret-bench-secret-bench-secret',
    LOG_LEVEL: 'error',
  };
  const http = await started('apps/keeper/server/http.ts', environment);
  return {
    databases,
    stripe,
    webhookSecret,
    keeperUrl: `http://127.0.0.1:${port}`,
    async startWorker(more = {}) {
      const worker = await started('apps/keeper/server/worker.ts', { ...environment, ...more });
      return () => stopped(worker);
    },
    async close() {
      await stopped(http);
      await stripe.close();
      await wait(100);
      await databases.close();
      await cluster.stop();
    },
  };
}

/** The middle of several measurements: one disturbed run does not decide. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** Runs `one` for each index, so many at a time, and returns how long each took (ms) and all together (s). */
export async function load(
  count: number,
  concurrency: number,
  one: (index: number) => Promise<void>,
): Promise<{ seconds: number; each: number[] }> {
  const each: number[] = [];
  let next = 0;
  const began = performance.now();
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (let index = next++; index < count; index = next++) {
        const start = performance.now();
        await one(index);
        each.push(performance.now() - start);
      }
    }),
  );
  return { seconds: (performance.now() - began) / 1000, each };
}
