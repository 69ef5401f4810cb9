import { createHash } from 'node:crypto';
import { minor } from '@tillkeeper/commerce/money';
import { saleTotals } from '@tillkeeper/commerce/tax';
import { createLogger } from '@tillkeeper/platform/log';
import type { Stripe } from 'stripe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type StripeStandIn, startStripe } from '../stripe/startStripe.ts';
import { testDatabases } from '../testing/database.ts';
import { organizationIdOf } from './demonstrationFacts.ts';
import { type DemonstrationShop, demonstrationShops } from './demonstrationShops.ts';
import { defaultSeed, type Summary, seedDemonstration } from './seedDemonstration.ts';
import { stripeClientOf } from './stripeClientOf.ts';
import { subscriptionFacts } from './subscriptionFacts.ts';

const databases = await testDatabases();
const till = databases.till.admin;
const log = createLogger({ name: 'test', level: 'error' });
const now = (): Temporal.Instant => Temporal.Now.instant();
let stripe: StripeStandIn;
let client: Stripe;

// One shop in every state that there is, and those with the odd currencies, rates and limits.
const keys = new Set([
  'northside-bikes',
  'paper-lantern-books',
  'hinoki-toys',
  'la-despensa',
  'corner-press',
  'waikiki-blooms',
  'holzwurm',
  'tiny-shelf',
  'first-light',
  'moss-and-fern',
  'desert-rose',
  'yuzu-cafe',
]);
const shops = demonstrationShops.filter((shop) => keys.has(shop.key));
const idOf = (key: string): string =>
  organizationIdOf(shops.find((shop) => shop.key === key) as DemonstrationShop, defaultSeed);

let interrupted: unknown;
let resumed: Summary;

beforeAll(async () => {
  stripe = await startStripe({ file: ':memory:', port: 0, secretKey: 'sk_test_seed', clock: { now } });
  client = stripeClientOf(stripe);
  let imports = 0;
  // As a kill at the worst moment: the fifth customer is at Stripe, its organization is not there yet.
  const dying = {
    url: stripe.url,
    secretKey: stripe.secretKey,
    importObjects: (items: Parameters<StripeStandIn['importObjects']>[0]) => {
      stripe.importObjects(items);
      imports += 1;
      if (imports === 5) throw new Error('killed');
    },
  };
  interrupted = await seedDemonstration({ tillAdmin: till, stripe: dying, log, now, shops }).catch(
    (error: unknown) => error,
  );
  resumed = await seedDemonstration({ tillAdmin: till, stripe, log, now, shops });
});
afterAll(() => stripe.close());

test('a seed that was killed goes on where it stopped, and one that is done does nothing', async () => {
  expect(interrupted).toMatchObject({ message: 'killed' });
  expect(resumed).toMatchObject({ skipped: false, organizations: shops.length - 4 });
  const customers = await client.customers.list({ limit: 100 });
  expect(customers.data).toHaveLength(shops.filter((shop) => shop.plan !== 'free').length);
  expect(await seedDemonstration({ tillAdmin: till, stripe, log, now, shops })).toMatchObject({
    skipped: true,
    organizations: 0,
    sales: 0,
  });
});

describe('what it leaves', () => {
  test('agrees with itself and with Stripe, and nothing of it is news', async () => {
    expect((await till.query('select * from ops.subscription_drift()')).rows).toEqual([]);
    expect((await till.query('select * from ops.effects')).rows).toEqual([]);
    const { rows } = await till.query<{ organization_id: string; customer: string; known: Record<string, unknown>[] }>(
      `select c.organization_id, c.stripe_customer_id as customer,
              (select jsonb_agg(jsonb_build_object('id', s.stripe_subscription_id, 'status', s.status, 'priceId', s.stripe_price_id,
                        'latestInvoiceId', s.latest_invoice_id, 'latestInvoiceStatus', s.latest_invoice_status,
                        'defaultPaymentMethod', s.default_payment_method, 'cancelAtPeriodEnd', s.cancel_at_period_end,
                        'unitAmountMinor', s.unit_amount_minor))
                 from public.organization_subscriptions s where s.organization_id = c.organization_id) as known
         from public.stripe_customers c`,
    );
    expect(rows).toHaveLength(shops.filter((shop) => shop.plan !== 'free').length);
    for (const { customer, known } of rows) {
      const told = await client.subscriptions.list({ customer, status: 'all', expand: ['data.latest_invoice'] });
      expect(told.data.map(subscriptionFacts)).toEqual(known.map((one) => expect.objectContaining(one)));
    }
  });

  test('has every shop in its state, and suspended ones shut', async () => {
    const { rows } = await till.query<Record<string, string>>(
      `select id, subscription_plan as plan, subscription_status as status, access, access_reason as reason from public.organizations`,
    );
    const stands = new Map(rows.map(({ id, ...stand }) => [id, stand]));
    const expected: Record<string, object> = {
      'northside-bikes': { plan: 'basic', status: 'active', access: 'full' },
      'corner-press': { plan: 'basic', status: 'past_due', access: 'full' },
      'waikiki-blooms': { plan: 'pro', status: 'past_due', access: 'full' },
      holzwurm: { plan: 'basic', status: 'unpaid', access: 'read_only', reason: 'unpaid' },
      'tiny-shelf': { plan: 'basic', status: 'paused', access: 'read_only', reason: 'trial_ended' },
      'first-light': { plan: 'pro', status: 'trialing', access: 'full' },
      'desert-rose': { plan: 'basic', status: 'canceled', access: 'none', reason: 'canceled' },
      'yuzu-cafe': { plan: 'free', status: 'active', access: 'full' },
    };
    for (const [key, stand] of Object.entries(expected))
      expect({ key, ...stands.get(idOf(key)) }).toMatchObject({ key, ...stand });
  });

  test('has a year of payments, some of which failed first', async () => {
    const customer =
      (await client.customers.list({ email: 'miriam.feld@paper-lantern-books.example' })).data[0]?.id ?? '';
    const invoices = await client.invoices.list({ customer, limit: 100 });
    expect(invoices.data.length).toBeGreaterThanOrEqual(12);
    expect(invoices.data.every((invoice) => invoice.status === 'paid' && invoice.amount_paid === 2900)).toBe(true);
    const charges = await client.charges.list({ customer, limit: 100 });
    expect(charges.data.filter((charge) => charge.status === 'failed')).toHaveLength(2);
  });

  test('stays within the limits of its plans', async () => {
    const { rows } = await till.query<{
      name: string;
      products: number;
      members: number;
      busiest: number;
      limits: Record<string, number | null>;
    }>(
      `select o.name, p.limits,
              (select count(*)::integer from public.products x where x.organization_id = o.id) as products,
              (select count(*)::integer from public.organization_members x where x.organization_id = o.id) as members,
              (select coalesce(max(n), 0)::integer from (select count(*) as n from public.sales x where x.organization_id = o.id
                 group by date_trunc('month', x.occurred_at at time zone o.timezone)) as months) as busiest
         from public.organizations o join public.plans p on p.id = o.subscription_plan`,
    );
    for (const { name, products, members, busiest, limits } of rows) {
      expect({
        name,
        ok:
          products <= (limits.products ?? products) &&
          members <= (limits.members ?? members) &&
          busiest <= (limits.salesPerMonth ?? busiest),
      }).toEqual({ name, ok: true });
    }
  });
});

describe('the sales', () => {
  interface Sold {
    receipt: string;
    at: string;
    tender: string;
    total: number;
    tax: number;
    hash: string;
    lines: [product: string, name: string, quantity: number, price: number, rate: number, total: number, tax: number][];
  }

  async function sold(key: string): Promise<Sold[]> {
    const { rows } = await till.query<Sold>(
      `select s.receipt_number as receipt, to_char(s.occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as at, s.tender,
              s.total_minor::integer as total, s.tax_minor::integer as tax, s.content_hash as hash,
              jsonb_agg(jsonb_build_array(l.product_id, l.product_name, l.quantity, l.unit_price_minor, l.tax_rate_basis_points, l.total_minor, l.tax_minor)
                        order by l.line_number) as lines
         from public.sales s join public.sale_lines l on l.organization_id = s.organization_id and l.sale_id = s.id
        where s.organization_id = $1::uuid
        group by s.organization_id, s.id order by s.occurred_at, s.id`,
      [idOf(key)],
    );
    return rows;
  }

  // Two rates in one sale; no minor unit.
  test.each(['la-despensa', 'hinoki-toys'])('of %s add up to the cent, as the register reckons them', async (key) => {
    const sales = await sold(key);
    expect(sales.length).toBeGreaterThan(1_000);
    let severalRates = 0;
    for (const sale of sales) {
      const totals = saleTotals(
        sale.lines.map(([, , quantity, price, rate]) => ({ gross: minor(quantity * price), rateBasisPoints: rate })),
      );
      expect({
        receipt: sale.receipt,
        total: sale.total,
        tax: sale.tax,
        lines: sale.lines.map((line) => line[6]),
      }).toEqual({
        receipt: sale.receipt,
        total: totals.gross,
        tax: totals.tax,
        lines: [...totals.lineTax],
      });
      if (totals.byRate.length > 1) severalRates += 1;
    }
    if (key === 'la-despensa') expect(severalRates).toBeGreaterThan(100);
  });

  test('carry the hash of their content, so that a register that sends one again finds it', async () => {
    for (const sale of (await sold('hinoki-toys')).slice(0, 200)) {
      const content = [sale.receipt, sale.at, sale.tender, sale.total, sale.lines.map((line) => line.slice(0, 5))];
      expect(sale.hash).toBe(createHash('sha256').update(JSON.stringify(content)).digest('hex'));
    }
  });

  test('fall into the opening hours of the shop’s own zone, grow, and rest on Sundays where the shop does', async () => {
    const { rows } = await till.query<{ hours: [number, number]; sundays: number; early: number; late: number }>(
      `select array[min(extract(hour from at)), max(extract(hour from at))]::integer[] as hours,
              count(*) filter (where extract(isodow from at) = 7)::integer as sundays,
              count(*) filter (where place <= 90)::integer as early, count(*) filter (where place > 275)::integer as late
         from (select s.occurred_at at time zone o.timezone as at, extract(day from s.occurred_at - (ops.now() - interval '365 days')) as place
                 from public.sales s join public.organizations o on o.id = s.organization_id where o.id = $1::uuid) as local`,
      [idOf('northside-bikes')],
    );
    expect(rows[0]?.hours).toEqual([9, 18]);
    expect(rows[0]?.sundays).toBe(0);
    expect(rows[0]?.late).toBeGreaterThan((rows[0]?.early ?? 0) * 1.2);
  });

  test('end when the shop was shut', async () => {
    const { rows } = await till.query<{ late: number }>(
      `select count(*)::integer as late from public.sales s join public.organizations o on o.id = s.organization_id
        where o.access <> 'full' and s.occurred_at > o.access_since`,
    );
    expect(rows[0]?.late).toBe(0);
  });
});
