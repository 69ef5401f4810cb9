import type { Stripe } from 'stripe';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Bench, customerWithCard, monthlyPrice, startBench } from './testBench.ts';

let bench: Bench;
let client: Stripe;
beforeEach(async () => {
  bench = await startBench();
  client = bench.client;
});
afterEach(() => bench.close());

test('the account', async () => {
  const account = await client.accounts.retrieveCurrent();
  expect(account).toMatchObject({ object: 'account', charges_enabled: true, country: 'US' });
  expect((await client.accounts.retrieve(account.id)).id).toBe(account.id);
});

describe('customers', () => {
  test('are created, changed with what changed told, and deleted', async () => {
    const made = await client.customers.create({
      name: 'Shop',
      email: 's@example.com',
      address: { line1: 'High St 1', city: 'Leeds' },
    });
    expect(made).toMatchObject({
      object: 'customer',
      livemode: false,
      balance: 0,
      address: { city: 'Leeds', state: null },
    });
    await client.customers.update(made.id, { name: 'Shop & Sons', address: { city: 'York' } });
    await bench.standIn.runDue();
    expect(bench.inbox.of('customer.updated')[0]?.data).toMatchObject({
      object: { name: 'Shop & Sons' },
      previous_attributes: { name: 'Shop', address: { city: 'Leeds' } },
    });
    expect((await client.customers.list({ email: 's@example.com' })).data).toHaveLength(1);
    expect(await client.customers.del(made.id)).toEqual(expect.objectContaining({ id: made.id, deleted: true }));
    expect(await client.customers.retrieve(made.id)).toMatchObject({ id: made.id, deleted: true });
    expect((await client.customers.list()).data).toHaveLength(0);
    await expect(client.customers.update(made.id, { name: 'x' })).rejects.toMatchObject({ statusCode: 404 });
  });

  test('deleting one ends its subscriptions', async () => {
    const customer = await customerWithCard(client);
    const { id } = await client.subscriptions.create({
      customer: customer.id,
      items: [{ price: (await monthlyPrice(client)).id }],
    });
    await client.customers.del(customer.id);
    expect(await client.subscriptions.retrieve(id)).toMatchObject({
      status: 'canceled',
      ended_at: bench.clock.seconds(),
    });
  });
});

test('products and prices, with lookup keys that are handed over only on request', async () => {
  const product = await client.products.create({ name: 'Pro', metadata: { plan: 'pro' }, id: 'prod_pro' });
  await expect(client.products.create({ name: 'Pro', id: 'prod_pro' })).rejects.toMatchObject({
    code: 'resource_already_exists',
  });
  const terms = { product: product.id, currency: 'usd', recurring: { interval: 'month' } } as const;
  const old = await client.prices.create({ ...terms, unit_amount: 9900, lookup_key: 'pro_monthly' });
  expect(old).toMatchObject({
    type: 'recurring',
    recurring: { interval: 'month', interval_count: 1, usage_type: 'licensed' },
    lookup_key: 'pro_monthly',
  });
  await expect(client.prices.create({ ...terms, unit_amount: 10900, lookup_key: 'pro_monthly' })).rejects.toMatchObject(
    { param: 'lookup_key' },
  );
  const fresh = await client.prices.create({
    ...terms,
    unit_amount: 10900,
    lookup_key: 'pro_monthly',
    transfer_lookup_key: true,
  });
  expect((await client.prices.list({ lookup_keys: ['pro_monthly', 'none'] })).data.map((each) => each.id)).toEqual([
    fresh.id,
  ]);
  await client.prices.update(old.id, { active: false });
  expect((await client.prices.list({ active: true, product: product.id })).data.map((each) => each.id)).toEqual([
    fresh.id,
  ]);
  expect(
    (await client.products.update(product.id, { default_price: fresh.id, description: 'All of it' })).default_price,
  ).toBe(fresh.id);
  await expect(client.products.del(product.id)).rejects.toMatchObject({ statusCode: 400 });
  const unused = await client.products.create({ name: 'Unused' });
  expect(await client.products.del(unused.id)).toMatchObject({ deleted: true });
});

describe('payment methods', () => {
  test.each([
    'pm_card_visa',
    'pm_card_mastercard',
    'pm_card_amex',
    'pm_card_chargeCustomerFail',
    'pm_card_authenticationRequired',
  ])('%s attaches under an id of its own', async (token) => {
    const customer = await client.customers.create({});
    const method = await client.paymentMethods.attach(token, { customer: customer.id });
    expect(method.id).toMatch(/^pm_1/);
    expect(method).toMatchObject({ customer: customer.id, type: 'card' });
    expect((await client.paymentMethods.list({ customer: customer.id })).data.map((each) => each.id)).toEqual([
      method.id,
    ]);
    expect((await client.customers.listPaymentMethods(customer.id)).data).toHaveLength(1);
  });

  test.each([
    ['pm_card_visa_chargeDeclined', 'card_declined', 'generic_decline'],
    ['pm_card_visa_chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds'],
    ['pm_card_visa_chargeDeclinedLostCard', 'card_declined', 'lost_card'],
    ['pm_card_visa_chargeDeclinedStolenCard', 'card_declined', 'stolen_card'],
    ['pm_card_visa_chargeDeclinedVelocityLimitExceeded', 'card_declined', 'card_velocity_exceeded'],
    ['pm_card_chargeDeclinedExpiredCard', 'expired_card', 'expired_card'],
    ['pm_card_chargeDeclinedIncorrectCvc', 'incorrect_cvc', 'incorrect_cvc'],
    ['pm_card_chargeDeclinedProcessingError', 'processing_error', 'processing_error'],
  ])('%s cannot be attached', async (token, code, declineCode) => {
    const customer = await client.customers.create({});
    await expect(client.paymentMethods.attach(token, { customer: customer.id })).rejects.toMatchObject({
      type: 'StripeCardError',
      statusCode: 402,
      code,
      decline_code: declineCode,
    });
    expect((await client.paymentMethods.list({ customer: customer.id })).data).toHaveLength(0);
  });

  test('detaching takes it out of every default', async () => {
    const customer = await customerWithCard(client);
    const card = customer.invoice_settings.default_payment_method as string;
    const subscription = await client.subscriptions.create({
      customer: customer.id,
      items: [{ price: (await monthlyPrice(client)).id }],
      default_payment_method: card,
    });
    expect((await client.paymentMethods.detach(card)).customer).toBeNull();
    expect((await client.customers.retrieve(customer.id)) as Stripe.Customer).toMatchObject({
      invoice_settings: { default_payment_method: null },
    });
    expect((await client.subscriptions.retrieve(subscription.id)).default_payment_method).toBeNull();
    await bench.standIn.runDue();
    expect(bench.inbox.of('payment_method.detached')[0]?.data.previous_attributes).toEqual({ customer: customer.id });
    await expect(client.paymentMethods.detach(card)).rejects.toMatchObject({ statusCode: 400 });
  });

  test('the same number has the same fingerprint, another customer cannot use it', async () => {
    const [a, b] = [await customerWithCard(client), await customerWithCard(client)];
    const [mine, theirs] = await Promise.all(
      [a, b].map((each) => client.paymentMethods.retrieve(each.invoice_settings.default_payment_method as string)),
    );
    expect(mine?.card?.fingerprint).toBe(theirs?.card?.fingerprint);
    await expect(
      client.customers.update(a.id, { invoice_settings: { default_payment_method: theirs?.id ?? '' } }),
    ).rejects.toMatchObject({ code: 'resource_missing' });
  });

  test('are made of tokens and changed', async () => {
    const method = await client.paymentMethods.create({
      type: 'card',
      card: { token: 'tok_mastercard' },
      metadata: { from: 'till' },
    });
    expect(method).toMatchObject({ customer: null, card: { brand: 'mastercard' }, metadata: { from: 'till' } });
    expect((await client.paymentMethods.update(method.id, { card: { exp_year: 2040 } })).card?.exp_year).toBe(2040);
  });
});

test('setup intents attach, and keep the reason when they fail', async () => {
  const customer = await client.customers.create({});
  const done = await client.setupIntents.create({
    customer: customer.id,
    payment_method: 'pm_card_visa',
    confirm: true,
  });
  expect(done).toMatchObject({ status: 'succeeded', customer: customer.id });
  expect((await client.paymentMethods.retrieve(done.payment_method as string)).customer).toBe(customer.id);
  const open = await client.setupIntents.create({ customer: customer.id });
  expect(open.status).toBe('requires_payment_method');
  await expect(
    client.setupIntents.confirm(open.id, { payment_method: 'pm_card_visa_chargeDeclined' }),
  ).rejects.toMatchObject({ statusCode: 402 });
  expect(await client.setupIntents.retrieve(open.id)).toMatchObject({
    status: 'requires_payment_method',
    last_setup_error: { decline_code: 'generic_decline' },
  });
  expect((await client.setupIntents.cancel(open.id)).status).toBe('canceled');
  await bench.standIn.runDue();
  expect(bench.inbox.types()).toEqual(
    expect.arrayContaining([
      'setup_intent.succeeded',
      'setup_intent.setup_failed',
      'setup_intent.canceled',
      'payment_method.attached',
    ]),
  );
});

test('an invoice by hand: items, finalised, paid, refunded in parts', async () => {
  const customer = await customerWithCard(client);
  await client.invoiceItems.create({ customer: customer.id, amount: 1500, currency: 'usd', description: 'Training' });
  const draft = await client.invoices.create({
    customer: customer.id,
    pending_invoice_items_behavior: 'include',
    auto_advance: false,
  });
  await client.invoiceItems.create({ customer: customer.id, invoice: draft.id, amount: 500, currency: 'usd' });
  const open = await client.invoices.finalizeInvoice(draft.id);
  expect(open).toMatchObject({
    status: 'open',
    total: 2000,
    amount_due: 2000,
    number: expect.stringMatching(/^[A-Z0-9]{8}-0001$/),
    billing_reason: 'manual',
    parent: null,
  });
  expect((await client.invoices.listLineItems(draft.id)).data.map((line) => line.amount)).toEqual([1500, 500]);
  await expect(client.invoices.finalizeInvoice(draft.id)).rejects.toMatchObject({ statusCode: 400 });
  const paid = await client.invoices.pay(draft.id);
  expect(paid.status).toBe('paid');
  await expect(client.invoices.pay(draft.id)).rejects.toMatchObject({ message: 'Invoice is already paid' });

  const payments = await client.invoicePayments.list({ invoice: draft.id });
  const intent = await client.paymentIntents.retrieve(payments.data[0]?.payment.payment_intent as string);
  expect(intent).toMatchObject({ status: 'succeeded', amount_received: 2000 });
  const part = await client.refunds.create({ payment_intent: intent.id, amount: 700, reason: 'requested_by_customer' });
  expect(part).toMatchObject({ status: 'succeeded', amount: 700, charge: intent.latest_charge });
  await expect(client.refunds.create({ payment_intent: intent.id, amount: 1400 })).rejects.toMatchObject({
    param: 'amount',
  });
  await client.refunds.create({ charge: intent.latest_charge as string });
  expect(await client.charges.retrieve(intent.latest_charge as string)).toMatchObject({
    refunded: true,
    amount_refunded: 2000,
  });
  await expect(client.refunds.create({ payment_intent: intent.id })).rejects.toMatchObject({
    code: 'charge_already_refunded',
  });
});

test('a draft without a subscription can be deleted, what the balance holds is used up first', async () => {
  const customer = await customerWithCard(client, 'pm_card_visa', { balance: -300 });
  const gone = await client.invoices.create({ customer: customer.id });
  expect(await client.invoices.del(gone.id)).toMatchObject({ deleted: true });
  await client.invoiceItems.create({ customer: customer.id, amount: 1000, currency: 'usd' });
  const draft = await client.invoices.create({ customer: customer.id, pending_invoice_items_behavior: 'include' });
  const paid = await client.invoices.pay(draft.id);
  expect(paid).toMatchObject({
    total: 1000,
    amount_due: 700,
    amount_paid: 700,
    starting_balance: -300,
    ending_balance: 0,
  });
  expect(await client.customers.retrieve(customer.id)).toMatchObject({ balance: 0 });
});

describe('events', () => {
  test('are listed newest first, by type, family, time and delivery, and read one by one', async () => {
    const customer = await client.customers.create({ name: 'A' });
    bench.inbox.answer = (event) => (event.type === 'product.created' ? 500 : 200);
    bench.clock.advance('PT1M');
    await client.products.create({ name: 'P' });
    await bench.standIn.runDue();
    const all = await client.events.list();
    expect(all.data.map((each) => each.type)).toEqual(['product.created', 'customer.created']);
    expect((await client.events.list({ type: 'customer.*' })).data.map((each) => each.type)).toEqual([
      'customer.created',
    ]);
    expect((await client.events.list({ types: ['product.created', 'price.created'] })).data).toHaveLength(1);
    expect((await client.events.list({ delivery_success: false })).data.map((each) => each.type)).toEqual([
      'product.created',
    ]);
    expect((await client.events.list({ delivery_success: true })).data.map((each) => each.type)).toEqual([
      'customer.created',
    ]);
    expect((await client.events.list({ created: { gt: customer.created } })).data).toHaveLength(1);
    const [failed, told] = all.data;
    expect(failed).toMatchObject({
      object: 'event',
      livemode: false,
      api_version: '2026-10-28.endive',
      pending_webhooks: 1,
    });
    expect(await client.events.retrieve(told?.id ?? '')).toMatchObject({
      pending_webhooks: 0,
      data: { object: { id: customer.id } },
      request: { id: expect.stringMatching(/^req_/) },
    });
  });

  test('can be walked in the order in which they happened, and are kept for 30 days', async () => {
    for (let n = 0; n < 12; n += 1) await client.customers.create({ name: `${n}` });
    const [first] = (await client.events.list({ limit: 100 })).data.slice(-1);
    const names: string[] = [];
    for await (const event of client.events.list({ ending_before: first?.id ?? '', limit: 5 }))
      names.push((event.data.object as Stripe.Customer).name ?? '');
    expect(names).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11']);
    bench.clock.advance('P30DT1S');
    expect((await client.events.list()).data).toEqual([]);
    await expect(client.events.retrieve(first?.id ?? '')).rejects.toMatchObject({ statusCode: 404 });
  });
});

test('webhook endpoints tell their secret once', async () => {
  const made = await client.webhookEndpoints.create({
    url: 'https://keeper.example/webhooks/stripe',
    enabled_events: ['invoice.paid'],
    description: 'x',
  });
  expect(made.secret).toMatch(/^whsec_/);
  expect(bench.standIn.webhookSecret(made.id)).toBe(made.secret);
  expect((await client.webhookEndpoints.retrieve(made.id)).secret).toBeUndefined();
  expect(await client.webhookEndpoints.update(made.id, { disabled: true, enabled_events: ['*'] })).toMatchObject({
    status: 'disabled',
    enabled_events: ['*'],
  });
  expect((await client.webhookEndpoints.list()).data).toHaveLength(2);
  expect(await client.webhookEndpoints.del(made.id)).toMatchObject({ deleted: true });
  await expect(client.webhookEndpoints.retrieve(made.id)).rejects.toMatchObject({ statusCode: 404 });
  await expect(client.webhookEndpoints.create({ url: 'ftp://x', enabled_events: ['*'] })).rejects.toMatchObject({
    code: 'url_invalid',
    param: 'url',
  });
});

test('portal configurations', async () => {
  const made = await client.billingPortal.configurations.create({
    features: {
      payment_method_update: { enabled: true },
      subscription_cancel: { enabled: true, mode: 'at_period_end' },
    },
    default_return_url: 'https://till.example',
  });
  expect(made).toMatchObject({
    active: true,
    is_default: false,
    features: { payment_method_update: { enabled: true }, invoice_history: { enabled: false } },
  });
  expect((await client.billingPortal.configurations.update(made.id, { active: false })).active).toBe(false);
  expect((await client.billingPortal.configurations.list({ active: true })).data).toHaveLength(0);
  expect((await client.billingPortal.configurations.retrieve(made.id)).default_return_url).toBe('https://till.example');
});
