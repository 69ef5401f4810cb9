import { AppError } from '@tillkeeper/platform/errors';
import { testDatabases } from '@tillkeeper/sandbox/testing/database.ts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { inTransaction, type KeeperContext } from '../context.ts';
import { alignPaymentMethod } from './alignPaymentMethod.ts';
import { readPaymentFacts } from './paymentFacts.ts';
import { payOpenInvoice } from './payOpenInvoice.ts';
import { type BillingBench, type Shop, startBillingBench } from './testBench.ts';

const databases = await testDatabases();
let bench: BillingBench;
let ctx: KeeperContext;

beforeAll(async () => {
  bench = await startBillingBench(databases, { webhooks: 'silent' });
  ctx = await bench.context({
    kind: 'run',
    runId: '00000000-0000-7000-8000-00000000000a',
    playbook: 'payment-processing-failure',
  });
});
afterEach(() => bench.stripe.chaos.clear());
afterAll(() => bench.close());

/** A shop whose renewal has just failed: the subscription charges a card of its own that is refused. */
async function failingShop(): Promise<Shop> {
  const shop = await bench.shop();
  const bad = await bench.api.paymentMethods.attach('pm_card_chargeCustomerFail', { customer: shop.customerId });
  await bench.api.subscriptions.update(shop.subscriptionId, {
    default_payment_method: bad.id,
    billing_cycle_anchor: { type: 'now' },
    proration_behavior: 'none',
  });
  return shop;
}

async function newDefault({ customerId }: Shop, token = 'pm_card_mastercard'): Promise<string> {
  const card = await bench.api.paymentMethods.attach(token, { customer: customerId });
  await bench.api.customers.update(customerId, { invoice_settings: { default_payment_method: card.id } });
  return card.id;
}

async function audited(subjectId: string): Promise<{ action: string; details: Record<string, unknown> }[]> {
  const { rows } = await databases.keeper.admin.query(
    'select action, details from audit where subject_id = $1 order by id',
    [subjectId],
  );
  return rows;
}

describe('payment facts', () => {
  it('PAY-3: say that a paying shop owes nothing and which card is charged', async () => {
    const shop = await bench.shop();
    expect(await readPaymentFacts(ctx, shop.organizationId)).toMatchObject({
      customerId: shop.customerId,
      subscription: { id: shop.subscriptionId, status: 'active', plan: 'basic', priceId: bench.prices.basic },
      openInvoice: undefined,
      paymentMethod: { source: 'customer', brand: 'visa', last4: '4242' },
      customerDefault: { last4: '4242' },
      lastError: undefined,
    });
  });

  it('PAY-3, PAY-5: name the open invoice, the card of the subscription that was refused, and the reason', async () => {
    const shop = await failingShop();
    const facts = await readPaymentFacts(ctx, shop.organizationId);
    expect(facts).toMatchObject({
      subscription: { status: 'past_due' },
      openInvoice: { amountDueMinor: 2_900, currency: 'usd', attemptCount: 1, status: 'open' },
      paymentMethod: { source: 'subscription', last4: '0341' },
      customerDefault: { last4: '4242' },
      lastError: { code: 'card_declined', declineCode: 'generic_decline' },
    });
    expect(facts.openInvoice?.hostedUrl).toContain('http');
    expect(facts.openInvoice?.nextAttemptAt).toBeDefined();
  });

  it('refuse an organization that Stripe does not know', async () => {
    const { rows } = await databases.till.admin.query<{ id: string }>(
      `insert into organizations (name) values ('Free') returning id`,
    );
    await expect(readPaymentFacts(ctx, rows[0]?.id ?? '')).rejects.toMatchObject({ code: 'precondition_failed' });
    await expect(readPaymentFacts(ctx, '00000000-0000-7000-8000-000000000000')).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('fail with what Stripe answered, and count it', async () => {
    const shop = await bench.shop();
    bench.stripe.chaos.apiFault({ status: 500 });
    const failure = await readPaymentFacts(ctx, shop.organizationId).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AppError);
    expect(failure).toMatchObject({
      code: 'upstream_failed',
      fields: { status: 500, organizationId: shop.organizationId },
    });
    await expect
      .poll(
        async () =>
          (
            await databases.keeper.admin.query('select 1 from stripe_failures where organization_id = $1', [
              shop.organizationId,
            ])
          ).rowCount,
        { timeout: 20_000 },
      )
      .toBeGreaterThan(0);
  });
});

describe('aligning the payment method', () => {
  it('PAY-9: makes the subscription charge the card that the customer has chosen since', async () => {
    const shop = await failingShop();
    const chosen = await newDefault(shop);
    expect((await readPaymentFacts(ctx, shop.organizationId)).paymentMethod).toMatchObject({ last4: '0341' });
    const result = await alignPaymentMethod(ctx, {
      organizationId: shop.organizationId,
      idempotencyKey: `run/align/${shop.organizationId}`,
    });
    expect(result).toMatchObject({ outcome: 'aligned', to: chosen });
    expect((await bench.api.subscriptions.retrieve(shop.subscriptionId)).default_payment_method).toBe(chosen);
    expect(await audited(shop.subscriptionId)).toMatchObject([
      { action: 'subscription.align_payment_method', details: { to: chosen } },
    ]);
    expect(
      await alignPaymentMethod(ctx, { organizationId: shop.organizationId, idempotencyKey: 'another' }),
    ).toMatchObject({ outcome: 'already' });
  });

  it('leaves a subscription alone whose customer has chosen nothing newer', async () => {
    const shop = await bench.shop();
    await bench.advance('PT1M');
    const own = await bench.api.paymentMethods.attach('pm_card_chargeCustomerFail', { customer: shop.customerId });
    await bench.api.subscriptions.update(shop.subscriptionId, { default_payment_method: own.id });
    expect(
      await alignPaymentMethod(ctx, {
        organizationId: shop.organizationId,
        idempotencyKey: `run/align/${shop.organizationId}`,
      }),
    ).toEqual({
      outcome: 'nothing_newer',
      from: own.id,
      to: own.id,
    });
    expect((await bench.api.subscriptions.retrieve(shop.subscriptionId)).default_payment_method).toBe(own.id);
  });

  it('refuses to speak to Stripe inside a transaction', async () => {
    const shop = await failingShop();
    await expect(
      inTransaction(ctx, (tx) =>
        alignPaymentMethod(tx, { organizationId: shop.organizationId, idempotencyKey: 'inside' }),
      ),
    ).rejects.toThrow('must not run inside a transaction');
  });

  it('is not for members', async () => {
    const member = await bench.context({ kind: 'member', userId: 'u' });
    await expect(alignPaymentMethod(member, { organizationId: 'x', idempotencyKey: 'x' })).rejects.toMatchObject({
      code: 'forbidden',
    });
  });
});

describe('paying the open invoice', () => {
  async function openInvoice(shop: Shop): Promise<string> {
    return (await readPaymentFacts(ctx, shop.organizationId)).openInvoice?.id ?? '';
  }

  it('PAY-9: pays with the aligned card, once, and the subscription is active again', async () => {
    const shop = await failingShop();
    await newDefault(shop);
    const { organizationId } = shop;
    await alignPaymentMethod(ctx, { organizationId, idempotencyKey: `run/align/${organizationId}` });
    const invoiceId = await openInvoice(shop);
    expect(
      await payOpenInvoice(ctx, { organizationId, invoiceId, idempotencyKey: `run/pay/${organizationId}` }),
    ).toEqual({ status: 'paid', invoiceId, already: false });
    expect(
      await payOpenInvoice(ctx, { organizationId, invoiceId, idempotencyKey: `run/pay/${organizationId}` }),
    ).toEqual({ status: 'paid', invoiceId, already: true });
    expect((await bench.api.subscriptions.retrieve(shop.subscriptionId)).status).toBe('active');
    const charges = await bench.api.charges.list({ customer: shop.customerId, limit: 100 });
    expect(charges.data.filter((charge) => charge.status === 'succeeded')).toHaveLength(2);
    expect(await audited(invoiceId)).toMatchObject([{ action: 'invoice.pay', details: { status: 'paid' } }]);
  });

  it('PAY-3: answers a declined card with its code and class instead of throwing', async () => {
    const shop = await failingShop();
    const invoiceId = await openInvoice(shop);
    expect(
      await payOpenInvoice(ctx, { organizationId: shop.organizationId, invoiceId, idempotencyKey: `pay/${invoiceId}` }),
    ).toMatchObject({
      status: 'failed',
      code: 'card_declined',
      declineCode: 'generic_decline',
      declineClass: 'permanent',
    });
    expect(await audited(invoiceId)).toMatchObject([{ details: { status: 'failed', declineCode: 'generic_decline' } }]);
  });

  it('tells a payment that the customer has to confirm from one that was refused', async () => {
    const shop = await failingShop();
    await newDefault(shop, 'pm_card_authenticationRequired');
    await alignPaymentMethod(ctx, {
      organizationId: shop.organizationId,
      idempotencyKey: `align/${shop.organizationId}`,
    });
    const invoiceId = await openInvoice(shop);
    expect(
      await payOpenInvoice(ctx, { organizationId: shop.organizationId, invoiceId, idempotencyKey: `pay/${invoiceId}` }),
    ).toMatchObject({
      status: 'failed',
      declineClass: 'authentication',
    });
  });

  it('throws when Stripe breaks after the payment, and finds it paid when asked again', async () => {
    const shop = await failingShop();
    await newDefault(shop);
    const { organizationId } = shop;
    await alignPaymentMethod(ctx, { organizationId, idempotencyKey: `align/${organizationId}` });
    const invoiceId = await openInvoice(shop);
    const idempotencyKey = `pay/${invoiceId}`;
    bench.stripe.chaos.apiFault({ status: 500, when: 'after_commit', match: ({ path }) => path.endsWith('/pay') });
    await expect(payOpenInvoice(ctx, { organizationId, invoiceId, idempotencyKey })).rejects.toMatchObject({
      code: 'upstream_failed',
    });
    bench.stripe.chaos.clear();
    expect(await payOpenInvoice(ctx, { organizationId, invoiceId, idempotencyKey })).toMatchObject({
      status: 'paid',
      already: true,
    });
  });

  it('does not pay an invoice of somebody else', async () => {
    const [shop, other] = [await failingShop(), await failingShop()];
    const invoiceId = await openInvoice(other);
    await expect(
      payOpenInvoice(ctx, { organizationId: shop.organizationId, invoiceId, idempotencyKey: 'x' }),
    ).rejects.toMatchObject({ code: 'not_found' });
    expect((await bench.api.invoices.retrieve(invoiceId)).attempt_count).toBe(1);
  });
});
