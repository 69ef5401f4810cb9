import { afterEach, beforeEach, expect, test } from 'vitest';
import { cardByName } from './billing/cards.ts';
import { newCustomer } from './billing/newCustomer.ts';
import { startSubscription } from './billing/newSubscription.ts';
import { attachPaymentMethod, createPaymentMethod } from './billing/paymentMethods.ts';
import type { ImportItem } from './importObjects.ts';
import { defaultRetryPolicy } from './settings.ts';
import type { Price } from './store/objects.ts';
import type { Scope } from './store/scope.ts';
import { openStore } from './store/store.ts';
import { type Bench, daySeconds, monthlyPrice, startBench } from './testBench.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await startBench();
});
afterEach(() => bench.close());

/** What a customer left behind who subscribed at that second, run through the billing itself in a store apart. */
function past(price: Price, at: number): ImportItem[] {
  const store = openStore(':memory:');
  const settings = {
    publicUrl: () => bench.standIn.url,
    apiVersion: '',
    accountId: '',
    retryPolicy: defaultRetryPolicy,
    portalSessionSeconds: 0,
  };
  const scope: Scope = {
    store,
    settings,
    now: at,
    clock: null,
    businessMs: at * 1000,
    request: { id: null, idempotencyKey: null },
  };
  const card = cardByName('visa');
  if (card === undefined) throw new Error('no such card');
  const blank = newCustomer(at, { name: 'Corner Shop' });
  store.put('price', price);
  store.put('customer', blank);
  const method = attachPaymentMethod(scope, createPaymentMethod(scope, card), blank);
  startSubscription(scope, {
    customer: blank,
    items: [{ price, quantity: 1, metadata: {} }],
    defaultPaymentMethod: method.id,
    trialEnd: null,
    missingPaymentMethod: 'pause',
    paymentBehavior: 'allow_incomplete',
    saveDefaultPaymentMethod: 'off',
    metadata: {},
    description: null,
    cancelAt: null,
    cancelAtPeriodEnd: false,
    billingMode: 'flexible',
  });
  const rows = store.all(`select kind, body, internal from objects where kind <> 'price'`);
  store.close();
  return rows.map((row) => {
    const internal = row.internal === null ? {} : { internal: JSON.parse(String(row.internal)) };
    return { kind: row.kind, object: JSON.parse(String(row.body)), ...internal } as ImportItem;
  });
}

test('what is imported stands as if it had come about here, and goes on by itself', async () => {
  const { client, clock, inbox, standIn } = bench;
  const price: Price = JSON.parse(JSON.stringify(await monthlyPrice(client)));
  const start = clock.seconds() - 10 * daySeconds;
  await standIn.runDue();
  inbox.events.length = 0;
  standIn.importObjects(past(price, start));
  const [subscription] = (
    await client.subscriptions.list({ expand: ['data.latest_invoice.payments.data.payment.payment_intent'] })
  ).data;
  expect(subscription).toMatchObject({
    status: 'active',
    created: start,
    latest_invoice: { status: 'paid', payments: { data: [{ payment: { payment_intent: { status: 'succeeded' } } }] } },
  });
  await standIn.runDue();
  expect(inbox.types()).toEqual([]);

  clock.moveTo(subscription?.items.data[0]?.current_period_end ?? 0);
  await bench.advance('PT1H');
  const [renewed] = (await client.invoices.list({ subscription: subscription?.id ?? '' })).data;
  expect(renewed).toMatchObject({ status: 'paid', billing_reason: 'subscription_cycle' });
  expect((await fetch(renewed?.hosted_invoice_url ?? '')).status).toBe(200);
});

test('thousands of objects take less than a second', async () => {
  const { client, clock, standIn } = bench;
  const price: Price = JSON.parse(JSON.stringify(await monthlyPrice(client)));
  const items = Array.from({ length: 20 }, () => past(price, clock.seconds() - daySeconds)).flat();
  const customers = Array.from(
    { length: 5000 },
    (_, n): ImportItem => ({ kind: 'customer', object: newCustomer(clock.seconds(), { email: `${n}@example.com` }) }),
  );
  const began = performance.now();
  standIn.importObjects([...items, ...customers]);
  expect(performance.now() - began).toBeLessThan(1000);
  expect((await client.customers.list({ email: '4999@example.com' })).data).toHaveLength(1);
});

test('objects can bring their events along, which are listed but sent to nobody', async () => {
  const { client, clock, inbox, standIn } = bench;
  const at = clock.seconds() - daySeconds;
  standIn.importObjects([
    { kind: 'customer', object: newCustomer(at), events: [{ type: 'customer.created', created: at }] },
  ]);
  await standIn.runDue();
  expect((await client.events.list({ type: 'customer.created' })).data).toMatchObject([
    { created: at, pending_webhooks: 0 },
  ]);
  expect(inbox.types()).toEqual([]);
});

test('what cannot stand without its inside is refused whole', () => {
  const endpoint = { kind: 'webhook_endpoint', object: { id: 'we_1' } } as ImportItem;
  expect(() => bench.standIn.importObjects([endpoint])).toThrow('A webhook_endpoint cannot be imported');
});
