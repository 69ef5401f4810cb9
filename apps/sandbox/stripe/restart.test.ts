import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { Stripe } from 'stripe';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type StripeStandIn, startStripe } from './startStripe.ts';
import {
  clientOf,
  customerWithCard,
  monthlyPrice,
  movableClock,
  secretKey,
  startBench,
  startInbox,
} from './testBench.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tillkeeper-stripe-'));
  file = join(folder, 'stripe.sqlite');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a second start goes on: objects, keys, secrets, due work and webhooks that nobody took', async () => {
  const clock = movableClock();
  const first = await startBench({ file, clock });
  const price = await monthlyPrice(first.client);
  const customer = await customerWithCard(first.client);
  const subscription = await first.client.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] });
  await first.client.customers.create({ name: 'keyed' }, { idempotencyKey: 'k' });
  const account = await first.client.accounts.retrieveCurrent();
  await first.standIn.runDue();
  first.inbox.answer = () => 503;
  await first.client.customers.update(customer.id, { name: 'told later' });
  await first.standIn.runDue();
  const due = first.standIn.nextDueAt();
  await first.standIn.close();

  const second = await startStripe({ file, port: 0, secretKey, clock });
  const client = clientOf(second);
  expect(second.nextDueAt()?.toString()).toBe(due?.toString());
  expect((await client.accounts.retrieveCurrent()).id).toBe(account.id);
  expect(
    (await client.customers.create({ name: 'keyed' }, { idempotencyKey: 'k' })).lastResponse.headers[
      'idempotent-replayed'
    ],
  ).toBe('true');
  first.inbox.answer = () => 200;
  first.inbox.events.length = 0;
  clock.advance('P1M');
  await second.runDue();
  clock.advance('PT1H');
  await second.runDue();
  expect(first.inbox.events[0]?.event).toMatchObject({
    type: 'customer.updated',
    data: { object: { name: 'told later' } },
  });
  expect((await client.invoices.list({ subscription: subscription.id, status: 'paid' })).data).toHaveLength(2);
  await second.close();
  await first.inbox.close();
});

test('the hours of a stop do not use up the three days that a webhook is tried', async () => {
  const clock = movableClock();
  const first = await startBench({ file, clock });
  first.inbox.answer = () => 503;
  await first.client.customers.create({});
  await first.standIn.runDue();
  await first.standIn.close();
  clock.advance('P10D');
  const second = await startStripe({ file, port: 0, secretKey, clock, paused: true });
  expect(second.nextDueAt()?.toString()).toBe(clock.now().toString());
  await second.runDue();
  clock.advance('P1D');
  first.inbox.answer = () => 200;
  first.inbox.events.length = 0;
  await second.runDue();
  expect(first.inbox.types()).toEqual(['customer.created']);
  await second.close();
  await first.inbox.close();
});

test('what nobody can read any more is forgotten at the next start, what nobody was told of is not', async () => {
  const clock = movableClock();
  const first = await startBench({ file, clock });
  await first.client.customers.create({ name: 'told' });
  await first.standIn.runDue();
  first.inbox.answer = () => 503;
  await first.client.customers.create({ name: 'untold' });
  await first.standIn.runDue();
  await first.standIn.close();
  clock.advance('P31D');
  await (await startStripe({ file, port: 0, secretKey, clock, paused: true })).close();
  const db = new DatabaseSync(file);
  const left = db.prepare(`select json_extract(data, '$.object.name') as name from events`).all();
  expect(left.map((row) => row.name)).toEqual(['untold']);
  db.close();
  await first.inbox.close();
});

test('a taken port leaves nothing open', async () => {
  const clock = movableClock();
  const first = await startStripe({ file, port: 0, secretKey, clock });
  await expect(
    startStripe({ file: join(folder, 'other.sqlite'), port: Number(new URL(first.url).port), secretKey, clock }),
  ).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await first.close();
});

const child = `
import { startStripe } from ${JSON.stringify(fileURLToPath(new URL('./startStripe.ts', import.meta.url)))};
const clock = { now: () => Temporal.Instant.from('2026-01-31T10:00:00Z') };
const standIn = await startStripe({ file: process.argv[1], port: 0, secretKey: ${JSON.stringify(secretKey)}, clock });
console.log(standIn.url);
`;

test('killed in full flight, every answered call is there, and every object with its events', async () => {
  const running = spawn(process.execPath, ['--input-type=module', '-e', child, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [url] = (await once(createInterface({ input: running.stdout }), 'line')) as [string];
  const client = clientOf({ url, secretKey } as StripeStandIn);
  await client.webhookEndpoints.create({ url: 'http://127.0.0.1:9/', enabled_events: ['*'] });
  const price = await monthlyPrice(client);
  const answered: string[] = [];
  const ended = once(running, 'exit');
  const work = async (): Promise<void> => {
    for (;;) {
      const customer = await customerWithCard(client);
      const subscription = await client.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] });
      answered.push(subscription.id);
      if (answered.length === 20) running.kill('SIGKILL');
    }
  };
  const outcomes = await Promise.allSettled([work(), work(), work(), work()]);
  expect(
    outcomes.every((each) => each.status === 'rejected' && each.reason instanceof Stripe.errors.StripeConnectionError),
  ).toBe(true);
  await ended;

  const db = new DatabaseSync(file);
  const rows = db.prepare(`select id, status, body from objects where kind = 'subscription'`).all();
  expect(rows.length).toBeGreaterThanOrEqual(20);
  const stored = new Set(rows.map((row) => row.id));
  expect(answered.filter((id) => !stored.has(id))).toEqual([]);
  expect(new Set(rows.map((row) => row.status))).toEqual(new Set(['active']));
  for (const [kind, type] of [
    ['subscription', 'customer.subscription.created'],
    ['invoice', 'invoice.paid'],
    ['charge', 'charge.succeeded'],
  ]) {
    const untold = db
      .prepare('select id from objects where kind = ? and id not in (select object from events where type = ?)')
      .all(kind ?? '', type ?? '');
    expect(untold).toEqual([]);
  }
  const undelivered = db
    .prepare('select count(*) as n from events where id not in (select event from deliveries) and seq > 3')
    .get();
  expect(undelivered?.n).toBe(0);
  db.close();

  const again = await startStripe({ file, port: 0, secretKey, clock: movableClock(), paused: true });
  expect((await clientOf(again).subscriptions.list({ limit: 100 })).data).toHaveLength(Math.min(100, rows.length));
  await again.close();
});

test('as the clock flows, due work is done without anybody asking', async () => {
  const clock = movableClock();
  const bench = await startBench({ file, clock });
  const price = await monthlyPrice(bench.client);
  const customer = await customerWithCard(bench.client);
  const { id } = await bench.client.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
    trial_period_days: 2,
  });
  clock.advance('P2D');
  await vi.waitFor(async () => expect((await bench.client.subscriptions.retrieve(id)).status).toBe('active'), {
    timeout: 20_000,
    interval: 20,
  });
  await vi.waitFor(() => expect(bench.standIn.quiet()).toBe(true), { timeout: 20_000, interval: 20 });
  bench.standIn.pause();
  clock.advance('P1M');
  expect(bench.standIn.quiet()).toBe(false);
  bench.standIn.resume();
  await vi.waitFor(() => expect(bench.standIn.quiet()).toBe(true), { timeout: 20_000, interval: 20 });
  expect((await bench.client.invoices.list({ subscription: id })).data).toHaveLength(3);
  await bench.close();
});

test('events can also come to an endpoint that is registered later, through the list', async () => {
  const bench = await startBench({ file, events: false });
  await bench.client.customers.create({ name: 'early' });
  const inbox = await startInbox(bench.client);
  inbox.secret = (await bench.client.webhookEndpoints.create({ url: inbox.url, enabled_events: ['*'] })).secret ?? '';
  await bench.client.customers.create({ name: 'late' });
  await bench.standIn.runDue();
  expect(inbox.of('customer.created').map((event) => event.data.object.name)).toEqual(['late']);
  expect((await bench.client.events.list({ type: 'customer.created' })).data).toHaveLength(2);
  await bench.close();
  await inbox.close();
});
