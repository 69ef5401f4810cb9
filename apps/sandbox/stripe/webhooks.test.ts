import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Stripe } from 'stripe';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Bench, startBench } from './testBench.ts';

let bench: Bench;
let client: Stripe;
beforeEach(async () => {
  bench = await startBench();
  client = bench.client;
});
afterEach(() => bench.close());

const generous = { timeout: 20_000, interval: 5 };

test('go out at once, signed with the whole secret, and answer to the official client', async () => {
  const made = await client.customers.create({ name: 'Shop' }, { idempotencyKey: 'key-1' });
  // Nobody calls runDue here: a commit sends its webhooks by itself.
  await vi.waitFor(() => expect(bench.inbox.events).toHaveLength(1), generous);
  const { event, body, signature } = bench.inbox.events[0] ?? {};
  expect(event).toMatchObject({
    object: 'event',
    type: 'customer.created',
    created: bench.clock.seconds(),
    api_version: '2026-10-28.endive',
    livemode: false,
    pending_webhooks: 1,
    request: { idempotency_key: 'key-1' },
    data: { object: { id: made.id, name: 'Shop' } },
  });
  expect(bench.inbox.secret).toMatch(/^whsec_/);
  // Without its prefix the same secret does not verify.
  expect(() =>
    client.webhooks.constructEvent(body ?? '', signature ?? '', bench.inbox.secret.slice('whsec_'.length)),
  ).toThrow(/signature/i);
  await vi.waitFor(() => expect(bench.standIn.quiet()).toBe(true), generous);
});

test('an endpoint hears only what it asked for, in the version it asked for, until it is disabled', async () => {
  await client.products.create({ name: 'P' });
  await bench.standIn.runDue();
  const [all] = (await client.webhookEndpoints.list()).data;
  await client.webhookEndpoints.update(all?.id ?? '', { enabled_events: ['customer.created'] });
  const old = await client.webhookEndpoints.create({
    url: bench.inbox.url,
    enabled_events: ['product.created'],
    api_version: '2025-03-31.basil',
  });
  bench.inbox.events.length = 0;
  bench.inbox.secret = old.secret ?? '';
  await client.products.create({ name: 'Q' });
  await bench.standIn.runDue();
  expect(bench.inbox.events.map(({ event }) => [event.type, event.api_version])).toEqual([
    ['product.created', '2025-03-31.basil'],
  ]);
  await client.webhookEndpoints.update(old.id, { disabled: true });
  await client.products.create({ name: 'R' });
  await bench.standIn.runDue();
  expect(bench.inbox.events).toHaveLength(1);
});

describe('what is not accepted', () => {
  test('comes again in growing steps of business time for three days', async () => {
    bench.inbox.answer = () => 500;
    const start = bench.clock.seconds();
    await client.customers.create({});
    await bench.standIn.runDue();
    const hours: number[] = [];
    for (let due = bench.standIn.nextDueAt(); due !== undefined; due = bench.standIn.nextDueAt()) {
      bench.clock.moveTo(due.epochMilliseconds / 1000);
      hours.push((bench.clock.seconds() - start) / 3600);
      await bench.standIn.runDue();
    }
    expect(hours[0]).toBeCloseTo(5 / 60, 5);
    expect(hours.at(-1)).toBe(72);
    expect(bench.inbox.events).toHaveLength(hours.length + 1);
    expect(new Set(bench.inbox.events.map(({ event }) => event.id)).size).toBe(1);
    const [event] = (await client.events.list({ delivery_success: false })).data;
    expect(event?.pending_webhooks).toBe(1);
  });

  test.each([301, 404, 500])('%i is a failure; a later 200 ends it', async (status) => {
    bench.inbox.answer = () => status;
    await client.customers.create({});
    await bench.standIn.runDue();
    expect((await client.events.list({ delivery_success: false })).data).toHaveLength(1);
    bench.inbox.answer = () => 204;
    await bench.advance('PT5M');
    expect((await client.events.list({ delivery_success: true })).data).toHaveLength(1);
    expect(bench.standIn.nextDueAt()).toBeUndefined();
    expect(bench.standIn.quiet()).toBe(true);
  });

  test('no answer in time is a failure, and holds up nobody else', async () => {
    await bench.close();
    bench = await startBench({ webhookTimeoutMs: 1000 });
    client = bench.client;
    const silent = createServer(() => undefined);
    const { promise, resolve } = Promise.withResolvers<void>();
    silent.listen(0, '127.0.0.1', resolve);
    await promise;
    await client.webhookEndpoints.create({
      url: `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`,
      enabled_events: ['*'],
    });
    await client.customers.create({});
    // The call is answered while the silent endpoint is still being waited for.
    expect(bench.standIn.quiet()).toBe(false);
    await bench.standIn.runDue();
    expect(bench.inbox.events).toHaveLength(1);
    const [event] = (await client.events.list()).data;
    expect(event?.pending_webhooks).toBe(1);
    silent.closeAllConnections();
    silent.close();
  });
});

describe('disturbances', () => {
  test('duplicates', async () => {
    bench.standIn.chaos.webhooks.duplicate(2, { match: (event) => event.type === 'customer.created' });
    await client.customers.create({});
    await client.products.create({ name: 'P' });
    await bench.standIn.runDue();
    expect(bench.inbox.types().sort()).toEqual([
      'customer.created',
      'customer.created',
      'customer.created',
      'product.created',
    ]);
    expect(new Set(bench.inbox.events.map(({ event }) => event.id)).size).toBe(2);
  });

  test('the newest first', async () => {
    bench.standIn.pause();
    const made = [
      await client.customers.create({}),
      await client.customers.create({}),
      await client.customers.create({}),
    ];
    bench.standIn.chaos.webhooks.reorder();
    await bench.standIn.runDue();
    expect(bench.inbox.of('customer.created').map((event) => event.data.object.id)).toEqual(
      made.map((each) => each.id).reverse(),
    );
  });

  test('dropped for good', async () => {
    bench.standIn.chaos.webhooks.drop({ times: 1 });
    await client.customers.create({});
    await client.products.create({ name: 'P' });
    await bench.advance('P4D');
    expect(bench.inbox.types()).toEqual(['product.created']);
    expect((await client.events.list({ delivery_success: false })).data.map((each) => each.type)).toEqual([
      'customer.created',
    ]);
  });

  test('late, by business time and by real time', async () => {
    bench.standIn.chaos.webhooks.delay({ businessSeconds: 7200 }, { times: 1 });
    await client.customers.create({});
    await bench.standIn.runDue();
    expect(bench.inbox.events).toEqual([]);
    expect(bench.standIn.nextDueAt()?.epochMilliseconds).toBe((bench.clock.seconds() + 7200) * 1000);
    await bench.advance('PT2H');
    expect(bench.inbox.types()).toEqual(['customer.created']);
    bench.standIn.chaos.webhooks.delay({ ms: 60 });
    const began = performance.now();
    await client.products.create({ name: 'P' });
    await bench.standIn.runDue();
    expect(performance.now() - began).toBeGreaterThan(55);
  });

  test.each([
    ['unsigned', (all: Bench) => all.standIn.chaos.webhooks.unsigned({ times: 1 })],
    ['with another secret', (all: Bench) => all.standIn.chaos.webhooks.wrongSecret('whsec_rolled', { times: 1 })],
    [
      'with a signature of ten minutes ago',
      (all: Bench) => all.standIn.chaos.webhooks.shiftTimestamp(-600, { times: 1 }),
    ],
  ])('%s: the client refuses it, the next attempt is sound', async (_how, disturb) => {
    disturb(bench);
    await client.customers.create({});
    await bench.standIn.runDue();
    expect(bench.inbox.refused).toHaveLength(1);
    expect(bench.inbox.events).toEqual([]);
    await bench.advance('PT5M');
    expect(bench.inbox.types()).toEqual(['customer.created']);
  });

  test('of another version, of the wrong mode', async () => {
    bench.standIn.chaos.webhooks.apiVersion('2020-08-27', { times: 1 });
    await client.customers.create({});
    await bench.standIn.runDue();
    bench.standIn.chaos.webhooks.livemode(true, { times: 1 });
    await client.customers.create({});
    await bench.standIn.runDue();
    expect(bench.inbox.events.map(({ event }) => [event.api_version, event.livemode])).toEqual([
      ['2020-08-27', false],
      ['2026-10-28.endive', true],
    ]);
  });

  test('an old event sent once more', async () => {
    const { id } = await client.customers.create({ name: 'before' });
    await client.customers.update(id, { name: 'after' });
    await bench.standIn.runDue();
    const [old] = bench.inbox.of('customer.created');
    bench.clock.advance('P2D');
    expect(await bench.standIn.chaos.webhooks.replay(old?.id ?? '')).toEqual([200]);
    expect(bench.inbox.events.at(-1)?.event).toMatchObject({
      id: old?.id,
      created: old?.created,
      data: { object: { name: 'before' } },
    });
    expect(await bench.standIn.chaos.webhooks.replay(old?.id ?? '', { timestampShiftSeconds: -3600 })).toEqual([400]);
  });

  test('end when they are cleared', async () => {
    const clear = bench.standIn.chaos.webhooks.unsigned();
    bench.standIn.chaos.webhooks.drop({ match: (event) => event.type === 'product.created' });
    clear();
    await client.customers.create({});
    await bench.standIn.runDue();
    expect(bench.inbox.types()).toEqual(['customer.created']);
    bench.standIn.chaos.clear();
    await client.products.create({ name: 'P' });
    await bench.standIn.runDue();
    expect(bench.inbox.types()).toEqual(['customer.created', 'product.created']);
  });
});

test('the counts tell what was tried and what arrived', async () => {
  bench.inbox.answer = (event) => (event.type === 'product.created' ? 500 : 200);
  await client.customers.create({});
  await client.products.create({ name: 'P' });
  await bench.standIn.runDue();
  expect(bench.standIn.stats.webhooks).toMatchObject({ attempts: 2, delivered: 1 });
  expect(bench.standIn.stats.requests).toMatchObject({
    'POST /v1/customers': 1,
    'POST /v1/products': 1,
    'POST /v1/webhook_endpoints': 1,
  });
  bench.standIn.stats.reset();
  expect(bench.standIn.stats).toMatchObject({ requests: {}, webhooks: { attempts: 0 } });
});
