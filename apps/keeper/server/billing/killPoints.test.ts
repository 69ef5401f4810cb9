import { installFaultHandler, SimulatedCrash } from '@tillkeeper/platform/faults';
import { testDatabases } from '@tillkeeper/sandbox/testing/database.ts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RelayedEffect } from '../effects/relayEffects.ts';
import { alignPaymentMethod, observeAlignment } from './alignPaymentMethod.ts';
import { compareWithStripe } from './compareWithStripe.ts';
import { observePayment, payOpenInvoice } from './payOpenInvoice.ts';
import { type BillingBench, type Shop, startBillingBench } from './testBench.ts';

const databases = await testDatabases();
let bench: BillingBench;

beforeAll(async () => {
  bench = await startBillingBench(databases, { webhooks: 'silent' });
});
afterEach(() => installFaultHandler(undefined));
afterAll(() => bench.close());

/** Throws in place of kill -9 when the point is passed for the `nth` time; from then on nothing of the process runs that passes a point. */
function crashAt(point: string, nth = 1): { readonly crashed: () => boolean } {
  let passed = 0;
  installFaultHandler((name) => {
    if (name !== point) return;
    passed += 1;
    if (passed >= nth) throw new SimulatedCrash(name);
  });
  return { crashed: () => passed >= nth };
}

/** Two shops with a story each: signed up, then one changed its plan and the other left. */
async function story(): Promise<Shop[]> {
  const shops = [await bench.shop(), await bench.shop()] as const;
  const { items } = await bench.api.subscriptions.retrieve(shops[0].subscriptionId);
  await bench.api.subscriptions.update(shops[0].subscriptionId, {
    items: [{ id: items.data[0]?.id ?? '', price: bench.prices.pro }],
  });
  await bench.api.subscriptions.cancel(shops[1].subscriptionId);
  for (const shop of shops) for (const event of await bench.eventsOf(shop)) await bench.send(event);
  return [...shops];
}

/** Everything that the story left behind, without ids and counters. */
async function leftBy(shops: readonly Shop[], told: readonly RelayedEffect[]) {
  const comparisons = await compareWithStripe(
    await bench.context(),
    shops.map((shop) => shop.organizationId),
  );
  const left = [];
  for (const { organizationId, customerId } of shops) {
    const events = await databases.till.admin.query(
      'select type from subscription_events where organization_id = $1 order by type',
      [organizationId],
    );
    const effects = await databases.till.admin.query(
      'select kind, payload - $2::text[] as payload, relayed_at is not null as relayed from ops.effects where organization_id = $1 order by kind, payload::text',
      [organizationId, ['eventId', 'objectId', 'cause']],
    );
    const copied = await databases.keeper.admin.query(
      'select kind from effects where organization_id = $1 order by kind',
      [organizationId],
    );
    const deliveries = await databases.keeper.admin.query(
      'select type, state, reason from stripe_deliveries where customer_id = $1 order by type, stripe_event_id',
      [customerId],
    );
    left.push({
      organization: await bench.organization({ organizationId }),
      equal: comparisons.find((one) => one.organizationId === organizationId)?.equal,
      events: events.rows,
      effects: effects.rows,
      copied: copied.rows,
      told: [
        ...new Set(told.filter((effect) => effect.organizationId === organizationId).map((effect) => effect.kind)),
      ].toSorted(),
      deliveries: deliveries.rows.map(({ type, state, reason }) => ({ type, state, reason })),
    });
  }
  return left;
}

describe('kill -9 between any two writes', () => {
  it.each([
    'billing.after-claim',
    'billing.after-fetch',
    'billing.after-apply',
    'billing.after-settle',
    'effects.after-copy',
    'effects.after-subscribers',
  ])('at %s ends as if nothing had happened', async (point) => {
    const told: RelayedEffect[] = [];
    const subscriber = async (effects: readonly RelayedEffect[]) => void told.push(...effects);
    const unbroken = await story();
    await bench.settle([subscriber]);
    const expected = await leftBy(unbroken, told);
    expect(expected.map((one) => one.organization)).toEqual([
      { plan: 'pro', status: 'active' },
      { plan: 'basic', status: 'canceled' },
    ]);

    const shops = await story();
    const { crashed } = crashAt(point);
    await expect(bench.settle([subscriber])).rejects.toThrow(SimulatedCrash);
    expect(crashed()).toBe(true);
    installFaultHandler(undefined);
    await bench.endWaits();
    await bench.settle([subscriber]);
    expect(await leftBy(shops, told)).toEqual(expected);
    for (const shop of shops) {
      const changes = await databases.till.admin.query(
        `select 1 from ops.effects where organization_id = $1 and kind = 'subscription.changed'`,
        [shop.organizationId],
      );
      expect(changes.rowCount).toBe(1);
    }
  });

  it('writes nothing after the crash: claims and leases stay as a dead process leaves them', async () => {
    const shops = await story();
    crashAt('billing.after-apply');
    await expect(bench.settle()).rejects.toThrow(SimulatedCrash);
    const { rows } = await databases.keeper.admin.query(
      `select distinct state, claimed_by, claimed_until > clock_timestamp() as claimed from stripe_deliveries where customer_id = any ($1) and state <> 'ignored'`,
      [shops.map((shop) => shop.customerId)],
    );
    expect(rows).toEqual([{ state: 'received', claimed_by: 'test', claimed: true }]);
    const leases = await databases.keeper.admin.query(
      'select held_until > clock_timestamp() as held from organization_leases where organization_id = any ($1)',
      [shops.map((shop) => shop.organizationId)],
    );
    expect(leases.rows).toEqual([{ held: true }, { held: true }]);
    installFaultHandler(undefined);
    // Nobody else takes them before their time.
    await bench.settle();
    expect((await leftBy(shops, [])).flatMap((one) => one.deliveries.map(({ state }) => state))).toEqual(
      expect.arrayContaining(['received']),
    );
    await bench.endWaits();
    await bench.settle();
  });

  it.each(['billing.before-store', 'billing.after-store'])(
    'at %s Stripe hears no 200 and sends again',
    async (point) => {
      const shop = await bench.shop();
      const [event] = await bench.eventsOf(shop);
      crashAt(point);
      expect(await bench.send(event ?? {})).toBeGreaterThanOrEqual(500);
      installFaultHandler(undefined);
      expect(await bench.send(event ?? {})).toBe(200);
      await bench.settle();
      const delivery = (await bench.deliveries()).find(({ id }) => id === event?.id);
      expect(delivery).toMatchObject({ copies: point === 'billing.before-store' ? 1 : 2 });
    },
  );
});

describe('kill -9 around what is written at Stripe', () => {
  async function failingShop(): Promise<Shop & { invoiceId: string }> {
    const shop = await bench.shop();
    const bad = await bench.api.paymentMethods.attach('pm_card_chargeCustomerFail', { customer: shop.customerId });
    await bench.api.subscriptions.update(shop.subscriptionId, {
      default_payment_method: bad.id,
      billing_cycle_anchor: { type: 'now' },
      proration_behavior: 'none',
    });
    const good = await bench.api.paymentMethods.attach('pm_card_visa', { customer: shop.customerId });
    await bench.api.customers.update(shop.customerId, { invoice_settings: { default_payment_method: good.id } });
    const { data } = await bench.api.invoices.list({ customer: shop.customerId, status: 'open' });
    return { ...shop, invoiceId: data[0]?.id ?? '' };
  }

  it('leaves it to the observation whether the card was aligned, and aligns once', async () => {
    const { organizationId, subscriptionId } = await failingShop();
    const ctx = await bench.context({
      kind: 'run',
      runId: '00000000-0000-7000-8000-000000000001',
      playbook: 'payment-processing-failure',
    });
    expect(await observeAlignment(ctx, { organizationId })).toMatchObject({ done: false });
    const before = bench.calls('POST /v1/subscriptions/:id');
    crashAt('billing.after-align');
    await expect(
      alignPaymentMethod(ctx, { organizationId, idempotencyKey: `align/${organizationId}` }),
    ).rejects.toThrow(SimulatedCrash);
    installFaultHandler(undefined);
    expect(await observeAlignment(ctx, { organizationId })).toMatchObject({ done: true });
    expect(await alignPaymentMethod(ctx, { organizationId, idempotencyKey: `align/${organizationId}` })).toMatchObject({
      outcome: 'already',
    });
    expect(bench.calls('POST /v1/subscriptions/:id') - before).toBe(1);
    const { default_payment_method } = await bench.api.subscriptions.retrieve(subscriptionId);
    expect((await observeAlignment(ctx, { organizationId })).charges).toBe(default_payment_method);
  });

  it('leaves it to the observation whether the invoice was paid, and pays once', async () => {
    const { organizationId, invoiceId } = await failingShop();
    const ctx = await bench.context({
      kind: 'run',
      runId: '00000000-0000-7000-8000-000000000002',
      playbook: 'payment-processing-failure',
    });
    await alignPaymentMethod(ctx, { organizationId, idempotencyKey: `align/${organizationId}` });
    const before = bench.calls('POST /v1/invoices/:id/pay');
    crashAt('billing.after-pay');
    await expect(
      payOpenInvoice(ctx, { organizationId, invoiceId, idempotencyKey: `pay/${invoiceId}` }),
    ).rejects.toThrow(SimulatedCrash);
    installFaultHandler(undefined);
    expect(await observePayment(ctx, { organizationId, invoiceId })).toMatchObject({ done: true, status: 'paid' });
    expect(await payOpenInvoice(ctx, { organizationId, invoiceId, idempotencyKey: `pay/${invoiceId}` })).toEqual({
      status: 'paid',
      invoiceId,
      already: true,
    });
    expect(bench.calls('POST /v1/invoices/:id/pay') - before).toBe(1);
  });
});
