import type { KeeperContext } from '../context.ts';

/** `limit` is the plan's; null is unlimited. */
interface Used {
  readonly used: number;
  readonly limit: number | null;
}

export interface Usage {
  readonly products: Used;
  readonly members: Used;
  /** Since the first of the month in the shop's zone. */
  readonly salesThisMonth: Used;
}

export interface SalesOfDay {
  /** A date in the shop's zone. */
  readonly day: string;
  readonly count: number;
}

interface Shop {
  readonly id: string;
  readonly timezone: string;
  readonly limits: Readonly<Record<string, number | null>>;
}

export async function readUsage(ctx: KeeperContext, { id, timezone, limits }: Shop): Promise<Usage> {
  const [used] = await ctx.till.query<{ products: number; members: number; sales: number }>(
    `select (select count(*)::integer from products where organization_id = $1::uuid and archived_at is null) as products,
            (select count(*)::integer from organization_members where organization_id = $1::uuid and revoked_at is null) as members,
            (select count(*)::integer from sales
              where organization_id = $1::uuid
                and occurred_at >= date_trunc('month', ops.now() at time zone $2::text) at time zone $2::text) as sales`,
    [id, timezone],
  );
  if (used === undefined) throw new Error('counts without a row');
  return {
    products: { used: used.products, limit: limits.products ?? null },
    members: { used: used.members, limit: limits.members ?? null },
    salesThisMonth: { used: used.sales, limit: limits.salesPerMonth ?? null },
  };
}

const daysShown = 91;

/** 91 days, today last, in the shop's zone; a day without a sale is a row with zero. */
export function readSalesPerDay(ctx: KeeperContext, { id, timezone }: Shop): Promise<SalesOfDay[]> {
  return ctx.till.query<SalesOfDay>(
    `with today as (
       select (ops.now() at time zone $2::text)::date as day
     ), days as (
       select today.day - back as day from today cross join generate_series(0, $3::integer - 1) as back
     ), sold as (
       select (occurred_at at time zone $2::text)::date as day, count(*)::integer as count
         from sales
        where organization_id = $1::uuid
          and occurred_at >= (select min(day)::timestamp at time zone $2::text from days)
        group by 1
     )
     select d.day::text as day, coalesce(s.count, 0) as count from days d left join sold s using (day) order by d.day`,
    [id, timezone, daysShown],
  );
}
