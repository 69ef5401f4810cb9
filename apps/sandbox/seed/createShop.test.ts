import { verifyPassword } from '@better-auth/utils/password';
import { createLogger } from '@tillkeeper/platform/log';
import { Stripe } from 'stripe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type StripeStandIn, startStripe } from '../stripe/startStripe.ts';
import { testDatabases } from '../testing/database.ts';
import { createShop } from './createShop.ts';
import { stripeClientOf } from './stripeClientOf.ts';

const databases = await testDatabases();
const till = databases.till.admin;
let standIn: StripeStandIn;
let stripe: Stripe;

beforeAll(async () => {
  const log = createLogger({ name: 'test', level: 'error' });
  standIn = await startStripe({
    file: ':memory:',
    port: 0,
    secretKey: 'sk_test_shops',
    clock: { now: () => Temporal.Now.instant() },
    log,
  });
  stripe = stripeClientOf(standIn);
});
afterAll(() => standIn.close());

async function row(organizationId: string): Promise<Record<string, unknown>> {
  const { rows } = await till.query<Record<string, unknown>>(
    `select o.subscription_plan, o.subscription_status, o.access, s.stripe_subscription_id, s.plan, s.status, s.latest_invoice_status,
            s.default_payment_method, s.fetched_sequence::integer, c.stripe_customer_id,
            (select count(*)::integer from public.products p where p.organization_id = o.id) as products,
            (select count(*)::integer from public.organization_members m where m.organization_id = o.id) as members
       from public.organizations o
       left join public.organization_subscriptions s on s.organization_id = o.id
       left join public.stripe_customers c on c.organization_id = o.id
      where o.id = $1::uuid`,
    [organizationId],
  );
  return rows[0] ?? {};
}

describe('a created shop', () => {
  test('is the same here and at Stripe, paid, with its owner, products and no news of it', async () => {
    const shop = await createShop({ till, stripe, plan: 'pro', products: 12, members: 2 });
    expect(await row(shop.organizationId)).toEqual({
      subscription_plan: 'pro',
      subscription_status: 'active',
      access: 'full',
      stripe_subscription_id: shop.subscription?.id,
      plan: 'pro',
      status: 'active',
      latest_invoice_status: 'paid',
      default_payment_method: shop.paymentMethodId,
      fetched_sequence: 0,
      stripe_customer_id: shop.customerId,
      products: 12,
      members: 3,
    });
    expect(await stripe.subscriptions.retrieve(shop.subscription?.id ?? '')).toMatchObject({
      status: 'active',
      customer: shop.customerId,
    });
    expect((await till.query('select * from ops.effects')).rows).toEqual([]);
  });

  test('signs in with the password that it is given', async () => {
    const shop = await createShop({
      till,
      stripe,
      plan: 'free',
      owner: { name: 'Ana Ruiz', email: 'ana@harbor.example' },
    });
    const { rows } = await till.query<{ password: string; accountId: string }>(
      `select a.password, a."accountId" from identity."user" u join identity.account a on a."userId" = u.id where u.email = 'ana@harbor.example'`,
    );
    expect(rows[0]?.accountId).toBe(shop.owner.userId);
    expect(await verifyPassword(rows[0]?.password ?? '', shop.password)).toBe(true);
    expect(shop.subscription).toBeUndefined();
  });

  test('can be on trial without a card', async () => {
    const shop = await createShop({ till, stripe, plan: 'basic', status: 'trialing' });
    expect(await row(shop.organizationId)).toMatchObject({
      subscription_plan: 'basic',
      subscription_status: 'trialing',
      default_payment_method: null,
    });
  });

  test('stays free until the webhooks have been taken in, if it is not mirrored', async () => {
    const shop = await createShop({ till, stripe, plan: 'pro', mirrored: false });
    expect(await row(shop.organizationId)).toMatchObject({
      subscription_plan: 'free',
      subscription_status: 'active',
      stripe_subscription_id: null,
    });
  });

  test('shares the price of its plan with the others', async () => {
    await Promise.all([createShop({ till, stripe, plan: 'pro' }), createShop({ till, stripe, plan: 'pro' })]);
    const { rows } = await till.query(`select stripe_price_id from public.plan_prices where plan_id = 'pro'`);
    expect(rows).toHaveLength(1);
    expect((await till.query('select * from ops.subscription_drift()')).rows).toEqual([]);
  });
});
