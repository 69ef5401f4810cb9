import { Stripe } from 'stripe';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Bench, clientOf, customerWithCard, monthlyPrice, startBench } from './testBench.ts';

let bench: Bench;
let client: Stripe;
beforeEach(async () => {
  bench = await startBench({ events: false });
  client = bench.client;
});
afterEach(() => bench.close());

function post(path: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  const authorization = `Bearer ${bench.standIn.secretKey}`;
  const type = 'application/x-www-form-urlencoded';
  return fetch(`${bench.standIn.url}${path}`, {
    method: 'POST',
    body,
    headers: { authorization, 'content-type': type, ...headers },
  });
}

describe('what stands around every call', () => {
  test('only the secret key is let in', async () => {
    const { hostname, port } = new URL(bench.standIn.url);
    const stranger = new Stripe('sk_test_wrong_key_1234', {
      host: hostname,
      port: Number(port),
      protocol: 'http',
      maxNetworkRetries: 0,
    });
    await expect(stranger.customers.list()).rejects.toMatchObject({
      type: 'StripeAuthenticationError',
      statusCode: 401,
    });
    expect((await fetch(`${bench.standIn.url}/v1/customers`)).status).toBe(401);
  });

  test('answers carry a request id, the version and the key', async () => {
    const customer = await client.customers.create({ email: 'a@example.com' }, { idempotencyKey: 'k1' });
    expect(customer.lastResponse).toMatchObject({
      statusCode: 200,
      apiVersion: '2026-10-28.endive',
      idempotencyKey: 'k1',
    });
    expect(customer.lastResponse.requestId).toMatch(/^req_/);
  });

  test('a version from before the present shapes is refused, not misread', async () => {
    const answer = await post('/v1/customers', 'email=a%40example.com', { 'stripe-version': '2020-08-27' });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      error: { type: 'invalid_request_error', message: 'Invalid Stripe API version: 2020-08-27' },
    });
  });

  test('an unknown address is 404', async () => {
    const answer = await fetch(`${bench.standIn.url}/v1/nonsense`);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ error: { message: 'Unrecognized request URL (GET: /v1/nonsense).' } });
  });

  test.each([
    [
      'an unknown parameter',
      { nonsense: '1' },
      { code: 'parameter_unknown', param: 'nonsense', message: 'Received unknown parameter: nonsense' },
    ],
    [
      'an unknown nested one',
      { invoice_settings: { nonsense: '1' } },
      { code: 'parameter_unknown', param: 'invoice_settings[nonsense]' },
    ],
    [
      'a text for a number',
      { balance: 'many' },
      { code: 'parameter_invalid_integer', param: 'balance', message: 'Invalid integer: many' },
    ],
    [
      'an unknown default card',
      { invoice_settings: { default_payment_method: 'pm_0' } },
      { code: 'resource_missing', param: 'invoice_settings[default_payment_method]' },
    ],
  ])('%s is named in the error', async (_what, params, error) => {
    await expect(client.customers.create(params as Stripe.CustomerCreateParams)).rejects.toMatchObject({
      type: 'StripeInvalidRequestError',
      statusCode: 400,
      ...error,
    });
  });

  test('a missing parameter is named in the error', async () => {
    await expect(client.prices.create({} as Stripe.PriceCreateParams)).rejects.toMatchObject({
      code: 'parameter_missing',
      param: 'currency',
      message: 'Missing required param: currency.',
    });
  });

  test('an id in the path that nobody has is 404, in a parameter 400', async () => {
    await expect(client.subscriptions.retrieve('sub_0')).rejects.toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
      param: 'id',
      message: "No such subscription: 'sub_0'",
    });
    await expect(
      client.subscriptions.create({ customer: 'cus_0', items: [{ price: 'price_0' }] }),
    ).rejects.toMatchObject({
      statusCode: 400,
      code: 'resource_missing',
      param: 'customer',
    });
  });

  test('metadata merges, an empty value deletes a name, an empty whole deletes all', async () => {
    const { id } = await client.customers.create({ metadata: { a: '1', b: '2' } });
    expect((await client.customers.update(id, { metadata: { b: '', c: '3' } })).metadata).toEqual({ a: '1', c: '3' });
    expect((await client.customers.update(id, { metadata: '' })).metadata).toEqual({});
  });
});

describe('idempotency', () => {
  test('the same key and parameters are answered from the record, once done', async () => {
    const first = await client.customers.create({ name: 'A' }, { idempotencyKey: 'same' });
    const again = await post('/v1/customers', 'name=A', { 'idempotency-key': 'same' });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.headers.get('original-request')).toBe(first.lastResponse.requestId);
    expect(await again.json()).toMatchObject({ id: first.id });
    expect((await client.customers.list()).data).toHaveLength(1);
    expect(bench.standIn.stats.idempotencyHits).toBe(1);
  });

  test('other parameters under a used key are an error', async () => {
    await client.customers.create({ name: 'A' }, { idempotencyKey: 'same' });
    await expect(client.customers.create({ name: 'B' }, { idempotencyKey: 'same' })).rejects.toMatchObject({
      type: 'StripeIdempotencyError',
      statusCode: 400,
    });
    expect((await client.customers.list()).data).toHaveLength(1);
  });

  test('a key is forgotten after a day of business time', async () => {
    const first = await client.customers.create({ name: 'A' }, { idempotencyKey: 'same' });
    bench.clock.advance('PT24H1S');
    const second = await client.customers.create({ name: 'A' }, { idempotencyKey: 'same' });
    expect(second.id).not.toBe(first.id);
  });

  test('a refused parameter is not recorded, a declined charge is', async () => {
    await expect(client.customers.create({ balance: 'x' } as never, { idempotencyKey: 'v' })).rejects.toMatchObject({
      statusCode: 400,
    });
    await client.customers.create({ name: 'A' }, { idempotencyKey: 'v' });

    const customer = await customerWithCard(client, 'pm_card_chargeCustomerFail');
    await client.invoiceItems.create({ customer: customer.id, amount: 500, currency: 'usd' });
    const invoice = await client.invoices.create({ customer: customer.id, pending_invoice_items_behavior: 'include' });
    const pay = (): Promise<unknown> => client.invoices.pay(invoice.id, {}, { idempotencyKey: 'pay' });
    await expect(pay()).rejects.toMatchObject({ statusCode: 402, code: 'card_declined' });
    await expect(pay()).rejects.toMatchObject({ statusCode: 402, code: 'card_declined' });
    expect((await client.charges.list({ customer: customer.id })).data).toHaveLength(1);
  });
});

describe('lists', () => {
  test('newest first, paged by the last id, walked by the client itself', async () => {
    const made: string[] = [];
    for (let n = 0; n < 25; n += 1) made.unshift((await client.customers.create({ name: `Shop ${n}` })).id);
    const page = await client.customers.list({ limit: 10 });
    expect(page).toMatchObject({ object: 'list', has_more: true, url: '/v1/customers' });
    expect(page.data.map((each) => each.id)).toEqual(made.slice(0, 10));
    const walked: string[] = [];
    for await (const each of client.customers.list({ limit: 10 })) walked.push(each.id);
    expect(walked).toEqual(made);
    const before = await client.customers.list({ ending_before: made[10] ?? '', limit: 3 });
    expect(before.data.map((each) => each.id)).toEqual(made.slice(7, 10));
    expect(before.has_more).toBe(true);
  });

  test('a page has 10 objects unless told, 100 at most, and a cursor must exist', async () => {
    for (let n = 0; n < 11; n += 1) await client.products.create({ name: `P${n}` });
    expect((await client.products.list()).data).toHaveLength(10);
    await expect(client.products.list({ limit: 101 })).rejects.toMatchObject({ param: 'limit' });
    await expect(client.products.list({ starting_after: 'prod_0' })).rejects.toMatchObject({
      code: 'resource_missing',
      param: 'starting_after',
    });
  });

  test('creation time narrows a list', async () => {
    await client.customers.create({ name: 'old' });
    const from = bench.clock.seconds();
    bench.clock.advance('P1D');
    await client.customers.create({ name: 'new' });
    expect((await client.customers.list({ created: { gt: from } })).data.map((each) => each.name)).toEqual(['new']);
    expect((await client.customers.list({ created: from })).data.map((each) => each.name)).toEqual(['old']);
  });
});

describe('expand', () => {
  test('nested, in lists, and of fields that are otherwise left out', async () => {
    const price = await monthlyPrice(client);
    const customer = await customerWithCard(client);
    await client.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] });
    const listed = await client.subscriptions.list({
      expand: [
        'data.customer',
        'data.items.data.price.product',
        'data.latest_invoice.payments.data.payment.payment_intent',
        'data.latest_invoice.confirmation_secret',
      ],
    });
    const plain = await client.subscriptions.list();
    expect(plain.data[0]?.customer).toBe(customer.id);
    expect(listed.data[0]).toMatchObject({
      customer: { id: customer.id, email: 'owner@example.com' },
      items: { data: [{ price: { unit_amount: 2900, product: { name: 'Basic' } } }] },
      latest_invoice: {
        status: 'paid',
        confirmation_secret: { type: 'payment_intent' },
        payments: { data: [{ status: 'paid', payment: { payment_intent: { status: 'succeeded', amount: 2900 } } }] },
      },
    });
    const unexpanded = await client.invoices.retrieve(plain.data[0]?.latest_invoice as string);
    expect(unexpanded.payments).toBeUndefined();
    const found = await client.customers.retrieve(customer.id, { expand: ['subscriptions'] });
    expect((found as Stripe.Customer).subscriptions?.data).toHaveLength(1);
  });

  test('what cannot be expanded is an error, and so is a fifth level', async () => {
    const customer = await client.customers.create({ email: 'a@example.com' });
    await expect(client.customers.retrieve(customer.id, { expand: ['email.domain'] })).rejects.toMatchObject({
      param: 'expand',
      statusCode: 400,
    });
    await expect(client.customers.retrieve(customer.id, { expand: ['nonsense'] })).rejects.toMatchObject({
      message: 'This property cannot be expanded (nonsense).',
    });
    await expect(client.subscriptions.list({ expand: ['data.a.b.c.d.e'] })).rejects.toMatchObject({ param: 'expand' });
  });
});

test('the client reaches it with decimals as its own type', async () => {
  const price = await monthlyPrice(clientOf(bench.standIn), 1234);
  expect(price.unit_amount_decimal?.toString()).toBe('1234');
});
