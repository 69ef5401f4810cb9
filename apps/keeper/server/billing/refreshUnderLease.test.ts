import { testDatabases } from '@tillkeeper/sandbox/testing/database.ts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { applySubscriptions } from './applySubscriptions.ts';
import { compareWithStripe } from './compareWithStripe.ts';
import { fetchSubscriptions } from './fetchSubscriptions.ts';
import { refreshOrganizations } from './refreshOrganizations.ts';
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

async function equalToStripe(shop: Shop): Promise<boolean | undefined> {
  return (await compareWithStripe(await bench.context(), [shop.organizationId]))[0]?.equal;
}

async function till<Row>(text: string, values: unknown[]): Promise<Row[]> {
  return (await databases.till.admin.query(text, values)).rows;
}

describe('failures', () => {
  it('waits longer after each failure of Stripe, gives up after 12 with the reason, and counts them', async () => {
    const shop = await bench.shop();
    const event = renamed(await eventOf(bench, shop));
    await bench.send(event);
    bench.stripe.chaos.apiFault({ status: 500, match: ({ path }) => path === '/v1/subscriptions' });
    const attempts = [1, 4, 11, 12];
    for (const attempt of attempts) {
      await databases.keeper.admin.query('update stripe_deliveries set attempts = $2 where stripe_event_id = $1', [
        event.id,
        attempt - 1,
      ]);
      await processOnce(bench);
      const { rows } = await databases.keeper.admin.query<{ state: string; pause: string }>(
        'select state, extract(epoch from retry_at - clock_timestamp()) as pause from stripe_deliveries where stripe_event_id = $1',
        [event.id],
      );
      const doubled = Math.min(2 ** attempt, 1_800);
      expect(rows[0]?.state).toBe(attempt < 12 ? 'received' : 'dead');
      expect(Number(rows[0]?.pause)).toBeGreaterThan(doubled * 0.7);
      expect(Number(rows[0]?.pause)).toBeLessThan(doubled * 1.3);
      await bench.endWaits();
    }
    expect(await deliveryOf(bench, event.id)).toMatchObject({ state: 'dead', attempts: 12 });
    expect((await deliveryOf(bench, event.id))?.reason).toContain(
      'gave up after 12 attempts: Stripe failed at subscriptions.list: 500',
    );
    const { rows } = await databases.keeper.admin.query(
      'select status, operation from stripe_failures where organization_id = $1',
      [shop.organizationId],
    );
    expect(rows).toHaveLength(attempts.length);
    expect(rows[0]).toEqual({ status: 500, operation: 'subscriptions.list' });
  });

  it('answers a delivery that was put off as soon as anybody refetches its organization', async () => {
    const shop = await bench.shop();
    const event = renamed(await eventOf(bench, shop));
    await bench.send(event);
    bench.stripe.chaos.apiFault({ status: 500, match: ({ path }) => path === '/v1/subscriptions' });
    await processOnce(bench);
    expect(await deliveryOf(bench, event.id)).toMatchObject({ state: 'received', attempts: 1 });
    bench.stripe.chaos.clear();
    expect((await processOnce(bench)).claimed).toBe(0);
    const outcomes = await refreshOrganizations(await bench.context(), {
      organizationIds: [shop.organizationId],
      cause: { kind: 'reconcile' },
      priority: 'high',
    });
    expect(outcomes).toEqual([{ organizationId: shop.organizationId, outcome: 'applied' }]);
    expect(await deliveryOf(bench, event.id)).toMatchObject({ state: 'applied' });
    expect(await till('select * from subscription_events where stripe_event_id = $1', [event.id])).toHaveLength(1);
  });

  it('goes on with the others when Stripe does not know one customer', async () => {
    const [lost, fine] = [await bench.shop(), await bench.shop()];
    const events = [renamed(await eventOf(bench, lost)), renamed(await eventOf(bench, fine))];
    const away = JSON.parse(JSON.stringify(events[0]).replaceAll(lost.customerId, 'cus_elsewhere'));
    await databases.till.admin.query('update stripe_customers set stripe_customer_id = $1 where organization_id = $2', [
      'cus_elsewhere',
      lost.organizationId,
    ]);
    await bench.send(away);
    await bench.send(events[1] ?? {});
    await processOnce(bench);
    expect(await deliveryOf(bench, away.id)).toMatchObject({ state: 'received', attempts: 1 });
    expect(await deliveryOf(bench, events[1]?.id ?? '')).toMatchObject({ state: 'applied' });
    await databases.till.admin.query('delete from stripe_customers where organization_id = $1', [lost.organizationId]);
    await bench.endWaits();
    await bench.settle();
  });

  it('goes on with the others when the database refuses one organization of the batch', async () => {
    const shops = [await bench.shop(), await bench.shop(), await bench.shop()];
    const bad = shops[1] as Shop;
    const events = await Promise.all(shops.map(async (shop) => renamed(await eventOf(bench, shop))));
    await databases.till.admin.query(
      `alter table organization_subscriptions add constraint refuse check (organization_id <> '${bad.organizationId}')`,
    );
    for (const event of events) await bench.send(event);
    await processOnce(bench);
    await databases.till.admin.query('alter table organization_subscriptions drop constraint refuse');
    expect(await Promise.all(events.map(async ({ id }) => (await deliveryOf(bench, id))?.state))).toEqual([
      'applied',
      'received',
      'applied',
    ]);
    await bench.endWaits();
    await bench.settle();
    expect(await bench.organization(bad)).toEqual({ plan: 'basic', status: 'active' });
  });

  it('counts nothing against a delivery while the operated database is away', async () => {
    const shop = await bench.shop();
    const event = renamed(await eventOf(bench, shop));
    await bench.send(event);
    await databases.till.admin.query(
      `revoke execute on function ops.apply_subscriptions(jsonb, jsonb) from keeper_ops`,
    );
    await databases.till.admin.query(
      `alter function ops.apply_subscriptions(jsonb, jsonb) rename to apply_subscriptions_away`,
    );
    await databases.till.admin.query(
      `create function ops.apply_subscriptions(input jsonb, actor jsonb) returns table (organization_id uuid, outcome text, stored_sequence bigint)
         language plpgsql as $$ begin raise exception 'shutting down' using errcode = '57P01'; end $$`,
    );
    await expect(processOnce(bench)).rejects.toThrow('shutting down');
    expect(await deliveryOf(bench, event.id)).toMatchObject({ state: 'received', attempts: 0 });
    await databases.till.admin.query('drop function ops.apply_subscriptions(jsonb, jsonb)');
    await databases.till.admin.query(
      'alter function ops.apply_subscriptions_away(jsonb, jsonb) rename to apply_subscriptions',
    );
    await databases.till.admin.query('grant execute on function ops.apply_subscriptions(jsonb, jsonb) to keeper_ops');
    const { rows } = await databases.keeper.admin.query(
      'select held_until from organization_leases where organization_id = $1',
      [shop.organizationId],
    );
    expect(rows).toEqual([{ held_until: null }]);
    await bench.endWaits();
    await bench.settle();
    expect(await deliveryOf(bench, event.id)).toMatchObject({ state: 'applied' });
  });

  it('gives up on a delivery that no worker survived, instead of killing workers for ever', async () => {
    const shop = await bench.shop();
    const event = renamed(await eventOf(bench, shop));
    await bench.send(event);
    await databases.keeper.admin.query('update stripe_deliveries set attempts = 12 where stripe_event_id = $1', [
      event.id,
    ]);
    await processOnce(bench);
    expect(await deliveryOf(bench, event.id)).toMatchObject({ state: 'dead' });
  });
});

describe('lease and fencing', () => {
  it('leaves deliveries of an organization that somebody else refetches for the next pass, uncounted', async () => {
    const shop = await bench.shop();
    const event = renamed(await eventOf(bench, shop));
    await bench.send(event);
    await databases.keeper.admin.query(
      `insert into organization_leases (organization_id, fencing, holder, held_until) values ($1, 1, 'other', clock_timestamp() + interval '1 minute')`,
      [shop.organizationId],
    );
    await processOnce(bench);
    expect(await deliveryOf(bench, event.id)).toMatchObject({ state: 'received', attempts: 0 });
    expect(await bench.organization(shop)).toEqual({ plan: 'free', status: 'active' });
    await bench.endWaits();
    await bench.settle();
    expect(await deliveryOf(bench, event.id)).toMatchObject({ state: 'applied', attempts: 1 });
  });

  it('takes over from a worker that is gone, with a higher counter', async () => {
    const shop = await bench.shop();
    await bench.send(renamed(await eventOf(bench, shop)));
    await databases.keeper.admin.query(
      `insert into organization_leases (organization_id, fencing, holder, held_until) values ($1, 7, 'gone', clock_timestamp() - interval '1 second')`,
      [shop.organizationId],
    );
    await processOnce(bench);
    const rows = await till<{ fetched_sequence: string }>(
      'select fetched_sequence from organization_subscriptions where organization_id = $1',
      [shop.organizationId],
    );
    expect(rows.map((row) => Number(row.fetched_sequence))).toEqual([8]);
  });

  it('refuses the late write of a worker whose lease was taken over, and its events with it', async () => {
    const shop = await bench.shop();
    const ctx = await bench.context();
    const early = await fetchSubscriptions(bench.deps.stripe, shop.organizationId, shop.customerId, 'high');
    await bench.api.subscriptions.cancel(shop.subscriptionId);
    const late = await fetchSubscriptions(bench.deps.stripe, shop.organizationId, shop.customerId, 'high');
    const { organizationId } = shop;
    const event = {
      id: 'evt_of_the_late_worker',
      type: 'invoice.paid',
      subscriptionId: null,
      createdAt: '2026-01-01T00:00:00Z',
      objectId: null,
    };
    await applySubscriptions(ctx, [{ organizationId, sequence: 2, subscriptions: late, events: [], cause: {} }]);
    const result = await applySubscriptions(ctx, [
      { organizationId, sequence: 1, subscriptions: early, events: [event], cause: {} },
    ]);
    expect(result.get(organizationId)).toEqual({ outcome: 'refused', storedSequence: 2 });
    expect(await bench.organization(shop)).toMatchObject({ status: 'canceled' });
    expect(await till('select * from subscription_events where stripe_event_id = $1', [event.id])).toHaveLength(0);
  });

  it('passes a counter that the operated database holds already, as after a restore of the keeper database', async () => {
    const shop = await bench.shop();
    await bench.send(renamed(await eventOf(bench, shop)));
    await bench.settle();
    await databases.till.admin.query('update ops.fetches set sequence = 500 where organization_id = $1', [
      shop.organizationId,
    ]);
    await bench.api.subscriptions.cancel(shop.subscriptionId);
    const event = renamed(await eventOf(bench, shop, 'customer.subscription.deleted'));
    await bench.send(event);
    await processOnce(bench);
    await bench.endWaits();
    await bench.settle();
    expect(await bench.organization(shop)).toMatchObject({ status: 'canceled' });
    expect(await deliveryOf(bench, event.id)).toMatchObject({ state: 'applied' });
  });
});

describe('what Stripe lists is what we have', () => {
  it('keeps a subscription that vanished at Stripe, as canceled', async () => {
    const shop = await bench.shop();
    await databases.till.admin.query(
      `insert into organization_subscriptions (organization_id, stripe_subscription_id, plan, status, started_at, fetched_sequence)
       values ($1, 'sub_vanished', 'pro', 'active', ops.now(), 0)`,
      [shop.organizationId],
    );
    expect(await bench.organization(shop)).toMatchObject({ plan: 'pro' });
    await bench.send(renamed(await eventOf(bench, shop)));
    await bench.settle();
    expect(await bench.organization(shop)).toEqual({ plan: 'basic', status: 'active' });
    const rows = await till<{ status: string; ended: boolean }>(
      `select status, ended_at is not null as ended from organization_subscriptions where organization_id = $1 and stripe_subscription_id = 'sub_vanished'`,
      [shop.organizationId],
    );
    expect(rows).toEqual([{ status: 'canceled', ended: true }]);
  });

  it('ends everything of a customer that was deleted at Stripe, and keeps the rows', async () => {
    const shop = await bench.shop();
    await bench.send(renamed(await eventOf(bench, shop)));
    await bench.settle();
    await bench.api.customers.del(shop.customerId);
    await bench.send(renamed(await eventOf(bench, shop, 'customer.deleted')));
    await bench.settle();
    expect(await bench.organization(shop)).toMatchObject({ status: 'canceled' });
    expect(
      await till('select * from organization_subscriptions where organization_id = $1', [shop.organizationId]),
    ).toHaveLength(1);
  });

  it('keeps the plan of an organization whose price maps to none, and tells it once', async () => {
    const shop = await bench.shop();
    await bench.send(renamed(await eventOf(bench, shop)));
    await bench.settle();
    const product = await bench.api.products.create({ name: 'Unheard of' });
    const price = await bench.api.prices.create({
      product: product.id,
      currency: 'usd',
      unit_amount: 1_900,
      recurring: { interval: 'month' },
    });
    const { items } = await bench.api.subscriptions.retrieve(shop.subscriptionId);
    await bench.api.subscriptions.update(shop.subscriptionId, {
      items: [{ id: items.data[0]?.id ?? '', price: price.id }],
    });
    for (let round = 0; round < 2; round += 1) {
      await bench.send(renamed(await eventOf(bench, shop)));
      await bench.settle();
    }
    expect(await bench.organization(shop)).toEqual({ plan: 'basic', status: 'active' });
    expect(
      await till(`select plan, stripe_price_id from organization_subscriptions where organization_id = $1`, [
        shop.organizationId,
      ]),
    ).toEqual([{ plan: null, stripe_price_id: price.id }]);
    const effects = await till(
      `select payload from ops.effects where organization_id = $1 and kind = 'subscription.price_unmapped'`,
      [shop.organizationId],
    );
    expect(effects).toEqual([{ payload: { subscriptionId: shop.subscriptionId, priceId: price.id } }]);
  });

  it('reads a customer with more subscriptions than a page to the end', async () => {
    const shop = await bench.shop();
    for (let more = 0; more < 105; more += 1) {
      const { id } = await bench.api.subscriptions.create({
        customer: shop.customerId,
        items: [{ price: bench.prices.basic }],
      });
      if (more < 104) await bench.api.subscriptions.cancel(id);
    }
    await bench.send(renamed(await eventOf(bench, shop)));
    await bench.settle();
    expect(
      await till('select 1 from organization_subscriptions where organization_id = $1', [shop.organizationId]),
    ).toHaveLength(106);
    expect(await equalToStripe(shop)).toBe(true);
  });
});
