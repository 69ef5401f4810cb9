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

describe('the start', () => {
  test('is charged at once; the event still says incomplete, the next one active', async () => {
    const subscription = await subscribe();
    expect(subscription).toMatchObject({
      status: 'active',
      collection_method: 'charge_automatically',
      billing_mode: { type: 'flexible' },
    });
    expect(await latestInvoice(subscription.id)).toMatchObject({
      status: 'paid',
      billing_reason: 'subscription_create',
      amount_paid: 2900,
    });
    await bench.standIn.runDue();
    expect(bench.inbox.of('customer.subscription.created')[0]?.data.object.status).toBe('incomplete');
    expect(bench.inbox.of('customer.subscription.updated')[0]?.data).toMatchObject({
      object: { status: 'active' },
      previous_attributes: { status: 'incomplete' },
    });
  });

  test('of nothing to pay needs no card', async () => {
    const free = await monthlyPrice(client, 0);
    const customer = await client.customers.create({});
    const subscription = await client.subscriptions.create({ customer: customer.id, items: [{ price: free.id }] });
    expect(subscription.status).toBe('active');
  });

  test('without a card is refused, unless it may stay incomplete', async () => {
    const customer = await client.customers.create({});
    const params = { customer: customer.id, items: [{ price: price.id }] };
    await expect(client.subscriptions.create(params)).rejects.toMatchObject({
      code: 'resource_missing',
      statusCode: 400,
    });
    const open = await client.subscriptions.create({
      ...params,
      payment_behavior: 'default_incomplete',
      expand: ['latest_invoice.confirmation_secret'],
    });
    expect(open).toMatchObject({
      status: 'incomplete',
      latest_invoice: {
        status: 'open',
        attempted: false,
        confirmation_secret: { client_secret: expect.stringMatching(/^pi_.+_secret_/) },
      },
    });
  });

  test('that fails is incomplete, is not retried, and expires after 23 hours with its invoice voided', async () => {
    const start = bench.clock.seconds();
    const subscription = await subscribe({}, 'pm_card_chargeCustomerFail');
    expect(subscription.status).toBe('incomplete');
    expect(await latestInvoice(subscription.id)).toMatchObject({
      status: 'open',
      next_payment_attempt: null,
      attempt_count: 1,
    });
    await bench.advance('PT22H59M');
    expect((await client.subscriptions.retrieve(subscription.id)).status).toBe('incomplete');
    await bench.advance('PT1M');
    expect(await client.subscriptions.retrieve(subscription.id)).toMatchObject({
      status: 'incomplete_expired',
      ended_at: start + 23 * 3600,
    });
    expect((await latestInvoice(subscription.id)).status).toBe('void');
  });

  test('that may not fail leaves no trace when it does', async () => {
    const customer = await customerWithCard(client, 'pm_card_chargeCustomerFail');
    const params: Stripe.SubscriptionCreateParams = {
      customer: customer.id,
      items: [{ price: price.id }],
      payment_behavior: 'error_if_incomplete',
    };
    await expect(client.subscriptions.create(params)).rejects.toMatchObject({ statusCode: 402, code: 'card_declined' });
    expect((await client.subscriptions.list({ customer: customer.id, status: 'all' })).data).toEqual([]);
    expect((await client.invoices.list({ customer: customer.id })).data).toEqual([]);
  });

  test('an incomplete one becomes active when its invoice is paid with another card', async () => {
    const subscription = await subscribe(
      { payment_settings: { save_default_payment_method: 'on_subscription' } },
      'pm_card_chargeCustomerFail',
    );
    const other = await client.paymentMethods.attach('pm_card_visa', { customer: subscription.customer as string });
    await client.invoices.pay(subscription.latest_invoice as string, { payment_method: other.id });
    expect(await client.subscriptions.retrieve(subscription.id)).toMatchObject({
      status: 'active',
      default_payment_method: other.id,
    });
  });

  test('a card that must be authenticated leaves the payment waiting for its holder', async () => {
    const subscription = await subscribe(
      { expand: ['latest_invoice.payments.data.payment.payment_intent'] },
      'pm_card_authenticationRequired',
    );
    expect(subscription).toMatchObject({
      status: 'incomplete',
      latest_invoice: {
        payments: {
          data: [
            { payment: { payment_intent: { status: 'requires_action', next_action: { type: 'use_stripe_sdk' } } } },
          ],
        },
      },
    });
    await bench.standIn.runDue();
    expect(bench.inbox.types()).toContain('invoice.payment_action_required');
  });
});

describe('renewals', () => {
  test('keep the day of the anchor over short months, year after year', async () => {
    const subscription = await subscribe();
    const ends: string[] = [];
    for (let month = 0; month < 4; month += 1) {
      const now = await client.subscriptions.retrieve(subscription.id);
      ends.push(at(now.items.data[0]?.current_period_end).slice(0, 10));
      bench.clock.moveTo(now.items.data[0]?.current_period_end ?? 0);
      await bench.advance('PT1H');
    }
    expect(ends).toEqual(['2026-02-28', '2026-03-31', '2026-04-30', '2026-05-31']);
    const paid = await client.invoices.list({ subscription: subscription.id, status: 'paid', limit: 100 });
    expect(paid.data).toHaveLength(5);
  });

  test('each object is stamped with its own due time when the clock leaps', async () => {
    const subscription = await subscribe();
    bench.clock.advance('P3M');
    await bench.standIn.runDue();
    const invoices = await client.invoices.list({ subscription: subscription.id });
    // The third renewal's draft has its hour still before it.
    expect(invoices.data.map((each) => [at(each.created), each.status])).toEqual([
      ['2026-04-30T10:00:00Z', 'draft'],
      ['2026-03-31T10:00:00Z', 'paid'],
      ['2026-02-28T10:00:00Z', 'paid'],
      ['2026-01-31T10:00:00Z', 'paid'],
    ]);
    expect(invoices.data.slice(1, 3).map((each) => at(each.status_transitions.paid_at))).toEqual([
      '2026-03-31T11:00:00Z',
      '2026-02-28T11:00:00Z',
    ]);
    const paid = bench.inbox.of('invoice.paid').map((event) => at(event.created));
    expect(paid).toEqual(['2026-01-31T10:00:00Z', '2026-02-28T11:00:00Z', '2026-03-31T11:00:00Z']);
  });

  test('a failing endpoint holds the draft back: an hour after it accepts, 72 hours at most', async () => {
    const subscription = await subscribe();
    let down = true;
    bench.inbox.answer = () => (down ? 500 : 200);
    await bench.advance('P28D');
    const draft = await latestInvoice(subscription.id);
    await bench.advance('PT5H');
    expect((await client.invoices.retrieve(draft.id)).status).toBe('draft');
    down = false;
    await bench.advance('PT12H');
    const paid = await client.invoices.retrieve(draft.id);
    expect(paid.status).toBe('paid');
    expect(paid.status_transitions.finalized_at).toBe((paid.webhooks_delivered_at ?? 0) + 3600);

    down = true;
    const next = (await client.subscriptions.retrieve(subscription.id)).items.data[0]?.current_period_end ?? 0;
    bench.clock.moveTo(next);
    await bench.advance('P4D');
    expect((await latestInvoice(subscription.id)).status_transitions.finalized_at).toBe(next + 72 * 3600);
  });
});

describe('when payments fail', () => {
  async function renewalFails(
    code?: string,
  ): Promise<{ subscription: Stripe.Subscription; invoice: Stripe.Invoice; card: string }> {
    const subscription = await subscribe();
    const card = await failingFrom(subscription, code);
    bench.clock.moveTo(subscription.items.data[0]?.current_period_end ?? 0);
    await bench.advance('PT1H');
    return { subscription, invoice: await latestInvoice(subscription.id), card };
  }

  test('four retries follow over fourteen days, then it stays past due', async () => {
    const { subscription, invoice } = await renewalFails();
    const first = bench.clock.seconds();
    const attempts: number[] = [];
    for (let next = invoice.next_payment_attempt; next !== null; ) {
      attempts.push((next - first) / daySeconds);
      bench.clock.moveTo(next);
      await bench.standIn.runDue();
      next = (await client.invoices.retrieve(invoice.id)).next_payment_attempt;
    }
    expect(attempts).toEqual([1, 4, 9, 14]);
    expect(await client.invoices.retrieve(invoice.id)).toMatchObject({
      status: 'open',
      attempt_count: 5,
      auto_advance: false,
    });
    expect((await client.subscriptions.retrieve(subscription.id)).status).toBe('past_due');
    expect(
      (await client.charges.list({ customer: subscription.customer as string })).data.filter(
        (each) => each.status === 'failed',
      ),
    ).toHaveLength(5);
  });

  test('a lost card is not charged again until there is another one, yet the schedule goes on', async () => {
    const { subscription, invoice } = await renewalFails('lost_card');
    await bench.advance('P1D');
    const charges = await client.charges.list({ customer: subscription.customer as string });
    expect(charges.data.filter((each) => each.status === 'failed')).toHaveLength(1);
    expect(await client.invoices.retrieve(invoice.id)).toMatchObject({ attempt_count: 2 });
    const other = await client.paymentMethods.attach('pm_card_mastercard', {
      customer: subscription.customer as string,
    });
    await client.customers.update(subscription.customer as string, {
      invoice_settings: { default_payment_method: other.id },
    });
    await bench.advance('P3D');
    expect(await client.invoices.retrieve(invoice.id)).toMatchObject({ status: 'paid', attempt_count: 3 });
    expect((await client.subscriptions.retrieve(subscription.id)).status).toBe('active');
  });

  test('paying the older invoice while a newer one waits leaves it past due', async () => {
    const { subscription, invoice, card } = await renewalFails();
    await bench.advance('P14D');
    bench.clock.moveTo((await client.subscriptions.retrieve(subscription.id)).items.data[0]?.current_period_end ?? 0);
    await bench.standIn.runDue();
    bench.standIn.cards.accept(card);
    await client.invoices.pay(invoice.id);
    expect((await client.subscriptions.retrieve(subscription.id)).status).toBe('past_due');
    await bench.advance('PT1H');
    expect((await client.subscriptions.retrieve(subscription.id)).status).toBe('active');
  });

  test('voiding the latest one looks back at the others; writing it off makes it active', async () => {
    const { subscription, invoice } = await renewalFails();
    await client.invoices.voidInvoice(invoice.id);
    expect((await client.subscriptions.retrieve(subscription.id)).status).toBe('active');
    await expect(client.invoices.voidInvoice(invoice.id)).rejects.toMatchObject({ statusCode: 400 });

    const other = await renewalFails();
    const written = await client.invoices.markUncollectible(other.invoice.id);
    expect(written).toMatchObject({
      status: 'uncollectible',
      status_details: { uncollectible: { reason: 'user_forgiven' } },
    });
    expect((await client.subscriptions.retrieve(other.subscription.id)).status).toBe('active');
  });

  test('paid outside of Stripe counts as paid', async () => {
    const { subscription, invoice } = await renewalFails();
    expect(await client.invoices.pay(invoice.id, { paid_out_of_band: true })).toMatchObject({
      status: 'paid',
      amount_paid: 0,
    });
    expect((await client.subscriptions.retrieve(subscription.id)).status).toBe('active');
  });
});

describe('the final action', () => {
  test.each([
    ['unpaid', { status: 'unpaid' }, 'customer.subscription.updated'],
    [
      'cancel',
      { status: 'canceled', cancellation_details: { reason: 'payment_failed' } },
      'customer.subscription.deleted',
    ],
    [
      'pause',
      { status: 'paused', status_details: { paused: { subscription: { type: 'final_payment_failure' } } } },
      'customer.subscription.paused',
    ],
  ] as const)('%s', async (finalAction, outcome, type) => {
    await bench.close();
    bench = await startBench({ retryPolicy: { afterDays: [2], finalAction } });
    client = bench.client;
    price = await monthlyPrice(client);
    const subscription = await subscribe();
    await failingFrom(subscription);
    bench.clock.moveTo(subscription.items.data[0]?.current_period_end ?? 0);
    await bench.advance('P2DT1H');
    expect(await client.subscriptions.retrieve(subscription.id)).toMatchObject(outcome);
    expect(
      bench.inbox.events.find(
        (each) => each.event.type === type && (each.event.data.object as { status?: string }).status === outcome.status,
      ),
    ).toBeDefined();
    if (finalAction !== 'unpaid') return;
    // Invoices go on being drafted, but nobody collects them.
    await bench.advance('P1M');
    expect(await latestInvoice(subscription.id)).toMatchObject({ status: 'draft', auto_advance: false });
  });
});
