import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Logger } from '@tillkeeper/platform/log';
import type pg from 'pg';
import type { Stripe } from 'stripe';
import type { ImportItem } from '../stripe/importObjects.ts';
import type { Price, Product } from '../stripe/store/objects.ts';
import { organizationIdOf, type SubscriptionPast, signedUpAt, subscriptionPast } from './demonstrationFacts.ts';
import { type DemonstrationShop, demonstrationShops } from './demonstrationShops.ts';
import { demonstrationPasswordHash } from './passwords.ts';
import { paymentHistory } from './paymentHistory.ts';
import { peopleOf } from './people.ts';
import { planPrice } from './planPrices.ts';
import { productsOf } from './products.ts';
import { type Reconciled, reconcile } from './reconcile.ts';
import { stripeClientOf } from './stripeClientOf.ts';
import { inTransaction } from './transaction.ts';
import { writeSales } from './writeSales.ts';
import { mirrorSubscriptions, writeProducts, writeShop } from './writeShop.ts';

export interface Summary {
  /** All were there already. */
  readonly skipped: boolean;
  /** Made by this call. */
  readonly organizations: number;
  readonly sales: number;
  readonly lines: number;
  /** What Keeper found when it compared all with Stripe; missing if it was not asked or did not answer. */
  readonly reconciled?: Reconciled;
  readonly milliseconds: number;
}

export interface SeedOptions {
  /** The till database as its administrator. */
  readonly tillAdmin: pg.Pool;
  readonly stripe: {
    readonly url: string;
    readonly secretKey: string;
    importObjects(items: readonly ImportItem[]): void;
  };
  /** Where browsers reach Stripe's hosted pages; `stripe.url` unless told. */
  readonly stripePublicUrl?: string;
  /** With it, Keeper compares everything with Stripe at the end. */
  readonly keeper?: { readonly url: string; readonly token: string };
  readonly log: Logger;
  /** Business time. */
  readonly now: () => Temporal.Instant;
  /** Another seed makes other people, products and sales of the same shops. */
  readonly seed?: string;
  readonly shops?: readonly DemonstrationShop[];
  /** Every shop is there and pays; the sales of its past follow. */
  readonly onMade?: () => void;
  /** Aborted, it stops after the shop that it is at. */
  readonly signal?: AbortSignal;
}

export const defaultSeed = '1';

/**
 * Makes the demonstration shops: first each with its people, products and payments, then a year of sales. Every step is one transaction and
 * leaves a shop that agrees with Stripe, so Keeper may watch; a seed that was killed goes on where it stopped, and one that is done costs two
 * queries.
 */
export async function seedDemonstration(options: SeedOptions): Promise<Summary> {
  const { tillAdmin: till, log, now, seed = defaultSeed, shops = demonstrationShops, signal } = options;
  const began = performance.now();
  const done = await progress(till, shops, seed);
  const missing = shops.filter((shop) => !done.made.has(organizationIdOf(shop, seed)));
  const unsold = shops.filter((shop) => !done.sold.has(organizationIdOf(shop, seed)));
  const counts = { organizations: 0, sales: 0, lines: 0 };
  const summary = (): Summary => ({
    skipped: unsold.length === 0,
    ...counts,
    milliseconds: Math.round(performance.now() - began),
  });
  if (unsold.length === 0) return summary();

  const client = stripeClientOf(options.stripe);
  const prices = new Map<string, { price: Price; product: Product }>();
  for (const plan of ['basic', 'pro', 'enterprise'] as const) {
    prices.set(plan, await priceFacts(options.stripe, await planPrice(till, client, plan)));
  }
  for (const shop of missing) {
    if (signal?.aborted) return summary();
    await makeShop(shop, { ...options, seed, client, price: prices.get(shop.plan) });
    counts.organizations += 1;
    // The stand-ins live in this process too.
    await nextTurn();
  }
  log.info({ organizations: counts.organizations }, 'demonstration shops made; their sales follow');
  options.onMade?.();

  for (const shop of unsold) {
    if (signal?.aborted) return summary();
    const rung = await sellPast(shop, options, seed, now());
    counts.sales += rung.sales;
    counts.lines += rung.lines;
  }
  const reconciled = options.keeper === undefined ? undefined : await reconcile(options.keeper, log);
  log.info({ ...counts, milliseconds: summary().milliseconds, reconciled }, 'demonstration shops are complete');
  return { ...summary(), ...(reconciled === undefined ? {} : { reconciled }) };
}

const firstReceipt = 'A-000001';

async function progress(
  till: pg.Pool,
  shops: readonly DemonstrationShop[],
  seed: string,
): Promise<{ made: Set<string>; sold: Set<string> }> {
  const ids = shops.map((shop) => organizationIdOf(shop, seed));
  const made = await till.query<{ id: string }>('select id from public.organizations where id = any ($1::uuid[])', [
    ids,
  ]);
  const sold = await till.query<{ id: string }>(
    `select organization_id as id from public.sales where organization_id = any ($1::uuid[]) and receipt_number = $2::text`,
    [ids, firstReceipt],
  );
  return { made: new Set(made.rows.map((row) => row.id)), sold: new Set(sold.rows.map((row) => row.id)) };
}

/** As stored at Stripe: the official client would turn decimals into objects. */
async function priceFacts(
  stripe: { url: string; secretKey: string },
  id: string,
): Promise<{ price: Price; product: Product }> {
  async function read<T>(path: string): Promise<T> {
    const answer = await fetch(stripe.url + path, { headers: { authorization: `Bearer ${stripe.secretKey}` } });
    if (!answer.ok) throw new Error(`Stripe answered ${answer.status} for ${path}`);
    return (await answer.json()) as T;
  }
  const price = await read<Price>(`/v1/prices/${id}`);
  return { price, product: await read<Product>(`/v1/products/${price.product}`) };
}

interface Making extends SeedOptions {
  readonly seed: string;
  readonly client: Stripe;
  /** None for the free plan. */
  readonly price: { price: Price; product: Product } | undefined;
}

async function makeShop(shop: DemonstrationShop, making: Making): Promise<void> {
  const { tillAdmin, client, seed, price } = making;
  const id = organizationIdOf(shop, seed);
  const now = making.now();
  const createdAt = signedUpAt(shop, now);
  const { key, owner, country, members: further, trade, currency, products: count } = shop;
  const people = peopleOf({ key, owner: { name: owner }, country, further, joinedAt: createdAt, seed });
  const products = productsOf({ trade, country, currency, count, seed: `${seed} ${key}` });
  const past = subscriptionPast(shop, now);
  const email = people[0]?.email ?? '';
  const customerId =
    price === undefined ? undefined : await customerOf(shop, { ...making, price }, { id, email, past, now });
  const subscriptions =
    customerId === undefined
      ? []
      : (await client.subscriptions.list({ customer: customerId, status: 'all', expand: ['data.latest_invoice'] }))
          .data;
  const hash = await demonstrationPasswordHash();
  await inTransaction(tillAdmin, async (tx) => {
    await writeShop(tx, { ...shop, id, createdAt, ...(customerId === undefined ? {} : { customerId }) }, people, hash);
    await writeProducts(tx, { id, createdAt }, products);
    await mirrorSubscriptions(tx, id, subscriptions);
    const { state, since = createdAt, reason = null } = past.access;
    await tx.query(
      'update public.organizations set access = $2::text, access_since = $3::timestamptz, access_reason = $4::text where id = $1::uuid',
      [id, state, since.toString(), reason],
    );
  });
}

/** The shop's customer at Stripe, with its payments; the one that a killed seed left, if there is one. */
async function customerOf(
  shop: DemonstrationShop,
  making: Making & { price: { price: Price; product: Product } },
  facts: { id: string; email: string; past: SubscriptionPast; now: Temporal.Instant },
): Promise<string> {
  const { client, price, stripe, stripePublicUrl } = making;
  const { id, email, past, now } = facts;
  const known = await client.customers.list({ email, limit: 1 });
  if (known.data[0] !== undefined) return known.data[0].id;
  const history = paymentHistory({
    ...past,
    customer: { name: shop.name, email, metadata: { organizationId: id } },
    product: price.product,
    price: price.price,
    card: past.trialEnd !== undefined && shop.members < 2 ? null : shop.plan === 'enterprise' ? 'mastercard' : 'visa',
    now,
    publicUrl: stripePublicUrl ?? stripe.url,
  });
  stripe.importObjects(history.items);
  return history.customerId;
}

async function sellPast(
  shop: DemonstrationShop,
  { tillAdmin }: SeedOptions,
  seed: string,
  now: Temporal.Instant,
): Promise<{ sales: number; lines: number }> {
  const id = organizationIdOf(shop, seed);
  const yearAgo = now.subtract({ hours: 24 * 365 });
  const until = subscriptionPast(shop, now).closedAt ?? now;
  const { rows } = await tillAdmin.query<{ created_at: string; people: string[] }>(
    `select to_char(o.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as created_at,
            array(select m.user_id from public.organization_members m where m.organization_id = o.id order by m.joined_at, m.user_id) as people
       from public.organizations o where o.id = $1::uuid`,
    [id],
  );
  const [made] = rows;
  if (made === undefined) throw new Error(`the demonstration shop ${shop.key} is gone`);
  const createdAt = Temporal.Instant.from(made.created_at);
  return writeSales(tillAdmin, {
    shop: { id, timezone: shop.timezone, currency: shop.currency },
    trade: shop.trade,
    perDay: shop.sales,
    from: Temporal.Instant.compare(createdAt, yearAgo) > 0 ? createdAt : yearAgo,
    until,
    cashiers: made.people,
    seed,
  });
}
