import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createLogger } from '@tillkeeper/platform/log';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type CreatedShop, createShop } from '../seed/createShop.ts';
import { stripeClientOf } from '../seed/stripeClientOf.ts';
import { type StripeStandIn, startStripe } from '../stripe/startStripe.ts';
import { testDatabases } from '../testing/database.ts';
import { type Shops, startShops } from './shops.ts';

const databases = await testDatabases();
const till = databases.till.admin;
const log = createLogger({ name: 'test', level: 'error' });
const limit = { timeout: 20_000 };
/** Of a Node process that loads all of Till, on a machine that runs other tests. */
const startLimit = { timeout: 50_000 };
let stripe: StripeStandIn;
let first: CreatedShop;
let second: CreatedShop;
let port: number;
let server: ChildProcess | undefined;
let shops: Shops | undefined;

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Till's own server, as a process of its own. */
async function startTill(): Promise<void> {
  server = spawn(process.execPath, [fileURLToPath(new URL('../../till/server/http.ts', import.meta.url))], {
    // The channel tells it when this process is gone, whatever ended it.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: {
      TILL_ENVIRONMENT: 'sandbox',
      TILL_PORT: String(port),
      TILL_PUBLIC_URL: `http://localhost:${port}`,
      TILL_DATABASE_URL: databases.till.url('till_app'),
      TILL_IDENTITY_DATABASE_URL: databases.till.url('till_identity'),
      TILL_AUTH_SECRET: 'a secret of at least thirty-two characters',
      LOG_LEVEL: 'error',
    },
  });
  await vi.waitFor(async () => {
    const answer = await fetch(`http://localhost:${port}/readyz`);
    expect(answer.status).toBe(200);
  }, startLimit);
}

async function stopTill(signal: NodeJS.Signals): Promise<void> {
  if (server === undefined) return;
  const gone = new Promise((resolve) => server?.once('exit', resolve));
  server.kill(signal);
  await gone;
}

beforeAll(async () => {
  const now = (): Temporal.Instant => Temporal.Now.instant();
  stripe = await startStripe({ file: ':memory:', port: 0, secretKey: 'sk_test_cashiers', clock: { now } });
  const client = stripeClientOf(stripe);
  first = await createShop({ till, stripe: client, products: 20, members: 2 });
  second = await createShop({ till, stripe: client, plan: 'basic', products: 8, currency: 'JPY', country: 'JP' });
  port = await freePort();
  await startTill();
});
afterAll(async () => {
  await shops?.stop();
  await stopTill('SIGTERM');
  await stripe.close();
});

async function stored(shop: CreatedShop): Promise<{ sales: number; receipts: number; cashiers: string[] }> {
  const { rows } = await till.query<{ sales: number; receipts: number; cashiers: string[] }>(
    `select count(*)::integer as sales, count(distinct receipt_number)::integer as receipts, array_agg(distinct cashier_id) as cashiers
       from public.sales where organization_id = $1::uuid`,
    [shop.organizationId],
  );
  return rows[0] ?? { sales: 0, receipts: 0, cashiers: [] };
}

test('cashiers sign in and sell, keep their sales while Till is down, and lose and double none', {
  timeout: 120_000,
}, async () => {
  const cashiers = [first.people[1], second.owner].map((person) => ({
    email: person?.email ?? '',
    password: first.password,
  }));
  shops = startShops({
    tillUrl: `http://localhost:${port}`,
    cashiers,
    now: () => Temporal.Now.instant(),
    log,
    everyMs: 60,
  });
  await expect.poll(async () => (await stored(first)).sales, limit).toBeGreaterThan(3);
  await expect.poll(async () => (await stored(second)).sales, limit).toBeGreaterThan(3);

  await stopTill('SIGKILL');
  await expect.poll(() => shops?.stats.kept, limit).toBeGreaterThan(4);
  await startTill();
  await expect.poll(() => shops?.stats.kept, limit).toBeLessThanOrEqual(2);
  await shops.stop();

  const [one, two] = [await stored(first), await stored(second)];
  // What was under way at the kill or at the stop may be there without having been confirmed.
  const { sold, kept, refused } = shops.stats;
  expect(refused).toBe(0);
  expect(one.sales + two.sales).toBeGreaterThanOrEqual(sold);
  expect(one.sales + two.sales).toBeLessThanOrEqual(sold + kept);
  expect([one.receipts, two.receipts]).toEqual([one.sales, two.sales]);
  expect(one.cashiers).toEqual([first.people[1]?.userId]);
  shops = undefined;
});
