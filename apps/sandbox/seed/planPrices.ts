import type pg from 'pg';
import type { Stripe } from 'stripe';
import type { PlanId } from './demonstrationShops.ts';

/** What enterprise customers agreed to, for the demonstration: its plan has no list price. US cents a month. */
const agreedMinor = 49_900;

/**
 * The Stripe price of a plan: the one that the till database knows, or a new product and price that it is told of. The free plan has none.
 */
export async function planPrice(
  till: Pick<pg.Pool, 'query'>,
  stripe: Stripe,
  plan: Exclude<PlanId, 'free'>,
): Promise<string> {
  const known = await till.query<{ id: string }>(
    'select stripe_price_id as id from public.plan_prices where plan_id = $1::text order by stripe_price_id limit 1',
    [plan],
  );
  if (known.rows[0] !== undefined) return known.rows[0].id;
  const { rows } = await till.query<{ name: string; minor: string | null; currency: string }>(
    'select name, price_minor::text as minor, currency from public.plans where id = $1::text',
    [plan],
  );
  const [facts] = rows;
  if (facts === undefined) throw new Error(`there is no plan ${plan}`);
  const product = await stripe.products.create({ name: `Till ${facts.name}`, metadata: { plan } });
  const price = await stripe.prices.create({
    product: product.id,
    currency: facts.currency.toLowerCase(),
    unit_amount: facts.minor === null ? agreedMinor : Number(facts.minor),
    recurring: { interval: 'month' },
    nickname: `${facts.name}, monthly`,
  });
  await till.query('insert into public.plan_prices (stripe_price_id, plan_id) values ($1::text, $2::text)', [
    price.id,
    plan,
  ]);
  return price.id;
}
