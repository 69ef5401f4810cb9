import { Stripe } from 'stripe';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Bench, clientOf, startBench } from './testBench.ts';

let bench: Bench;
let client: Stripe;
beforeEach(async () => {
  bench = await startBench({ events: false });
  client = bench.client;
});
afterEach(() => bench.close());

async function names(): Promise<(string | null | undefined)[]> {
  return (await client.customers.list({ limit: 100 })).data.map((each) => each.name);
}

test.each([
  [500, 'StripeAPIError'],
  [429, 'StripeRateLimitError'],
  [409, 'StripeInvalidRequestError'],
] as const)('a %i before the commit leaves nothing behind, and the next try succeeds', async (status, type) => {
  bench.standIn.chaos.apiFault({
    status,
    times: 1,
    match: (call) => call.method === 'POST' && call.path === '/v1/customers',
  });
  await expect(client.customers.create({ name: 'A' }, { idempotencyKey: 'k' })).rejects.toMatchObject({
    statusCode: status,
    ...(status === 409 ? {} : { type }),
  });
  expect(await names()).toEqual([]);
  await client.customers.create({ name: 'A' }, { idempotencyKey: 'k' });
  expect(await names()).toEqual(['A']);
});

test('a 500 after the commit is what the key goes on answering, though the work is done', async () => {
  bench.standIn.chaos.apiFault({ status: 500, when: 'after_commit', times: 1 });
  const again = (): Promise<unknown> => client.customers.create({ name: 'A' }, { idempotencyKey: 'k' });
  await expect(again()).rejects.toMatchObject({ statusCode: 500 });
  await expect(again()).rejects.toMatchObject({ statusCode: 500 });
  expect(await names()).toEqual(['A']);
});

test('a connection cut after the commit: the client tries again by itself and gets the recorded answer', async () => {
  bench.standIn.chaos.cutConnections({ times: 1, match: (call) => call.method === 'POST' });
  const patient = clientOf(bench.standIn, { maxNetworkRetries: 2 });
  const made = await patient.customers.create({ name: 'A' });
  expect(made.lastResponse.headers['idempotent-replayed']).toBe('true');
  expect(await names()).toEqual(['A']);

  // Twice, because the client always tries a reset connection once more.
  bench.standIn.chaos.cutConnections({ times: 2 });
  await expect(client.customers.create({ name: 'B' })).rejects.toBeInstanceOf(Stripe.errors.StripeConnectionError);
  expect(await names()).toEqual(['B', 'A']);
});

test('slow answers are late, the work is not', async () => {
  const clear = bench.standIn.chaos.slowAnswers(500, { match: (call) => call.method === 'POST' });
  const began = performance.now();
  const slow = client.customers.create({ name: 'A' });
  await expect.poll(names, { timeout: 20_000, interval: 5 }).toEqual(['A']);
  await slow;
  expect(performance.now() - began).toBeGreaterThan(490);
  clear();
  const quick = performance.now();
  await client.customers.create({ name: 'B' });
  expect(performance.now() - quick).toBeLessThan(490);
});

test('an outage lasts until it is cleared', async () => {
  const clear = bench.standIn.chaos.apiFault({ status: 500 });
  for (let n = 0; n < 3; n += 1) await expect(client.customers.list()).rejects.toMatchObject({ statusCode: 500 });
  clear();
  expect(await names()).toEqual([]);
});

test('a throttle lets only so many reads through each second', async () => {
  bench.standIn.chaos.throttle({ reads: 1, writes: 100 });
  const answers = await Promise.allSettled(Array.from({ length: 20 }, () => client.customers.list()));
  const refused = answers.filter((each) => each.status === 'rejected');
  expect(refused.length).toBeGreaterThanOrEqual(13);
  expect(refused[0]?.reason).toMatchObject({ statusCode: 429, code: 'rate_limit' });
});
