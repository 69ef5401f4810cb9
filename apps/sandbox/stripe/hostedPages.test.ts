import type { Stripe } from 'stripe';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Bench, cardForm, customerWithCard, monthlyPrice, startBench } from './testBench.ts';

let bench: Bench;
let client: Stripe;
beforeEach(async () => {
  bench = await startBench();
  client = bench.client;
});
afterEach(() => bench.close());

function submit(url: string, page: string, body: URLSearchParams, nth = 0): Promise<Response> {
  const actions = [...page.matchAll(/<form method="post" action="([^"]+)"/g)].map((match) => match[1] ?? '');
  return fetch(new URL(actions[nth] ?? '', url), { method: 'POST', body, redirect: 'manual' });
}

async function text(url: string): Promise<string> {
  return (await fetch(url)).text();
}

describe('the portal', () => {
  async function open(
    params: Partial<Stripe.BillingPortal.SessionCreateParams> = {},
  ): Promise<{ customer: Stripe.Customer; session: Stripe.BillingPortal.Session }> {
    const customer = await customerWithCard(client);
    const session = await client.billingPortal.sessions.create({
      customer: customer.id,
      return_url: 'https://till.example/billing?x=1&y=2',
      ...params,
    });
    return { customer, session };
  }

  test.each([
    ['4242 4242 4242 4241', {}, 'Your card number is invalid.'],
    ['4111 1111 1111 1111', {}, 'Only test cards work here.'],
    ['4242 4242 4242 4242', { expiry: '13 / 34' }, 'expiration date is invalid'],
    ['4242 4242 4242 4242', { expiry: '01 / 20' }, 'expiration date is in the past'],
    ['4242 4242 4242 4242', { cvc: '12' }, 'security code is incomplete'],
    ['3782 822463 10005', { cvc: '123' }, 'security code is incomplete'],
    ['4000 0000 0000 9995', {}, 'Your card has insufficient funds.'],
  ])('%s %j is refused with words', async (number, more, words) => {
    const { session } = await open({ flow_data: { type: 'payment_method_update' } });
    const answer = await submit(session.url, await text(session.url), cardForm(number, more));
    expect(answer.status).toBe(402);
    const page = await answer.text();
    expect(page).toContain('role="alert"');
    expect(page.replaceAll('&#39;', "'")).toContain(words);
  });

  test('a card that fails later is saved all the same', async () => {
    const { customer, session } = await open({ flow_data: { type: 'payment_method_update' } });
    const answer = await submit(
      session.url,
      await text(session.url),
      cardForm('4000 0000 0000 0341', { expiry: '12/2034' }),
    );
    expect(answer.status).toBe(303);
    const done = await text(new URL(answer.headers.get('location') ?? '', session.url).href);
    expect(done).toContain('http-equiv="refresh" content="2;url=https://till.example/billing?x=1&amp;y=2"');
    const now = (await client.customers.retrieve(customer.id, {
      expand: ['invoice_settings.default_payment_method'],
    })) as Stripe.Customer;
    expect(now.invoice_settings.default_payment_method).toMatchObject({
      card: { last4: '0341' },
      billing_details: { name: 'A. Owner' },
    });
    await bench.standIn.runDue();
    expect(bench.inbox.types()).toEqual(
      expect.arrayContaining([
        'setup_intent.created',
        'setup_intent.succeeded',
        'payment_method.attached',
        'customer.updated',
        'billing_portal.session.created',
      ]),
    );
  });

  test('a declined card leaves its failed setup on record and the old default in force', async () => {
    const { customer, session } = await open({ flow_data: { type: 'payment_method_update' } });
    await submit(session.url, await text(session.url), cardForm('4000 0000 0000 0002'));
    expect((await client.setupIntents.list({ customer: customer.id })).data[0]).toMatchObject({
      status: 'requires_payment_method',
      last_setup_error: { decline_code: 'generic_decline' },
    });
    expect(await client.customers.retrieve(customer.id)).toMatchObject({ invoice_settings: customer.invoice_settings });
  });

  test('after the flow it goes where the session says', async () => {
    const { session } = await open({
      flow_data: {
        type: 'payment_method_update',
        after_completion: { type: 'redirect', redirect: { return_url: 'https://till.example/done' } },
      },
    });
    const answer = await submit(session.url, await text(session.url), cardForm('4242 4242 4242 4242'));
    expect(await text(new URL(answer.headers.get('location') ?? '', session.url).href)).toContain(
      '2;url=https://till.example/done',
    );
  });

  test('its home shows the subscription and the invoices, cancels and takes it back', async () => {
    const { customer, session } = await open();
    const price = await monthlyPrice(client);
    const { id } = await client.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] });
    const home = await text(session.url);
    expect(home).toContain('Visa ending in 4242');
    expect(home).toContain('$29.00 / month');
    expect(home).toContain('/i/');
    expect((await submit(session.url, home, new URLSearchParams())).status).toBe(303);
    expect((await client.subscriptions.retrieve(id)).cancel_at_period_end).toBe(true);
    await submit(session.url, await text(session.url), new URLSearchParams());
    expect((await client.subscriptions.retrieve(id)).cancel_at_period_end).toBe(false);
  });

  test('names are shown as text, never as markup, and scripts cannot run', async () => {
    const customer = await client.customers.create({ name: '<script>alert(1)</script>' });
    const session = await client.billingPortal.sessions.create({ customer: customer.id });
    const answer = await fetch(session.url);
    expect(await answer.text()).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(answer.headers.get('content-security-policy')).toMatch(/default-src 'none'; style-src 'sha256-[^']+'/);
  });

  test('a link that is over or was never made opens nothing', async () => {
    expect((await fetch(`${bench.standIn.url}/p/session/test_none`)).status).toBe(404);
    await bench.close();
    bench = await startBench({ portalSessionSeconds: 0 });
    client = bench.client;
    const { session } = await open();
    expect((await fetch(session.url)).status).toBe(404);
    const answer = await fetch(`${session.url}/payment_method`, {
      method: 'POST',
      body: cardForm('4242 4242 4242 4242'),
    });
    expect(answer.status).toBe(404);
  });
});

describe('the page of an invoice', () => {
  async function failing(token: string): Promise<Stripe.Invoice> {
    const customer = await customerWithCard(client, token);
    const price = await monthlyPrice(client);
    const subscription = await client.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
      expand: ['latest_invoice'],
    });
    return subscription.latest_invoice as Stripe.Invoice;
  }

  test('takes a new card for an open one', async () => {
    const invoice = await failing('pm_card_chargeCustomerFail');
    const url = invoice.hosted_invoice_url ?? '';
    const page = await text(url);
    expect(page).toContain('$29.00');
    const refused = await submit(url, page, cardForm('4000 0000 0000 0341'));
    expect(await refused.text()).toContain('Your card was declined.');
    expect((await submit(url, page, cardForm('4242 4242 4242 4242'))).status).toBe(303);
    expect(await text(url)).toContain('Paid. Thank you.');
    expect((await client.invoices.retrieve(invoice.id)).status).toBe('paid');
    expect((await client.subscriptions.list({ status: 'active' })).data).toHaveLength(1);
    expect((await submit(url, page, cardForm('4242 4242 4242 4242'))).status).toBe(404);
  });

  test('lets the holder confirm a payment that waits for it', async () => {
    const invoice = await failing('pm_card_authenticationRequired');
    const url = invoice.hosted_invoice_url ?? '';
    const page = await text(url);
    expect(page).toContain('Your bank asks for a confirmation');
    expect((await submit(url, page, new URLSearchParams())).status).toBe(303);
    expect((await client.invoices.retrieve(invoice.id)).status).toBe('paid');
  });
});

describe('checkout', () => {
  async function open(params: Partial<Stripe.Checkout.SessionCreateParams> = {}): Promise<Stripe.Checkout.Session> {
    const price = await monthlyPrice(client, 9900);
    return client.checkout.sessions.create({
      mode: 'subscription',
      line_items: [{ price: price.id, quantity: 2 }],
      success_url: 'https://till.example/paid?session={CHECKOUT_SESSION_ID}',
      cancel_url: 'https://till.example/plans',
      subscription_data: { metadata: { organization: 'org_9' } },
      client_reference_id: 'org_9',
      ...params,
    });
  }

  test('makes the customer, the subscription with the card as its own default, and leads back', async () => {
    const session = await open();
    expect(session).toMatchObject({
      status: 'open',
      payment_status: 'unpaid',
      amount_total: 19800,
      mode: 'subscription',
    });
    expect((await client.checkout.sessions.listLineItems(session.id)).data).toMatchObject([
      { quantity: 2, amount_total: 19800, description: 'Basic' },
    ]);
    const url = session.url ?? '';
    const page = await text(url);
    expect(page).toContain('name="email"');
    const declined = await submit(url, page, cardForm('4000 0000 0000 0341', { email: 'new@example.com' }));
    expect(declined.status).toBe(402);
    expect((await client.customers.list()).data).toEqual([]);
    const paid = await submit(url, page, cardForm('4242 4242 4242 4242', { email: 'new@example.com' }));
    expect(paid.headers.get('location')).toBe(`https://till.example/paid?session=${session.id}`);
    const done = await client.checkout.sessions.retrieve(session.id, {
      expand: ['subscription', 'customer', 'line_items'],
    });
    expect(done).toMatchObject({
      status: 'complete',
      payment_status: 'paid',
      url: null,
      customer: { email: 'new@example.com' },
      subscription: {
        status: 'active',
        metadata: { organization: 'org_9' },
        default_payment_method: expect.stringMatching(/^pm_/),
      },
      line_items: { data: [{ quantity: 2 }] },
    });
    await bench.standIn.runDue();
    expect(bench.inbox.of('checkout.session.completed')[0]?.data.object).toMatchObject({
      id: session.id,
      client_reference_id: 'org_9',
    });
    expect((await fetch(url)).status).toBe(404);
  });

  test('for a known customer, with a trial', async () => {
    const customer = await client.customers.create({ email: 'known@example.com' });
    const session = await open({ customer: customer.id, subscription_data: { trial_period_days: 14 } });
    const url = session.url ?? '';
    const page = await text(url);
    expect(page).not.toContain('name="email"');
    expect(page).toContain('$0.00');
    await submit(url, page, cardForm('4242 4242 4242 4242'));
    expect(await client.checkout.sessions.retrieve(session.id, { expand: ['subscription'] })).toMatchObject({
      payment_status: 'no_payment_required',
      subscription: { status: 'trialing', customer: customer.id },
    });
  });

  test('expires after a day, or when told', async () => {
    const [a, b] = [await open(), await open()];
    expect(await client.checkout.sessions.expire(b.id)).toMatchObject({ status: 'expired', url: null });
    await expect(client.checkout.sessions.expire(b.id)).rejects.toMatchObject({ statusCode: 400 });
    await bench.advance('P1D');
    expect((await client.checkout.sessions.retrieve(a.id)).status).toBe('expired');
    expect(bench.inbox.of('checkout.session.expired')).toHaveLength(2);
    expect((await fetch(a.url ?? '')).status).toBe(404);
  });
});
