import type { Stripe } from 'stripe';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Bench, customerWithCard, daySeconds, monthlyPrice, startBench } from './testBench.ts';

let bench: Bench;
let client: Stripe;
beforeEach(async () => {
  bench = await startBench();
  client = bench.client;
});
afterEach(() => bench.close());

const frozen = Temporal.Instant.from('2027-06-30T12:00:00Z').epochMilliseconds / 1000;

async function ready(id: string): Promise<Stripe.TestHelpers.TestClock> {
  await vi.waitFor(async () => expect((await client.testHelpers.testClocks.retrieve(id)).status).toBe('ready'), {
    timeout: 20_000,
    interval: 5,
  });
  return client.testHelpers.testClocks.retrieve(id);
}

test('a customer on a clock lives in its time, which advances on its own', async () => {
  const price = await monthlyPrice(client);
  const clock = await client.testHelpers.testClocks.create({ frozen_time: frozen, name: 'story' });
  const customer = await customerWithCard(client, 'pm_card_visa', { test_clock: clock.id });
  expect(customer).toMatchObject({ created: frozen, test_clock: clock.id });
  const subscription = await client.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
    trial_period_days: 14,
  });
  expect(subscription).toMatchObject({ created: frozen, trial_end: frozen + 14 * daySeconds, test_clock: clock.id });

  const advancing = await client.testHelpers.testClocks.advance(clock.id, {
    frozen_time: frozen + 14 * daySeconds + 2 * 3600,
  });
  expect(advancing).toMatchObject({
    status: 'advancing',
    status_details: { advancing: { target_frozen_time: frozen + 14 * daySeconds + 2 * 3600 } },
  });
  expect((await ready(clock.id)).frozen_time).toBe(frozen + 14 * daySeconds + 2 * 3600);

  const active = await client.subscriptions.retrieve(subscription.id, { expand: ['latest_invoice'] });
  expect(active).toMatchObject({
    status: 'active',
    latest_invoice: { status: 'paid', created: frozen + 14 * daySeconds, test_clock: clock.id },
  });
  expect((active.latest_invoice as Stripe.Invoice).status_transitions.paid_at).toBe(frozen + 14 * daySeconds + 3600);
  await bench.standIn.runDue();
  expect(bench.inbox.types()).toEqual(
    expect.arrayContaining([
      'test_helpers.test_clock.created',
      'test_helpers.test_clock.advancing',
      'test_helpers.test_clock.ready',
      'customer.subscription.trial_will_end',
    ]),
  );
  expect(bench.inbox.of('invoice.paid').map((event) => event.created)).toEqual([
    frozen,
    frozen + 14 * daySeconds + 3600,
  ]);
});

test('business time leaves it alone, and it leaves business time alone', async () => {
  const price = await monthlyPrice(client);
  const clock = await client.testHelpers.testClocks.create({ frozen_time: frozen });
  const bound = await customerWithCard(client, 'pm_card_visa', { test_clock: clock.id });
  const on = await client.subscriptions.create({ customer: bound.id, items: [{ price: price.id }] });
  await bench.advance('P20D');
  expect((await client.subscriptions.retrieve(on.id)).items.data[0]?.current_period_start).toBe(frozen);
  expect((await client.customers.list()).data).toEqual([]);
  expect((await client.customers.list({ test_clock: clock.id })).data).toHaveLength(1);
  expect((await client.subscriptions.list({ test_clock: clock.id })).data).toHaveLength(1);
});

test('forward only, two intervals at a time, two years without subscriptions', async () => {
  const clock = await client.testHelpers.testClocks.create({ frozen_time: frozen });
  const to = (seconds: number): Promise<unknown> =>
    client.testHelpers.testClocks.advance(clock.id, { frozen_time: seconds });
  await expect(to(frozen)).rejects.toMatchObject({ param: 'frozen_time', statusCode: 400 });
  await expect(to(frozen + 800 * daySeconds)).rejects.toMatchObject({ param: 'frozen_time' });
  const customer = await customerWithCard(client, 'pm_card_visa', { test_clock: clock.id });
  await client.subscriptions.create({ customer: customer.id, items: [{ price: (await monthlyPrice(client)).id }] });
  await expect(to(frozen + 70 * daySeconds)).rejects.toMatchObject({ param: 'frozen_time' });
  await to(frozen + 60 * daySeconds);
  await ready(clock.id);
});

test('deleting it takes its customers along, and so does time', async () => {
  const clock = await client.testHelpers.testClocks.create({ frozen_time: frozen });
  const customer = await customerWithCard(client, 'pm_card_visa', { test_clock: clock.id });
  expect(await client.testHelpers.testClocks.del(clock.id)).toMatchObject({ deleted: true });
  expect(await client.customers.retrieve(customer.id)).toMatchObject({ deleted: true });
  await expect(client.testHelpers.testClocks.retrieve(clock.id)).rejects.toMatchObject({ statusCode: 404 });
  const kept = await client.testHelpers.testClocks.create({ frozen_time: frozen });
  await bench.advance('P30D');
  await expect(client.testHelpers.testClocks.retrieve(kept.id)).rejects.toMatchObject({ statusCode: 404 });
});
