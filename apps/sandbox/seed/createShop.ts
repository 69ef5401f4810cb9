import { randomUUIDv7 } from 'node:crypto';
import type pg from 'pg';
import type { Stripe } from 'stripe';
import type { PlanId } from './demonstrationShops.ts';
import { demonstrationPassword, demonstrationPasswordHash } from './passwords.ts';
import { type Member, peopleOf } from './people.ts';
import { planPrice } from './planPrices.ts';
import { productsOf } from './products.ts';
import type { Trade } from './trades.ts';
import { inTransaction } from './transaction.ts';
import { mirrorSubscriptions, writeProducts, writeShop } from './writeShop.ts';

export interface CreateShopOptions {
  /** The till database as its administrator: row security is forced on everybody else. */
  readonly till: pg.Pool;
  /** The official client, on the stand-in. */
  readonly stripe: Stripe;
  readonly name?: string;
  /** `pro` unless told. */
  readonly plan?: PlanId;
  /** `active` unless told. A trial lasts 14 days and needs no card. */
  readonly status?: 'active' | 'trialing';
  /** Test token of the card that the subscription charges; `pm_card_visa` unless told, none in a trial. */
  readonly card?: string;
  readonly owner?: { readonly name: string; readonly email?: string };
  /** Beside the owner; none unless told. */
  readonly members?: number;
  /** 5 unless told. */
  readonly products?: number;
  readonly trade?: Trade;
  readonly country?: string;
  readonly timezone?: string;
  readonly locale?: string;
  readonly currency?: string;
  /** False leaves the subscription to Stripe's webhooks: the organization stays free until Keeper has taken them in. */
  readonly mirrored?: boolean;
}

export interface CreatedShop {
  readonly organizationId: string;
  readonly name: string;
  readonly owner: Member;
  /** The owner first. */
  readonly people: readonly Member[];
  readonly password: string;
  readonly productIds: readonly string[];
  readonly customerId: string;
  readonly paymentMethodId: string | undefined;
  /** As Stripe gave it, its latest invoice expanded; none on the free plan. */
  readonly subscription: Stripe.Subscription | undefined;
}

/**
 * One shop as a sign-up makes it: an organization with its owner and products, a customer at Stripe, and a subscription there that both sides
 * agree on. Stripe's webhooks about it go out as for any other.
 */
export async function createShop(options: CreateShopOptions): Promise<CreatedShop> {
  const { till, stripe, plan = 'pro', status = 'active', country = 'US', currency = 'USD', mirrored = true } = options;
  const id = randomUUIDv7();
  const suffix = id.slice(-6);
  const name = options.name ?? `Shop ${suffix}`;
  const owner = options.owner ?? { name: 'Robin Marsh' };
  const price = plan === 'free' ? undefined : await planPrice(till, stripe, plan);
  const { rows } = await till.query<{ now: string }>(
    `select to_char(ops.now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as now`,
  );
  const createdAt = Temporal.Instant.from(rows[0]?.now ?? '');
  const joinedAt = createdAt;
  const key = `shop-${suffix}`;
  const people = peopleOf({ key, owner, country, further: options.members ?? 0, joinedAt, seed: id }).map((one) => ({
    ...one,
    joinedAt,
  }));
  const [first] = people;
  if (first === undefined) throw new Error('a shop has an owner');

  const customer = await stripe.customers.create({ name, email: first.email, metadata: { organizationId: id } });
  const shop = {
    id,
    name,
    country,
    currency,
    timezone: options.timezone ?? 'America/New_York',
    locale: options.locale ?? 'en-US',
    createdAt,
    customerId: customer.id,
  };
  const products = productsOf({
    trade: options.trade ?? 'coffee',
    country,
    currency,
    count: options.products ?? 5,
    seed: id,
  });
  const hash = await demonstrationPasswordHash();
  // Before the subscription: its webhooks have to find whose it is.
  const productIds = await inTransaction(till, async (client) => {
    await writeShop(client, shop, people, hash);
    return writeProducts(client, shop, products);
  });

  const card = options.card ?? (status === 'trialing' || plan === 'free' ? undefined : 'pm_card_visa');
  const method = card === undefined ? undefined : await stripe.paymentMethods.attach(card, { customer: customer.id });
  if (method !== undefined) {
    await stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: method.id } });
  }
  let subscription: Stripe.Subscription | undefined;
  if (price !== undefined) {
    subscription = await stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price }],
      expand: ['latest_invoice'],
      ...(method === undefined ? {} : { default_payment_method: method.id }),
      ...(status === 'trialing'
        ? { trial_period_days: 14, trial_settings: { end_behavior: { missing_payment_method: 'pause' } } }
        : {}),
    });
    const made = subscription;
    if (mirrored) await inTransaction(till, (client) => mirrorSubscriptions(client, id, [made]));
  }
  return {
    organizationId: id,
    name,
    owner: first,
    people,
    password: demonstrationPassword,
    productIds,
    customerId: customer.id,
    paymentMethodId: method?.id,
    subscription,
  };
}
