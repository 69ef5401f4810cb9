import { testDatabases } from '@tillkeeper/sandbox/testing/database.ts';
import type Stripe from 'stripe';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { compareWithStripe } from './compareWithStripe.ts';
import { type BillingBench, type Shop, startBillingBench } from './testBench.ts';
import { deliveryOf, eventOf, processOnce, renamed } from './testDeliveries.ts';

const databases = await testDatabases();
let bench: BillingBench;

beforeAll(async () => {
  bench = await startBillingBench(databases, { webhooks: 'silent' });
});
afterEach(() => {
  bench.stripe.chaos.clear();
});
afterAll(() => bench.close());

const subscriptionReads = 'GET /v1/subscriptions';

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, at) => permutations(items.toSpliced(at, 1)).map((rest) => [item, ...rest]));
}

async function equalToStripe(shop: Shop): Promise<boolean | undefined> {
  return (await compareWithStripe(await bench.context(), [shop.organizationId]))[0]?.equal;
}

async function till<Row>(text: string, values: unknown[]): Promise<Row[]> {
  return (await databases.till.admin.query(text, values)).rows;
}

describe('an event only names whom to look at', () => {
  it('ends in the same state for every order of a story, worked off one by one', async () => {
    const shop = await bench.shop();
    await bench.api.subscriptions.update(shop.subscriptionId, { metadata: { note: 'changed' } });
    await bench.api.subscriptions.cancel(shop.subscriptionId);
    const events = await bench.eventsOf(shop);
    const types = [
      'customer.subscription.created',
      'customer.subscription.updated',
      'invoice.paid',
      'customer.subscription.deleted',
    ];
    const story = types.map((wanted) => events.find(({ type }) => type === wanted) as Stripe.Event);
    for (const order of permutations(story)) {
      for (const event of order) {
        expect(await bench.send(renamed(event))).toBe(200);
        await bench.settle();
      }
      expect(await bench.organization(shop)).toEqual({ plan: 'basic', status: 'canceled' });
    }
    expect(await equalToStripe(shop)).toBe(true);
  });

  it('gets two events of one second right in both orders', async () => {
    for (const reversed of [false, true]) {
      const shop = await bench.shop({ card: 'pm_card_chargeCustomerFail' });
      await bench.api.customers.update(shop.customerId, {});
      const created = await eventOf(bench, shop);
      expect(created.data.object).toMatchObject({ status: 'incomplete' });
      await repairCard(shop);
      const updated = (await bench.eventsOf(shop)).findLast(({ type }) => type === 'customer.subscription.updated');
      expect(updated?.data.object).toMatchObject({ status: 'active' });
      const pair = [created, updated].map((event) => renamed(event ?? {}, { created: created.created }));
      for (const event of reversed ? pair.toReversed() : pair) {
        await bench.send(event);
        await bench.settle();
      }
      expect(await bench.organization(shop)).toEqual({ plan: 'basic', status: 'active' });
    }
  });

  it('does not let the end of an old subscription wipe the new plan', async () => {
    const shop = await bench.shop();
    await bench.api.subscriptions.cancel(shop.subscriptionId);
    const ended = await eventOf(bench, shop, 'customer.subscription.deleted');
    await bench.api.subscriptions.create({ customer: shop.customerId, items: [{ price: bench.prices.pro }] });
    await bench.send(renamed(ended));
    await bench.settle();
    expect(await bench.organization(shop)).toEqual({ plan: 'pro', status: 'active' });
    expect(await equalToStripe(shop)).toBe(true);
  });

  it('works on an old event after newer ones without going back', async () => {
    const shop = await bench.shop();
    const old = await eventOf(bench, shop);
    await bench.api.subscriptions.cancel(shop.subscriptionId);
    await bench.send(renamed(await eventOf(bench, shop, 'customer.subscription.deleted')));
    await bench.settle();
    await bench.send(renamed(old));
    await bench.settle();
    expect(await bench.organization(shop)).toEqual({ plan: 'basic', status: 'canceled' });
  });
});

async function repairCard(shop: Shop): Promise<void> {
  const card = await bench.api.paymentMethods.attach('pm_card_visa', { customer: shop.customerId });
  await bench.api.customers.update(shop.customerId, { invoice_settings: { default_payment_method: card.id } });
  const { data } = await bench.api.invoices.list({ customer: shop.customerId, status: 'open' });
  for (const invoice of data) await bench.api.invoices.pay(invoice.id);
}

describe('one event, one effect', () => {
  it('applies 50 copies that arrive at once a single time', async () => {
    const shop = await bench.shop();
    const event = renamed(await eventOf(bench, shop));
    expect(new Set(await Promise.all(Array.from({ length: 50 }, () => bench.send(event))))).toEqual(new Set([200]));
    await bench.settle();
    await bench.send(event);
    await bench.settle();
    expect(await deliveryOf(bench, event.id)).toMatchObject({ state: 'applied', copies: 51, attempts: 1 });
    expect(await till('select * from subscription_events where stripe_event_id = $1', [event.id])).toHaveLength(1);
    expect(await till('select * from ops.effects where occurrence_key = $1', [`stripe:${event.id}`])).toHaveLength(1);
    const { rows } = await databases.keeper.admin.query('select * from effects where occurrence_key = $1', [
      `stripe:${event.id}`,
    ]);
    expect(rows).toHaveLength(1);
  });

  it('reads an organization once for all its events of a batch', async () => {
    const shop = await bench.shop();
    const event = await eventOf(bench, shop);
    const ids = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const copy = renamed(event);
        await bench.send(copy);
        return copy.id;
      }),
    );
    const before = bench.calls(subscriptionReads);
    await processOnce(bench);
    expect(bench.calls(subscriptionReads) - before).toBe(1);
    expect(await till('select * from subscription_events where stripe_event_id = any ($1)', [ids])).toHaveLength(10);
  });

  it('shares the work of several workers without doing any of it twice', async () => {
    const shops = [await bench.shop(), await bench.shop(), await bench.shop()];
    const events = await Promise.all(shops.map((shop) => eventOf(bench, shop)));
    const ids: string[] = [];
    for (let round = 0; round < 20; round += 1) {
      for (const event of events) {
        const copy = renamed(event);
        ids.push(copy.id);
        await bench.send(copy);
      }
    }
    const work = async (holder: string) => {
      for (let idle = 0; idle < 3; ) {
        const { claimed } = await processOnce(bench, 4, holder);
        idle = claimed === 0 ? idle + 1 : 0;
      }
    };
    await Promise.all(['a', 'b', 'c', 'd'].map(work));
    await bench.endWaits();
    await bench.settle();
    const states = (await bench.deliveries()).filter(({ id }) => ids.includes(id));
    expect(states.every(({ state }) => state === 'applied')).toBe(true);
    expect(await till('select * from subscription_events where stripe_event_id = any ($1)', [ids])).toHaveLength(60);
    for (const shop of shops) expect(await equalToStripe(shop)).toBe(true);
  });
});

describe('what is not ours to apply', () => {
  it.each([
    ['an unknown type', { type: 'balance.available' }, 'ignored', 'nothing depends on this type'],
    [
      'a type of next year',
      { type: 'customer.subscription_of_next_year.made' },
      'ignored',
      'nothing depends on this type',
    ],
    ['a connected account', { account: 'acct_1' }, 'quarantined', 'belongs to the connected account acct_1'],
    ['the other mode', { livemode: true }, 'quarantined', 'livemode is true, ours is false'],
    ['another API version', { api_version: '2020-08-27' }, 'quarantined', 'API version 2020-08-27'],
    ['no API version', { api_version: null }, 'quarantined', 'API version unknown'],
    [
      'nobody',
      { data: { object: { id: 'in_1', object: 'invoice', customer: null } } },
      'ignored',
      'it names no customer',
    ],
    [
      'a customer of nobody here',
      { data: { object: { id: 'cus_x', object: 'customer' } } },
      'ignored',
      'no organization has this customer',
    ],
  ])('keeps an event of %s, answers 200 and reads nothing', async (_what, more, state, reason) => {
    const shop = await bench.shop();
    const event = renamed(await eventOf(bench, shop), more);
    const before = bench.calls(subscriptionReads);
    expect(await bench.send(event)).toBe(200);
    await bench.settle();
    const delivery = await deliveryOf(bench, event.id);
    expect(delivery?.state).toBe(state);
    expect(delivery?.reason).toContain(reason);
    expect(bench.calls(subscriptionReads)).toBe(before);
    expect(await bench.organization(shop)).toEqual({ plan: 'free', status: 'active' });
  });

  it('applies an event that came in another version first, as soon as it comes in ours', async () => {
    const shop = await bench.shop();
    const event = renamed(await eventOf(bench, shop));
    await bench.send({ ...event, api_version: '2020-08-27' });
    await bench.settle();
    await bench.send(event);
    await bench.settle();
    expect(await deliveryOf(bench, event.id)).toMatchObject({ state: 'applied', copies: 2 });
    expect(await bench.organization(shop)).toEqual({ plan: 'basic', status: 'active' });
    await bench.send({ ...event, api_version: '2020-08-27' });
    await bench.settle();
    expect(await deliveryOf(bench, event.id)).toMatchObject({ state: 'applied', copies: 3 });
  });
});
