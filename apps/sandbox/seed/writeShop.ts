import type pg from 'pg';
import type { Stripe } from 'stripe';
import type { Member } from './people.ts';
import type { Product } from './products.ts';
import { subscriptionFacts } from './subscriptionFacts.ts';

export interface ShopFacts {
  readonly id: string;
  readonly name: string;
  readonly country: string;
  readonly timezone: string;
  readonly locale: string;
  readonly currency: string;
  readonly createdAt: Temporal.Instant;
  /** Stripe's customer; none for a shop that never gave its details. */
  readonly customerId?: string;
}

type Client = Pick<pg.ClientBase, 'query'>;

/** The organization with its people, free and active, as a sign-up leaves it. Joins the caller's transaction. */
export async function writeShop(
  client: Client,
  shop: ShopFacts,
  people: readonly Member[],
  passwordHash: string,
): Promise<void> {
  const createdAt = shop.createdAt.toString();
  await client.query(
    `insert into public.organizations (id, name, timezone, country, locale, currency, created_at, access_since)
     values ($1::uuid, $2::text, $3::text, $4::text, $5::text, $6::text, $7::timestamptz, $7::timestamptz)`,
    [shop.id, shop.name, shop.timezone, shop.country, shop.locale, shop.currency, createdAt],
  );
  if (shop.customerId !== undefined) {
    await client.query(
      'insert into public.stripe_customers (stripe_customer_id, organization_id) values ($1::text, $2::uuid)',
      [shop.customerId, shop.id],
    );
  }
  // Sign-in runs on machine time, so these rows carry the machine's, however long ago the person joined.
  await client.query(
    `with person as (
       select * from unnest($1::uuid[], $2::text[], $3::text[]) as p(id, name, email)
     ), signs_in as (
       insert into identity."user" (id, name, email, "emailVerified") select p.id, p.name, lower(p.email), true from person p returning id
     )
     insert into identity.account ("accountId", "providerId", "userId", password, "updatedAt")
     select s.id::text, 'credential', s.id, $4::text, current_timestamp from signs_in s`,
    [people.map((one) => one.userId), people.map((one) => one.name), people.map((one) => one.email), passwordHash],
  );
  await client.query(
    `insert into public.organization_members (organization_id, user_id, role, name, email, invited_at, joined_at)
     select $1::uuid, m.user_id, m.role, m.name, m.email, m.joined_at, m.joined_at
       from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[]) as m(user_id, role, name, email, joined_at)`,
    [
      shop.id,
      people.map((one) => one.userId),
      people.map((one) => one.role),
      people.map((one) => one.name),
      people.map((one) => one.email),
      people.map((one) => one.joinedAt.toString()),
    ],
  );
}

/** Puts products on a shop's shelf; returns their ids in the order given. Joins the caller's transaction. */
export async function writeProducts(
  client: Client,
  shop: { id: string; createdAt: Temporal.Instant },
  products: readonly Product[],
): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    `with shelf as (
       insert into public.products (organization_id, name, sku, barcode, category, price_minor, tax_rate_basis_points, created_at)
       select $1::uuid, p.name, p.sku, p.barcode, p.category, p.price_minor, p.tax_rate, $2::timestamptz
         from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::integer[])
              as p(name, sku, barcode, category, price_minor, tax_rate)
       returning id, sku
     )
     select s.id from shelf s join unnest($4::text[]) with ordinality as p(sku, place) using (sku) order by p.place`,
    [
      shop.id,
      shop.createdAt.toString(),
      products.map((product) => product.name),
      products.map((product) => product.sku),
      products.map((product) => product.barcode),
      products.map((product) => product.category),
      products.map((product) => product.priceMinor),
      products.map((product) => product.taxRateBasisPoints),
    ],
  );
  return rows.map((row) => row.id);
}

/**
 * Writes what Stripe says of a shop's subscriptions, by the function that Keeper uses. Plan and status are set first, so that no change is
 * announced: nothing happened, the shop was like that. The fetch carries sequence 0, which every fetch of Keeper's passes; if Keeper was
 * quicker, its own stands. Joins the caller's transaction.
 */
export async function mirrorSubscriptions(
  client: Client,
  organizationId: string,
  subscriptions: readonly Stripe.Subscription[],
): Promise<void> {
  const [latest] = subscriptions;
  if (latest === undefined) return;
  await client.query(
    `update public.organizations o
        set subscription_plan = coalesce(p.plan_id, o.subscription_plan), subscription_status = $2::text
       from (select 1) as always left join public.plan_prices p on p.stripe_price_id = $3::text
      where o.id = $1::uuid and not exists (select from public.organization_subscriptions s where s.organization_id = o.id)`,
    [organizationId, latest.status, latest.items.data[0]?.price.id ?? null],
  );
  const told = {
    organizationId,
    sequence: 0,
    subscriptions: subscriptions.map(subscriptionFacts),
    events: [],
    cause: { kind: 'sandbox' },
  };
  const { rows } = await client.query<{ outcome: string }>(
    'select outcome from ops.apply_subscriptions($1::jsonb, $2::jsonb)',
    [JSON.stringify([told]), JSON.stringify({ kind: 'system', job: 'sandbox' })],
  );
  const outcome = rows[0]?.outcome;
  if (outcome === 'refused') return;
  if (outcome !== 'unchanged') throw new Error(`the subscriptions of organization ${organizationId}: ${outcome}`);
}
