import { installFaultHandler, SimulatedCrash } from '@tillkeeper/platform/faults';
import { testDatabases } from '@tillkeeper/sandbox/testing/database.ts';
import fc from 'fast-check';
import type Stripe from 'stripe';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { compareWithStripe } from './compareWithStripe.ts';
import { isHandledType } from './handledTypes.ts';
import { type BillingBench, type Shop, startBillingBench } from './testBench.ts';

const databases = await testDatabases();
let bench: BillingBench;

beforeAll(async () => {
  bench = await startBillingBench(databases, { webhooks: 'silent' });
});
afterEach(() => installFaultHandler(undefined));
afterAll(() => bench.close());

const points = [
  'billing.after-claim',
  'billing.after-fetch',
  'billing.after-apply',
  'billing.after-settle',
  'effects.after-copy',
  'effects.after-subscribers',
] as const;

/** What happens to one shop, and how its events reach us: late, twice, out of order, or with a worker that dies on them. */
const step = fc.oneof(
  fc.record({
    kind: fc.constant('stripe' as const),
    change: fc.constantFrom('upgrade', 'cancel', 'subscribe', 'fail', 'repair'),
  }),
  fc.record({
    kind: fc.constant('deliver' as const),
    which: fc.nat({ max: 40 }),
    copies: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({ kind: fc.constant('work' as const) }),
  fc.record({ kind: fc.constant('crash' as const), point: fc.constantFrom(...points) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

async function change(shop: Shop, what: string): Promise<void> {
  const { api } = bench;
  const { data } = await api.subscriptions.list({ customer: shop.customerId });
  const [live] = data;
  if (what === 'subscribe')
    await api.subscriptions.create({ customer: shop.customerId, items: [{ price: bench.prices.pro }] });
  if (live === undefined) return;
  if (what === 'cancel') await api.subscriptions.cancel(live.id);
  if (what === 'upgrade')
    await api.subscriptions.update(live.id, { items: [{ id: live.items.data[0]?.id ?? '', price: bench.prices.pro }] });
  const card = what === 'fail' ? 'pm_card_chargeCustomerFail' : what === 'repair' ? 'pm_card_visa' : undefined;
  if (card === undefined) return;
  const method = await api.paymentMethods.attach(card, { customer: shop.customerId });
  await api.subscriptions.update(live.id, {
    default_payment_method: method.id,
    billing_cycle_anchor: { type: 'now' },
    proration_behavior: 'none',
  });
}

async function follow(shop: Shop, steps: readonly Step[]): Promise<Stripe.Event[]> {
  const delivered = new Set<string>();
  const send = async (event: Stripe.Event) => {
    delivered.add(event.id);
    expect(await bench.send(event)).toBe(200);
  };
  for (const next of steps) {
    const events = await bench.eventsOf(shop);
    if (next.kind === 'stripe') await change(shop, next.change).catch(onlyRefusals);
    if (next.kind === 'deliver') {
      const event = events[next.which % events.length];
      if (event !== undefined) await Promise.all(Array.from({ length: next.copies }, () => send(event)));
    }
    if (next.kind === 'work') await bench.settle();
    if (next.kind === 'crash') {
      installFaultHandler((name) => {
        if (name === next.point) throw new SimulatedCrash(name);
      });
      await bench.settle().catch((error: unknown) => {
        if (!(error instanceof SimulatedCrash)) throw error;
      });
      installFaultHandler(undefined);
      await bench.endWaits();
    }
  }
  const events = await bench.eventsOf(shop);
  for (const event of events) if (!delivered.has(event.id)) await send(event);
  await bench.settle();
  return events;
}

/** Stripe refuses some changes of a random story (an ended subscription cannot be upgraded); that is part of the story. */
function onlyRefusals(error: unknown): void {
  if (
    !(error instanceof Error) ||
    !('statusCode' in error) ||
    (error.statusCode !== 400 && error.statusCode !== 402 && error.statusCode !== 404)
  )
    throw error;
}

// A plan takes half a second, so a fraction of the usual number of runs.
const numRuns = Math.ceil((fc.readConfigureGlobal().numRuns ?? 100) * 0.12);

it('ends equal to Stripe, with each event applied once, for every plan of deliveries and crashes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
      const shop = await bench.shop();
      const events = await follow(shop, steps);
      const [comparison] = await compareWithStripe(await bench.context(), [shop.organizationId]);
      expect(comparison?.fields.filter((field) => field.differs)).toEqual([]);

      const handled = events.filter((event) => isHandledType(event.type)).map((event) => event.id);
      const applied = await databases.till.admin.query(
        'select stripe_event_id from subscription_events where organization_id = $1',
        [shop.organizationId],
      );
      expect(applied.rows.map((row) => row.stripe_event_id).toSorted()).toEqual(handled.toSorted());
      const copied = await databases.keeper.admin.query(
        `select occurrence_key from effects where organization_id = $1 and kind like 'stripe.%'`,
        [shop.organizationId],
      );
      expect(copied.rows.map((row) => row.occurrence_key).toSorted()).toEqual(
        handled.map((id) => `stripe:${id}`).toSorted(),
      );
    }),
    { numRuns, endOnFailure: false },
  );
}, 120_000);
