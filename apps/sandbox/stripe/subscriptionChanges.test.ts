import type { Stripe } from 'stripe';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Bench, customerWithCard, daySeconds, monthlyPrice, startBench } from './testBench.ts';

let bench: Bench;
let client: Stripe;
let price: Stripe.Price;
beforeEach(async () => {
  bench = await startBench();
  client = bench.client;
  price = await monthlyPrice(client);
});
afterEach(() => bench.close());

async function subscribe(
  params: Partial<Stripe.SubscriptionCreateParams> = {},
  token = 'pm_card_visa',
): Promise<Stripe.Subscription> {
  const customer = await customerWithCard(client, token);
  return client.subscriptions.create({ customer: customer.id, items: [{ price: price.id }], ...params });
}

function at(seconds: number | null | undefined): string {
  return Temporal.Instant.fromEpochMilliseconds((seconds ?? 0) * 1000).toString();
}

async function latestInvoice(id: string): Promise<Stripe.Invoice> {
  const subscription = await client.subscriptions.retrieve(id, { expand: ['latest_invoice'] });
  return subscription.latest_invoice as Stripe.Invoice;
}

async function failingFrom(subscription: Stripe.Subscription, code = 'generic_decline'): Promise<string> {
  const customer = (await client.customers.retrieve(subscription.customer as string)) as Stripe.Customer;
  const card = customer.invoice_settings.default_payment_method as string;
  bench.standIn.cards.decline(card, code);
  return card;
}

describe('trials', () => {
  test.each([
    ['cancel', 'canceled', 'customer.subscription.deleted'],
    ['pause', 'paused', 'customer.subscription.paused'],
  ] as const)('without a card at the end: %s', async (missing, status, type) => {
    const customer = await client.customers.create({});
    const end = bench.clock.seconds() + 10 * daySeconds;
    const subscription = await client.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
      trial_end: end,
      trial_settings: { end_behavior: { missing_payment_method: missing } },
    });
    await bench.advance('P10D');
    expect((await client.subscriptions.retrieve(subscription.id)).status).toBe(status);
    expect(bench.inbox.of(type)[0]?.created).toBe(end);
    expect((await client.invoices.list({ subscription: subscription.id })).data).toHaveLength(1);
  });

  test('create_invoice bills all the same, and fails for want of a card', async () => {
    const customer = await client.customers.create({});
    const subscription = await client.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
      trial_period_days: 5,
    });
    await bench.advance('P5DT1H');
    expect((await client.subscriptions.retrieve(subscription.id)).status).toBe('past_due');
    expect(await latestInvoice(subscription.id)).toMatchObject({ status: 'open', attempted: true });
    // Retries without a payment method are not made: nobody is told of a failure twice.
    await bench.advance('P10D');
    expect(await latestInvoice(subscription.id)).toMatchObject({ attempt_count: 4 });
    expect(bench.inbox.of('invoice.payment_failed')).toHaveLength(1);
  });

  test('a paused one is resumed by paying, from that day on', async () => {
    const customer = await client.customers.create({});
    const subscription = await client.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
      trial_period_days: 5,
      trial_settings: { end_behavior: { missing_payment_method: 'pause' } },
    });
    await bench.advance('P30D');
    const untried = await client.subscriptions.resume(subscription.id);
    expect(untried.status).toBe('paused');
    expect(await client.invoices.retrieve(untried.latest_invoice as string)).toMatchObject({
      status: 'open',
      attempted: false,
      next_payment_attempt: null,
    });
    await bench.advance('PT23H');
    expect((await client.invoices.retrieve(untried.latest_invoice as string)).status).toBe('void');
    expect((await client.subscriptions.retrieve(subscription.id)).status).toBe('paused');
    const onSuccess = { payment_behavior: 'resume_on_payment_success' } as const;
    await expect(client.subscriptions.resume(subscription.id, onSuccess)).rejects.toMatchObject({ statusCode: 400 });
    const card = await client.paymentMethods.attach('pm_card_visa', { customer: customer.id });
    await client.customers.update(customer.id, { invoice_settings: { default_payment_method: card.id } });
    const resumed = await client.subscriptions.resume(subscription.id, {
      ...onSuccess,
      billing_cycle_anchor: { type: 'now' },
    });
    expect(resumed).toMatchObject({ status: 'active', billing_cycle_anchor: bench.clock.seconds() });
    expect(resumed.status_details).toBeUndefined();
    expect(resumed.items.data[0]?.current_period_start).toBe(bench.clock.seconds());
    await bench.standIn.runDue();
    expect(bench.inbox.of('customer.subscription.resumed')).toHaveLength(1);
    await expect(client.subscriptions.resume(subscription.id)).rejects.toMatchObject({ statusCode: 400 });
  });

  test('a paused one is resumed by hand: a failed payment makes it past due, one that must succeed leaves it paused', async () => {
    const params = {
      trial_period_days: 5,
      trial_settings: { end_behavior: { missing_payment_method: 'pause' as const } },
    };
    const paused = async (): Promise<{ id: string; card: string }> => {
      const customer = await client.customers.create({});
      const { id } = await client.subscriptions.create({
        customer: customer.id,
        items: [{ price: price.id }],
        ...params,
      });
      await bench.advance('P6D');
      const card = await client.paymentMethods.attach('pm_card_chargeCustomerFail', { customer: customer.id });
      await client.customers.update(customer.id, { invoice_settings: { default_payment_method: card.id } });
      return { id, card: card.id };
    };
    const first = await paused();
    const open = await client.subscriptions.resume(first.id);
    await expect(client.invoices.pay(open.latest_invoice as string)).rejects.toMatchObject({ statusCode: 402 });
    expect(await client.subscriptions.retrieve(first.id)).toMatchObject({
      status: 'past_due',
      billing_cycle_anchor: bench.clock.seconds(),
    });

    const second = await paused();
    const waiting = await client.subscriptions.resume(second.id, { payment_behavior: 'resume_on_payment_success' });
    expect(waiting.status).toBe('paused');
    bench.standIn.cards.accept(second.card);
    await bench.advance('P1D');
    expect(await client.subscriptions.retrieve(second.id)).toMatchObject({ status: 'active' });
  });

  test('ends at once on request, and is charged then', async () => {
    const subscription = await subscribe({ trial_period_days: 14 });
    const active = await client.subscriptions.update(subscription.id, { trial_end: 'now' });
    expect(active).toMatchObject({
      status: 'active',
      trial_end: bench.clock.seconds(),
      billing_cycle_anchor: bench.clock.seconds(),
    });
    expect(await latestInvoice(subscription.id)).toMatchObject({ status: 'paid', total: 2900 });
  });

  test('is prolonged, and announced again for the new end', async () => {
    const subscription = await subscribe({ trial_period_days: 14 });
    const longer = bench.clock.seconds() + 20 * daySeconds;
    await bench.advance('P12D');
    await client.subscriptions.update(subscription.id, { trial_end: longer });
    await bench.advance('P6D');
    expect((await client.subscriptions.retrieve(subscription.id)).status).toBe('trialing');
    expect(bench.inbox.of('customer.subscription.trial_will_end')).toHaveLength(2);
    await bench.advance('P2D');
    expect(await client.subscriptions.retrieve(subscription.id)).toMatchObject({
      status: 'active',
      billing_cycle_anchor: longer,
    });
  });
});

describe('changes', () => {
  test('an upgrade in mid-period is credited and charged to the second, on the next invoice', async () => {
    const pro = await monthlyPrice(client, 9900);
    const subscription = await subscribe();
    const item = subscription.items.data[0];
    const { current_period_start: from = 0, current_period_end: end = 0 } = item ?? {};
    bench.clock.moveTo(from + (end - from) / 2);
    const changed = await client.subscriptions.update(subscription.id, {
      items: [{ id: item?.id ?? '', price: pro.id }],
    });
    expect(changed.items.data[0]).toMatchObject({ id: item?.id, price: { id: pro.id }, current_period_end: end });
    const pending = await client.invoiceItems.list({ customer: subscription.customer as string, pending: true });
    expect(pending.data.map((each) => each.amount).sort((a, b) => a - b)).toEqual([-1450, 4950]);
    bench.clock.moveTo(end);
    await bench.advance('PT1H');
    expect(await latestInvoice(subscription.id)).toMatchObject({ status: 'paid', total: 9900 + 4950 - 1450 });
  });

  test('always_invoice bills the difference now, none not at all', async () => {
    const subscription = await subscribe();
    const id = subscription.items.data[0]?.id ?? '';
    await client.subscriptions.update(subscription.id, {
      items: [{ id, quantity: 3 }],
      proration_behavior: 'always_invoice',
    });
    expect(await latestInvoice(subscription.id)).toMatchObject({
      status: 'paid',
      total: 5800,
      billing_reason: 'subscription_update',
    });
    await client.subscriptions.update(subscription.id, { items: [{ id, quantity: 1 }], proration_behavior: 'none' });
    expect((await client.invoiceItems.list({ pending: true })).data).toEqual([]);
  });

  test('a downgrade billed now leaves its credit on the balance', async () => {
    const subscription = await subscribe({ items: [{ price: price.id, quantity: 2 }] });
    await client.subscriptions.update(subscription.id, {
      items: [{ id: subscription.items.data[0]?.id ?? '', quantity: 1 }],
      proration_behavior: 'always_invoice',
    });
    expect(await latestInvoice(subscription.id)).toMatchObject({
      status: 'paid',
      total: -2900,
      amount_due: 0,
      ending_balance: -2900,
    });
    expect(await client.customers.retrieve(subscription.customer as string)).toMatchObject({ balance: -2900 });
  });

  test('another interval starts a new period at once', async () => {
    const yearly = await client.prices.create({
      product: price.product as string,
      currency: 'usd',
      unit_amount: 29000,
      recurring: { interval: 'year' },
    });
    const subscription = await subscribe();
    bench.clock.advance('P14D');
    const changed = await client.subscriptions.update(subscription.id, {
      items: [{ id: subscription.items.data[0]?.id ?? '', price: yearly.id }],
    });
    expect(changed.billing_cycle_anchor).toBe(bench.clock.seconds());
    expect(at(changed.items.data[0]?.current_period_end).slice(0, 10)).toBe('2027-02-14');
    // Fourteen of February's twenty-eight days were unused.
    expect((await latestInvoice(subscription.id)).total).toBe(29000 - 1450);
  });

  test('billing_cycle_anchor=now bills a new period at once, and a failure makes it past due', async () => {
    const subscription = await subscribe();
    bench.clock.advance('P7D');
    await failingFrom(subscription);
    const moved = await client.subscriptions.update(subscription.id, {
      billing_cycle_anchor: { type: 'now' },
      proration_behavior: 'none',
    });
    expect(moved).toMatchObject({ status: 'past_due', billing_cycle_anchor: bench.clock.seconds() });
    expect(await latestInvoice(subscription.id)).toMatchObject({
      status: 'open',
      total: 2900,
      next_payment_attempt: bench.clock.seconds() + daySeconds,
    });
  });

  test('items can be worked on one by one', async () => {
    const extra = await monthlyPrice(client, 500);
    const subscription = await subscribe();
    const added = await client.subscriptionItems.create({
      subscription: subscription.id,
      price: extra.id,
      quantity: 2,
      proration_behavior: 'none',
    });
    expect((await client.subscriptionItems.list({ subscription: subscription.id })).data).toHaveLength(2);
    expect(await client.subscriptionItems.update(added.id, { quantity: 5, metadata: { till: '2' } })).toMatchObject({
      quantity: 5,
      metadata: { till: '2' },
    });
    await client.subscriptionItems.del(added.id);
    await expect(client.subscriptionItems.retrieve(added.id)).rejects.toMatchObject({ statusCode: 404 });
    await expect(client.subscriptionItems.del(subscription.items.data[0]?.id ?? '')).rejects.toMatchObject({
      statusCode: 400,
    });
  });

  test('collection can be paused: the renewal is voided instead of charged', async () => {
    const subscription = await subscribe();
    await client.subscriptions.update(subscription.id, { pause_collection: { behavior: 'void' } });
    await bench.advance('P28DT1H');
    expect((await latestInvoice(subscription.id)).status).toBe('void');
    expect((await client.subscriptions.update(subscription.id, { pause_collection: '' })).pause_collection).toBeNull();
  });

  test("another customer's card cannot be a default, an empty one clears it", async () => {
    const subscription = await subscribe();
    const stranger = await customerWithCard(client);
    const theirs = stranger.invoice_settings.default_payment_method as string;
    await expect(
      client.subscriptions.update(subscription.id, { default_payment_method: theirs }),
    ).rejects.toMatchObject({ param: 'default_payment_method' });
    const own = await client.paymentMethods.attach('pm_card_amex', { customer: subscription.customer as string });
    expect(
      (await client.subscriptions.update(subscription.id, { default_payment_method: own.id })).default_payment_method,
    ).toBe(own.id);
    expect(
      (await client.subscriptions.update(subscription.id, { default_payment_method: '' })).default_payment_method,
    ).toBeNull();
  });
});

describe('the end', () => {
  test('at the period end, taken back, and set again', async () => {
    const subscription = await subscribe();
    const end = subscription.items.data[0]?.current_period_end ?? 0;
    const ending = await client.subscriptions.update(subscription.id, { cancel_at_period_end: true });
    expect(ending).toMatchObject({
      status: 'active',
      cancel_at: end,
      cancel_at_period_end: true,
      cancellation_details: { reason: 'cancellation_requested' },
    });
    const kept = await client.subscriptions.update(subscription.id, { cancel_at_period_end: false });
    expect(kept).toMatchObject({
      cancel_at: null,
      cancel_at_period_end: false,
      canceled_at: null,
      cancellation_details: { reason: null },
    });
    await client.subscriptions.update(subscription.id, { cancel_at_period_end: true });
    await bench.advance('P2M');
    expect(await client.subscriptions.retrieve(subscription.id)).toMatchObject({
      status: 'canceled',
      ended_at: end,
      cancel_at_period_end: true,
    });
    expect(bench.inbox.of('customer.subscription.deleted')[0]?.created).toBe(end);
    expect((await client.invoices.list({ subscription: subscription.id })).data).toHaveLength(1);
  });

  test('at once: open invoices are no longer collected, only a few things can still be changed', async () => {
    const subscription = await subscribe();
    await failingFrom(subscription);
    await bench.advance('P28DT1H');
    const open = await latestInvoice(subscription.id);
    const over = await client.subscriptions.cancel(subscription.id, {
      cancellation_details: { comment: 'closing', feedback: 'unused' },
    });
    expect(over).toMatchObject({
      status: 'canceled',
      ended_at: bench.clock.seconds(),
      cancellation_details: { comment: 'closing', feedback: 'unused', reason: 'cancellation_requested' },
    });
    expect(await client.invoices.retrieve(open.id)).toMatchObject({
      status: 'open',
      auto_advance: false,
      next_payment_attempt: null,
    });
    await expect(client.subscriptions.update(subscription.id, { cancel_at_period_end: true })).rejects.toMatchObject({
      code: 'invalid_canceled_subscription_fields',
    });
    expect((await client.subscriptions.update(subscription.id, { metadata: { a: 'b' } })).metadata).toEqual({ a: 'b' });
    await expect(client.subscriptions.cancel(subscription.id)).rejects.toMatchObject({ code: 'resource_missing' });
    expect(bench.standIn.nextDueAt()).toBeUndefined();
  });

  test('lists leave out what is over unless asked', async () => {
    const [a, b, c] = [await subscribe(), await subscribe(), await subscribe({ trial_period_days: 3 })];
    await client.subscriptions.cancel(b.id);
    const ids = (list: Stripe.ApiList<Stripe.Subscription>): string[] => list.data.map((each) => each.id).sort();
    expect(ids(await client.subscriptions.list())).toEqual([a.id, c.id].sort());
    expect(ids(await client.subscriptions.list({ status: 'all' }))).toEqual([a.id, b.id, c.id].sort());
    expect(ids(await client.subscriptions.list({ status: 'canceled' }))).toEqual([b.id]);
    expect(ids(await client.subscriptions.list({ status: 'ended' }))).toEqual([b.id]);
    expect(ids(await client.subscriptions.list({ status: 'trialing' }))).toEqual([c.id]);
    expect(ids(await client.subscriptions.list({ customer: a.customer as string }))).toEqual([a.id]);
    expect(ids(await client.subscriptions.list({ price: price.id, status: 'all' }))).toHaveLength(3);
    expect(ids(await client.subscriptions.list({ price: 'price_0' }))).toEqual([]);
    await expect(client.subscriptions.list({ status: 'nonsense' })).rejects.toMatchObject({ param: 'status' });
  });
});
