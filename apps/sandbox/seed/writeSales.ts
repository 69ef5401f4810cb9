import type pg from 'pg';
import { random } from './random.ts';
import { type Trade, type TradeFacts, trades } from './trades.ts';

export interface SalesOptions {
  readonly shop: { readonly id: string; readonly timezone: string; readonly currency: string };
  readonly trade: Trade;
  /** Sales on an average day, in the middle of the time. */
  readonly perDay: number;
  readonly from: Temporal.Instant;
  readonly until: Temporal.Instant;
  readonly cashiers: readonly string[];
  readonly seed: string;
}

/** A draw from 0 up to 1 that belongs to the row `key`: the same for the same seed, in whatever order PostgreSQL works. */
const draw = (key: string, of: number): string =>
  `((hashint8extended(${key}, $1::bigint + ${of}) & 1048575)::double precision / 1048576)`;

// Each day brings more or fewer sales than the average: growth from 3/4 to 5/4 over the time, the weekday, and chance. Half of a day's sales
// gather around the busiest hour. Popular products come first on the shelf. Tax is reckoned once per rate and sale and divided among the
// lines by largest remainder, as packages/commerce does it.
const insertSales = `
with day as (
  select d::date as day, n,
         floor($2::double precision * (0.75 + 0.5 * n / count(*) over ())
               * ($3::double precision[])[extract(isodow from d)::integer]
               * (0.7 + 0.6 * ${draw('n', 1)}) + ${draw('n', 2)})::integer as sales
    from generate_series(($4::timestamptz at time zone $6::text)::date, ($5::timestamptz at time zone $6::text)::date, interval '1 day')
         with ordinality as days(d, n)
), moment as (
  select n * 1000 + i as key, day,
         case when ${draw('n * 1000 + i', 3)} < 0.5 then (${draw('n * 1000 + i', 4)} + ${draw('n * 1000 + i', 5)}) / 2
              else ${draw('n * 1000 + i', 4)} end as part
    from day, generate_series(1, day.sales) as i
), rung as (
  select key,
         (day + interval '1 second' * floor(3600 * ($7::double precision + ($8::double precision - $7::double precision)
           * case when part < 0.5 then 2 * part * $9::double precision
                  else $9::double precision + (1 - $9::double precision) * (2 * part - 1) end)))
           at time zone $6::text as occurred_at
    from moment
), sale as (
  select key, occurred_at, row_number() over (order by occurred_at, key) as number,
         case when ${draw('key', 6)} < 0.45 then 1 when ${draw('key', 6)} < 0.75 then 2 when ${draw('key', 6)} < 0.9 then 3
              when ${draw('key', 6)} < 0.97 then 4 else 6 end as line_count,
         case when ${draw('key', 7)} < 0.68 then 'card' else 'cash' end as tender,
         ($10::uuid[])[1 + floor(cardinality($10::uuid[]) * ${draw('key', 8)})::integer] as cashier_id
    from rung
   where occurred_at >= $4::timestamptz and occurred_at < $5::timestamptz
), shelf as materialized (
  select p.id, p.name, p.price_minor, p.tax_rate_basis_points as rate, row_number() over (order by right(p.sku, 4)) - 1 as place
    from public.products p where p.organization_id = $11::uuid
), basket as (
  select s.number, line as line_number,
         floor((select count(*) from shelf) * power(${draw('s.key * 10 + line', 9)}, 1.7))::bigint as place,
         case when ${draw('s.key * 10 + line', 10)} < 0.82 then 1 when ${draw('s.key * 10 + line', 10)} < 0.95 then 2 else 3 end as quantity
    from sale s, generate_series(1, s.line_count) as line
), priced as (
  select b.number, b.line_number, p.id as product_id, p.name, b.quantity, p.price_minor, p.rate, b.quantity * p.price_minor as gross,
         sum(b.quantity * p.price_minor) over (partition by b.number, p.rate)::bigint as rate_gross
    from basket b join shelf p using (place)
), shared as (
  select *, (2 * rate_gross * rate + 10000 + rate) / (2 * (10000 + rate)) as rate_tax from priced
), divided as (
  select *, rate_tax * gross / rate_gross as share,
         rate_tax - sum(rate_tax * gross / rate_gross) over (partition by number, rate) as left_over,
         row_number() over (partition by number, rate order by rate_tax * gross % rate_gross desc, line_number) as turn
    from shared
), line as materialized (
  select number, line_number, product_id, name, quantity, price_minor, rate, gross,
         share + case when turn <= left_over then 1 else 0 end as tax
    from divided
), total as materialized (
  select s.number, s.occurred_at, s.tender, s.cashier_id, t.gross, t.tax,
         'A-' || lpad(s.number::text, 6, '0') as receipt_number,
         (lpad(to_hex((extract(epoch from s.occurred_at) * 1000)::bigint), 12, '0')
           || regexp_replace(md5($11::text || s.key), '^(.{3})(.{3})(.{12}).*$', '7\\18\\2\\3'))::uuid as id,
         t.content
    from sale s
    join (select l.number, sum(l.gross)::bigint as gross, sum(l.tax)::bigint as tax,
                 string_agg(format('["%s",%s,%s,%s,%s]', l.product_id, to_json(l.name), l.quantity, l.price_minor, l.rate), ','
                            order by l.line_number) as content
            from line l group by l.number) t using (number)
), stored as (
  insert into public.sales (organization_id, id, receipt_number, cashier_id, tender, currency, total_minor, tax_minor, content_hash,
                            occurred_at, received_at)
  select $11::uuid, t.id, t.receipt_number, t.cashier_id, t.tender, $12::text, t.gross, t.tax,
         encode(sha256(convert_to(format('["%s","%s","%s",%s,[%s]]', t.receipt_number,
           to_char(t.occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), t.tender, t.gross, t.content), 'UTF8')), 'hex'),
         t.occurred_at, t.occurred_at + interval '2 seconds'
    from total t
  returning 1
), lines as (
  insert into public.sale_lines (organization_id, sale_id, line_number, product_id, product_name, quantity, unit_price_minor,
                                 tax_rate_basis_points, tax_minor, total_minor)
  select $11::uuid, t.id, l.line_number, l.product_id, l.name, l.quantity, l.price_minor, l.rate, l.tax, l.gross
    from line l join total t using (number)
  returning 1
)
select (select count(*)::integer from stored) as sales, (select count(*)::integer from lines) as lines`;

/**
 * Rings up a shop's past in one statement, so that it has its sales wholly or not at all: receipts `A-000001` on, in the shop's own opening
 * hours and zone. Nothing is bypassed: every check and foreign key looks at each row. About 20,000 sales a second.
 */
export async function writeSales(
  till: Pick<pg.Pool, 'query'>,
  options: SalesOptions,
): Promise<{ sales: number; lines: number }> {
  const { shop, perDay, from, until, cashiers, seed } = options;
  const trade: TradeFacts = trades[options.trade];
  const { rows } = await till.query<{ sales: number; lines: number }>(insertSales, [
    random(seed, shop.id, 'sales').between(0, 1_000_000_000) * 64,
    perDay,
    trade.week,
    from.toString(),
    until.toString(),
    shop.timezone,
    trade.opens,
    trade.closes,
    (trade.peak - trade.opens) / (trade.closes - trade.opens),
    cashiers,
    shop.id,
    shop.currency,
  ]);
  return rows[0] ?? { sales: 0, lines: 0 };
}
