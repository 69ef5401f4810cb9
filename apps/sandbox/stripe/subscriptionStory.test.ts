import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Bench, cardForm, customerWithCard, daySeconds, monthlyPrice, startBench } from './testBench.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await startBench();
});
afterEach(() => bench.close());

test('a trial becomes a paid subscription, its card fails, and the card updated in the portal saves it', async () => {
  const { client, clock, inbox, standIn } = bench;
  const start = clock.seconds();
  const price = await monthlyPrice(client);
  const customer = await customerWithCard(client);
  const card = customer.invoice_settings.default_payment_method as string;

  const trial = await client.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
    default_payment_method: card,
    trial_period_days: 14,
    trial_settings: { end_behavior: { missing_payment_method: 'pause' } },
    metadata: { organization: 'org_1' },
  });
  expect(trial.status).toBe('trialing');
  expect(trial.trial_end).toBe(start + 14 * daySeconds);
  expect(trial.items.data[0]?.current_period_end).toBe(trial.trial_end);
  expect(await client.invoices.retrieve(trial.latest_invoice as string)).toMatchObject({
    status: 'paid',
    total: 0,
    billing_reason: 'subscription_create',
  });

  await bench.advance('P12D');
  expect(inbox.of('customer.subscription.trial_will_end')[0]?.created).toBe(start + 11 * daySeconds);

  // The trial ends: active at once, the invoice a draft for an hour.
  await bench.advance('P2D');
  const active = await client.subscriptions.retrieve(trial.id, { expand: ['latest_invoice'] });
  expect(active).toMatchObject({
    status: 'active',
    latest_invoice: { status: 'draft', billing_reason: 'subscription_cycle', amount_due: 2900 },
  });
  await bench.advance('PT1H');
  const firstPaid = await client.invoices.retrieve((active.latest_invoice as { id: string }).id);
  expect(firstPaid).toMatchObject({ status: 'paid', attempt_count: 1 });
  expect(firstPaid.status_transitions.paid_at).toBe(start + 14 * daySeconds + 3600);
  expect(firstPaid.parent?.subscription_details?.subscription).toBe(trial.id);

  // From now on the card is refused. The next renewal is one calendar month after the trial's end.
  standIn.cards.decline(card, 'insufficient_funds');
  inbox.events.length = 0;
  await bench.advance('P1M');
  await bench.advance('PT1H');
  const pastDue = await client.subscriptions.retrieve(trial.id, {
    expand: ['latest_invoice.payments.data.payment.payment_intent'],
  });
  expect(pastDue.status).toBe('past_due');
  const open = pastDue.latest_invoice;
  if (open === null || typeof open === 'string') throw new Error('not expanded');
  const renewed = pastDue.items.data[0]?.current_period_start ?? 0;
  expect(new Date(renewed * 1000).toISOString()).toBe('2026-03-14T10:00:00.000Z');
  expect(open).toMatchObject({
    status: 'open',
    attempt_count: 1,
    attempted: true,
    next_payment_attempt: renewed + 3600 + daySeconds,
  });
  const intent = open.payments?.data[0]?.payment.payment_intent;
  if (typeof intent !== 'object') throw new Error('not expanded');
  expect(intent).toMatchObject({
    status: 'requires_payment_method',
    last_payment_error: { code: 'card_declined', decline_code: 'insufficient_funds', payment_method: { id: card } },
  });
  const failed = inbox.of('invoice.payment_failed')[0];
  expect(failed?.created).toBe(renewed + 3600);
  expect(inbox.of('customer.subscription.updated').at(-1)?.data.previous_attributes).toEqual({ status: 'active' });
  expect(await client.customers.retrieve(customer.id)).toMatchObject({ delinquent: true });

  // Two retries fail on schedule, one day and then three days later.
  await bench.advance('P4D');
  const retried = await client.invoices.retrieve(open.id);
  expect(retried).toMatchObject({ attempt_count: 3, next_payment_attempt: renewed + 3600 + 9 * daySeconds });

  // The owner updates the card on the portal's page, over plain HTTP.
  const session = await client.billingPortal.sessions.create({
    customer: customer.id,
    return_url: 'https://till.example/billing',
    flow_data: { type: 'payment_method_update' },
  });
  const page = await (await fetch(session.url)).text();
  expect(page).toContain('Test mode');
  expect(page).toContain('Corner Shop');
  const action = /<form method="post" action="([^"]+)"/.exec(page)?.[1] ?? '';
  const target = new URL(action, session.url);
  const bad = await fetch(target, { method: 'POST', body: cardForm('4242 4242 4242 4241'), redirect: 'manual' });
  expect(bad.status).toBe(402);
  expect(await bad.text()).toContain('Your card number is invalid.');
  const declined = await fetch(target, { method: 'POST', body: cardForm('4000 0000 0000 0002'), redirect: 'manual' });
  expect(await declined.text()).toContain('Your card was declined.');
  const saved = await fetch(target, { method: 'POST', body: cardForm('5555 5555 5555 4444') });
  expect(saved.status).toBe(200);
  expect(await saved.text()).toContain('https://till.example/billing');

  // The portal changed the customer's default only. The subscription's own default, the failing card, stays in force.
  const updated = await client.customers.retrieve(customer.id);
  if (updated.deleted) throw new Error('deleted');
  const fresh = updated.invoice_settings.default_payment_method as string;
  expect(fresh).not.toBe(card);
  expect((await client.paymentMethods.retrieve(fresh)).card).toMatchObject({
    brand: 'mastercard',
    last4: '4444',
    exp_month: 12,
    exp_year: 2034,
  });
  await expect(client.invoices.pay(open.id)).rejects.toMatchObject({
    type: 'StripeCardError',
    statusCode: 402,
    code: 'card_declined',
    decline_code: 'insufficient_funds',
  });
  const manual = await client.invoices.retrieve(open.id);
  expect(manual).toMatchObject({ attempt_count: 3, next_payment_attempt: retried.next_payment_attempt });

  // Aligned, the invoice can be paid, and all is well again.
  await client.subscriptions.update(trial.id, { default_payment_method: fresh });
  await standIn.runDue();
  inbox.events.length = 0;
  const paid = await client.invoices.pay(open.id);
  expect(paid).toMatchObject({ status: 'paid', amount_paid: 2900, amount_remaining: 0 });
  expect((await client.subscriptions.retrieve(trial.id)).status).toBe('active');
  await standIn.runDue();
  expect(inbox.types().sort()).toEqual([
    'charge.succeeded',
    'customer.subscription.updated',
    'customer.updated',
    'invoice.paid',
    'invoice.payment_succeeded',
    'invoice.updated',
    'invoice_payment.paid',
    'payment_intent.succeeded',
  ]);
  expect(inbox.refused).toEqual([]);

  // Paid: no retry is left, the next thing due is the renewal.
  expect(standIn.nextDueAt()?.toString()).toBe('2026-04-14T10:00:00Z');
});
