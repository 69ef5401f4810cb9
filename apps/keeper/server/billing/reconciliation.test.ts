import { createServer } from '@tillkeeper/platform/http';
import { testDatabases } from '@tillkeeper/sandbox/testing/database.ts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { KeeperServer } from '../server.ts';
import { compareWithStripe } from './compareWithStripe.ts';
import { fillGaps, gapFillCursor } from './gapFill.ts';
import { reconcile } from './reconcile.ts';
import { billingRoutes } from './routes.ts';
import { type BillingBench, type Shop, startBillingBench } from './testBench.ts';

const databases = await testDatabases();
let bench: BillingBench;
let server: Awaited<ReturnType<typeof createServer>>;

beforeAll(async () => {
  bench = await startBillingBench(databases);
  server = await createServer({ name: 'keeper', log: bench.deps.log, readiness: {} });
  server.decorate('contextOf', () => bench.context({ kind: 'operator', id: 'op', name: 'Ana' }));
  await server.register(async (api) => billingRoutes(api as KeeperServer), { prefix: '/api/v1' });
});
afterEach(() => bench.stripe.chaos.clear());
afterAll(async () => {
  await server.close();
  await bench.close();
});

async function settledShop(): Promise<Shop> {
  const shop = await bench.shop();
  await bench.settle();
  return shop;
}

async function differing(shop: Shop): Promise<Record<string, (string | null)[]>> {
  const [comparison] = await compareWithStripe(await bench.context(), [shop.organizationId]);
  const fields = comparison?.fields.filter((field) => field.differs) ?? [];
  return Object.fromEntries(fields.map((one) => [one.field, [one.stripe, one.subscriptionRow, one.organizationRow]]));
}

async function call(method: 'GET' | 'POST', url: string, payload?: object) {
  const answer = await server.inject({ method, url: `/api/v1${url}`, ...(payload === undefined ? {} : { payload }) });
  return { status: answer.statusCode, body: answer.json() };
}

describe('the compare with Stripe', () => {
  it('SYNC-3: finds every kind of drift, field by field, and none where there is none', async () => {
    const shop = await settledShop();
    expect(await differing(shop)).toEqual({});
    const { organizationId } = shop;
    const tamper = async (text: string) =>
      databases.till.admin.query(
        `alter table organization_subscriptions disable trigger user; ${text.replace('$1', `'${organizationId}'`)}; alter table organization_subscriptions enable trigger user`,
      );

    await tamper(`update organizations set subscription_plan = 'enterprise' where id = $1`);
    expect(await differing(shop)).toEqual({ plan: ['basic', 'basic', 'enterprise'] });
    await tamper(
      `update organizations set subscription_plan = 'basic', subscription_status = 'canceled' where id = $1`,
    );
    expect(await differing(shop)).toEqual({ status: ['active', 'active', 'canceled'] });
    await tamper(`update organizations set subscription_status = 'active' where id = $1`);

    await tamper(`update organization_subscriptions set plan = 'pro' where organization_id = $1`);
    expect(await differing(shop)).toEqual({ plan: ['basic', 'pro', 'basic'] });
    await tamper(`update organization_subscriptions set plan = 'basic', quantity = 3 where organization_id = $1`);
    expect(await differing(shop)).toEqual({ quantity: ['1', '3', null] });
    await tamper(
      `update organization_subscriptions set quantity = 1, current_period_end = '2020-01-01T00:00:00Z' where organization_id = $1`,
    );
    expect(Object.keys(await differing(shop))).toEqual(['currentPeriodEnd']);
    await reconcile(await bench.context(), { organizationId });

    // Of two that are live the later one counts; Stripe's times are whole seconds.
    await bench.advance('PT2S');
    await bench.api.subscriptions.create({ customer: shop.customerId, items: [{ price: bench.prices.pro }] });
    expect(Object.keys(await differing(shop))).toEqual(
      expect.arrayContaining(['plan', 'subscription', 'price', 'subscriptions']),
    );
    await bench.settle();
    expect(await differing(shop)).toEqual({});
  });

  it('does not take a customer that Stripe does not know for one without subscriptions', async () => {
    const shop = await settledShop();
    await databases.till.admin.query(
      `update stripe_customers set stripe_customer_id = 'cus_of_another_account' where organization_id = $1`,
      [shop.organizationId],
    );
    expect(await differing(shop)).toEqual({ customer: [null, 'cus_of_another_account', null] });
    const result = await reconcile(await bench.context(), { organizationId: shop.organizationId });
    expect(result).toMatchObject({ compared: 1, refreshed: 0 });
    expect(await bench.organization(shop)).toEqual({ plan: 'basic', status: 'active' });
    await databases.till.admin.query('delete from stripe_customers where organization_id = $1', [shop.organizationId]);
  });

  it('throws when Stripe cannot be read: not known is not equal', async () => {
    const shop = await settledShop();
    bench.stripe.chaos.apiFault({ status: 500 });
    await expect(compareWithStripe(await bench.context(), [shop.organizationId])).rejects.toMatchObject({
      code: 'upstream_failed',
    });
  });
});

describe('POST /api/v1/billing/reconcile', () => {
  it('SYNC-3: compares all, refetches only what differs, and says what it healed', async () => {
    const shops = [await settledShop(), await settledShop()] as const;
    bench.stripe.chaos.webhooks.drop();
    await bench.api.subscriptions.cancel(shops[1].subscriptionId);
    await bench.settle();
    expect(await bench.organization(shops[1])).toEqual({ plan: 'basic', status: 'active' });
    const { status, body } = await call('POST', '/billing/reconcile', {});
    expect(status).toBe(200);
    expect(body).toMatchObject({ refreshed: 1, stopped: false });
    expect(body.compared).toBeGreaterThanOrEqual(2);
    expect(body.drifted).toHaveLength(1);
    expect(body.drifted[0]).toMatchObject({ organizationId: shops[1].organizationId, healed: true });
    expect(body.drifted[0].fields).toContainEqual({
      field: 'status',
      label: 'Status',
      stripe: 'canceled',
      subscriptionRow: 'active',
      organizationRow: 'active',
      differs: true,
    });
    expect(await bench.organization(shops[1])).toEqual({ plan: 'basic', status: 'canceled' });
    expect((await call('POST', '/billing/reconcile', {})).body).toMatchObject({ drifted: [], refreshed: 0 });
  });

  it('SYNC-3: says that it did not heal what the sync trigger no longer carries over', async () => {
    const shop = await settledShop();
    await databases.till.admin.query('alter table organization_subscriptions disable trigger sync_subscription');
    await bench.api.subscriptions.cancel(shop.subscriptionId);
    await bench.settle();
    const { body } = await call('POST', '/billing/reconcile', { organizationId: shop.organizationId });
    await databases.till.admin.query('alter table organization_subscriptions enable trigger sync_subscription');
    expect(body).toMatchObject({
      compared: 1,
      refreshed: 1,
      drifted: [{ organizationId: shop.organizationId, healed: false }],
    });
    expect(
      (await call('POST', '/billing/reconcile', { organizationId: shop.organizationId })).body.drifted[0],
    ).toMatchObject({ healed: true });
  });

  it('stops before it repairs when so much differs that the key or the mirror must be wrong', async () => {
    const shops = await Promise.all(Array.from({ length: 24 }, () => bench.shop()));
    await bench.settle();
    bench.stripe.chaos.webhooks.drop();
    for (const shop of shops) await bench.api.subscriptions.cancel(shop.subscriptionId);
    await bench.settle();
    const result = await reconcile(await bench.context(), {});
    expect(result).toMatchObject({ stopped: true, refreshed: 0 });
    expect(result.drifted).toHaveLength(24);
    for (const shop of shops) expect(await bench.organization(shop)).toEqual({ plan: 'basic', status: 'active' });
    bench.stripe.chaos.clear();
    for (const shop of shops) await reconcile(await bench.context(), { organizationId: shop.organizationId });
  });

  it('refuses an unknown organization and an unknown field', async () => {
    expect(
      (await call('POST', '/billing/reconcile', { organizationId: '00000000-0000-7000-8000-000000000000' })).status,
    ).toBe(404);
    expect((await call('POST', '/billing/reconcile', { organisation: 'x' })).status).toBe(400);
  });
});

describe('filling gaps', () => {
  it('adds what was never delivered, over all pages, and it is applied like any other', async () => {
    const shop = await settledShop();
    // Stripe's times are whole seconds; what other shops lost shall lie before.
    await bench.advance('PT2S');
    const since = (await bench.context()).clock.now();
    bench.stripe.chaos.webhooks.drop();
    for (let change = 0; change < 120; change += 1)
      await bench.api.customers.update(shop.customerId, { description: `change ${change}` });
    await bench.api.subscriptions.cancel(shop.subscriptionId);
    await bench.settle();
    expect(await bench.organization(shop)).toMatchObject({ status: 'active' });
    const filled = await fillGaps(await bench.context(), { since });
    expect(filled.added).toBeGreaterThanOrEqual(121);
    expect(filled.read).toBeGreaterThanOrEqual(filled.added);
    const reads = bench.calls('GET /v1/subscriptions');
    await bench.settle();
    expect(bench.calls('GET /v1/subscriptions') - reads).toBe(1);
    expect(await bench.organization(shop)).toMatchObject({ status: 'canceled' });
    const { rows } = await databases.keeper.admin.query(
      `select distinct source, state from stripe_deliveries where customer_id = $1 and source = 'gap_fill'`,
      [shop.customerId],
    );
    expect(rows).toContainEqual({ source: 'gap_fill', state: 'applied' });
    expect(await fillGaps(await bench.context(), { since })).toMatchObject({ added: 0 });
  });

  it('counts a broken reading as none, and reads the same span again', async () => {
    const shop = await settledShop();
    const ctx = await bench.context();
    await fillGaps(ctx, { since: ctx.clock.now() });
    const cursor = await gapFillCursor(await bench.context());
    bench.stripe.chaos.webhooks.drop();
    for (let change = 0; change < 105; change += 1)
      await bench.api.customers.update(shop.customerId, { description: `change ${change}` });
    await bench.settle();
    let pages = 0;
    // A second page is asked for and fails, retry included.
    bench.stripe.chaos.apiFault({ status: 500, match: ({ path }) => path === '/v1/events' && (pages += 1) > 1 });
    await expect(fillGaps(await bench.context(), { since: cursor })).rejects.toMatchObject({ code: 'upstream_failed' });
    expect(await gapFillCursor(await bench.context())).toEqual(cursor);
    bench.stripe.chaos.clear();
    await fillGaps(await bench.context(), { since: cursor });
    expect(Temporal.Instant.compare(await gapFillCursor(await bench.context()), cursor)).toBeGreaterThan(0);
    await bench.settle();
    const { rows } = await databases.keeper.admin.query(
      `select count(*)::integer as kept from stripe_deliveries where customer_id = $1 and type = 'customer.updated'`,
      [shop.customerId],
    );
    expect(rows).toEqual([{ kept: 105 }]);
  });
});

describe('GET /api/v1/deliveries', () => {
  it('pages through the ledger, newest first, by state and organization', async () => {
    const shop = await settledShop();
    const all: { id: string; state: string; organizationId: string | null }[] = [];
    for (let cursor = ''; ; ) {
      const { status, body } = await call(
        'GET',
        `/deliveries?organizationId=${shop.organizationId}&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      expect(status).toBe(200);
      expect(body.items.length).toBeLessThanOrEqual(2);
      all.push(...body.items);
      if (body.nextCursor === null) break;
      cursor = body.nextCursor;
    }
    const { rows } = await databases.keeper.admin.query(
      'select stripe_event_id as id from stripe_deliveries where organization_id = $1 order by received_machine desc, stripe_event_id desc',
      [shop.organizationId],
    );
    expect(all.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
    expect(all.length).toBeGreaterThan(2);
    expect(all.every(({ state }) => state === 'applied')).toBe(true);
    const ignored = await call('GET', '/deliveries?state=ignored&limit=1');
    expect(ignored.body.items[0]).toMatchObject({
      state: 'ignored',
      source: expect.any(String),
      copies: expect.any(Number),
    });
    expect((await call('GET', '/deliveries?cursor=nonsense')).status).toBe(400);
    expect((await call('GET', '/deliveries?state=lost')).status).toBe(400);
  });

  it('puts a delivery that was given up back to work', async () => {
    const shop = await settledShop();
    const { rows } = await databases.keeper.admin.query(
      `update stripe_deliveries set state = 'dead', reason = 'gave up', attempts = 12 where organization_id = $1 returning stripe_event_id as id`,
      [shop.organizationId],
    );
    const id: string = rows[0].id;
    expect((await call('POST', `/deliveries/${id}/replay`)).body).toEqual({ replayed: true });
    expect((await call('POST', `/deliveries/${id}/replay`)).body).toEqual({ replayed: false });
    expect((await call('POST', '/deliveries/evt_none/replay')).status).toBe(404);
    await bench.settle();
    expect((await bench.deliveries()).find((delivery) => delivery.id === id)).toMatchObject({
      state: 'applied',
      attempts: 1,
    });
    const audit = await databases.keeper.admin.query('select action, details from audit where subject_id = $1', [id]);
    expect(audit.rows).toEqual([{ action: 'delivery.replay', details: { was: 'dead', reason: 'gave up' } }]);
  });
});
