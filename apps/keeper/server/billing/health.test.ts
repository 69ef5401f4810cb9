import { testDatabases } from '@tillkeeper/sandbox/testing/database.ts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { fillGaps } from './gapFill.ts';
import { outsideTransaction } from './outsideTransaction.ts';
import { processDeliveries } from './processDeliveries.ts';
import { checkStripeHealth } from './stripeHealth.ts';
import { type BillingBench, startBillingBench } from './testBench.ts';
import { readWebhookHealth } from './webhookHealth.ts';

const databases = await testDatabases();
let bench: BillingBench;

beforeAll(async () => {
  bench = await startBillingBench(databases);
});
afterEach(async () => {
  bench.stripe.chaos.clear();
  await bench.endWaits();
  const ctx = await bench.context();
  await fillGaps(ctx, { since: ctx.clock.now().subtract({ hours: 1 }) });
  await bench.settle();
  // Each test looks at the last minutes, which have passed for the next one.
  await databases.keeper.admin.query(
    `update stripe_deliveries set received_machine = received_machine - interval '1 hour'`,
  );
  await databases.keeper.admin.query(
    `update stripe_rejections set received_machine = received_machine - interval '1 hour'`,
  );
  await databases.keeper.admin.query(`update stripe_failures set at_machine = at_machine - interval '1 hour'`);
});
afterAll(() => bench.close());

async function webhooks() {
  return readWebhookHealth(await bench.context());
}

describe('the health of Stripe', () => {
  it('PAY-4: is reachable, with how long one small read takes', async () => {
    const health = await checkStripeHealth(await bench.context());
    expect(health).toMatchObject({
      reachable: true,
      status: undefined,
      failuresLast2Minutes: 0,
      organizationsFailing: [],
    });
    expect(health.latencyMs).toBeGreaterThanOrEqual(0);
  });

  it('PAY-4, PAY-14: names the organizations whose reads fail, until they have been read again', async () => {
    const [failing, fine] = [await bench.shop(), await bench.shop()];
    await bench.settle();
    await bench.api.customers.update(failing.customerId, { description: 'changed' });
    bench.stripe.chaos.apiFault({ status: 500 });
    await bench.settle();
    const down = await checkStripeHealth(await bench.context());
    expect(down).toMatchObject({ reachable: false, status: 500, organizationsFailing: [failing.organizationId] });
    expect(down.failuresLast2Minutes).toBeGreaterThan(0);
    expect(down.organizationsFailing).not.toContain(fine.organizationId);

    bench.stripe.chaos.clear();
    await bench.endWaits();
    await bench.settle();
    expect(await checkStripeHealth(await bench.context())).toMatchObject({ reachable: true, organizationsFailing: [] });
  });

  it('PAY-4: is not reachable when nothing answers', async () => {
    bench.stripe.chaos.cutConnections();
    expect(await checkStripeHealth(await bench.context())).toMatchObject({ reachable: false, status: undefined });
  });
});

describe('the health of webhooks', () => {
  it('is clean when everything came and was worked off', async () => {
    await bench.shop();
    await bench.settle();
    expect(await webhooks()).toEqual({
      rejectedLast5Minutes: 0,
      rejectedOrganizationIds: [],
      waiting: 0,
      oldestWaitingSeconds: 0,
      waitingOrganizationIds: [],
      dead: 0,
      deadOrganizationIds: [],
      quarantinedLast5Minutes: 0,
      late: { count: 0, organizationIds: [] },
      undeliveredAtStripe: 0,
      undeliveredOrganizationIds: [],
    });
  });

  it('PAY-1, PAY-14: names the organizations whose webhooks come unsigned', async () => {
    const shops = [await bench.shop(), await bench.shop()];
    await bench.settle();
    bench.stripe.chaos.webhooks.unsigned();
    for (const shop of shops) await bench.api.customers.update(shop.customerId, { description: 'changed' });
    await bench.settle();
    const health = await webhooks();
    expect(health.rejectedLast5Minutes).toBeGreaterThanOrEqual(2);
    expect([...health.rejectedOrganizationIds].toSorted()).toEqual(shops.map((shop) => shop.organizationId).toSorted());
  });

  it('PAY-1: counts what Stripe could not deliver and we do not have, with whom it is about', async () => {
    const shop = await bench.shop();
    await bench.settle();
    bench.stripe.chaos.webhooks.drop();
    await bench.api.customers.update(shop.customerId, { description: 'changed' });
    await bench.settle();
    expect(await webhooks()).toMatchObject({ undeliveredAtStripe: 0 });
    await bench.advance('PT1M');
    expect(await webhooks()).toMatchObject({
      undeliveredAtStripe: 1,
      undeliveredOrganizationIds: [shop.organizationId],
    });
  });

  it('does not know what Stripe could not deliver while Stripe does not answer, and says the rest', async () => {
    bench.stripe.chaos.apiFault({ status: 500 });
    expect(await webhooks()).toMatchObject({ undeliveredAtStripe: undefined, waiting: 0 });
  });

  it('PAY-1: names those whose events came late', async () => {
    const shop = await bench.shop();
    await bench.settle();
    bench.stripe.chaos.webhooks.delay({ businessSeconds: 120 });
    await bench.api.customers.update(shop.customerId, { description: 'changed' });
    await bench.advance('PT5M');
    const health = await webhooks();
    expect(health.late.count).toBeGreaterThan(0);
    expect(health.late.organizationIds).toEqual([shop.organizationId]);
  });

  it('PAY-1: shows what waits, since when and for whom, and what was given up', async () => {
    const [waiting, dead] = [await bench.shop(), await bench.shop()];
    await bench.settle();
    bench.stripe.chaos.apiFault({ status: 500, match: ({ path }) => path === '/v1/subscriptions' });
    for (const { customerId } of [waiting, dead])
      await bench.api.customers.update(customerId, { description: 'changed' });
    await bench.deliver();
    await databases.keeper.admin.query(
      `update stripe_deliveries set received_machine = received_machine - interval '42 seconds' where state = 'received'`,
    );
    await databases.keeper.admin.query(
      `update stripe_deliveries set attempts = 11 where customer_id = $1 and state = 'received'`,
      [dead.customerId],
    );
    await processDeliveries(outsideTransaction(await bench.context()), { holder: 'test' });
    const health = await webhooks();
    expect(health).toMatchObject({
      waitingOrganizationIds: [waiting.organizationId],
      dead: 1,
      deadOrganizationIds: [dead.organizationId],
    });
    expect(health.waiting).toBeGreaterThan(0);
    expect(health.oldestWaitingSeconds).toBeGreaterThanOrEqual(42);
  });

  it('counts what is verified but not ours', async () => {
    const shop = await bench.shop();
    await bench.settle();
    bench.stripe.chaos.webhooks.livemode(true);
    await bench.api.customers.update(shop.customerId, { description: 'changed' });
    await bench.settle();
    expect(await webhooks()).toMatchObject({ quarantinedLast5Minutes: 1 });
  });
});
