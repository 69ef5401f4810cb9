import { asTenantPipelined } from '@tillkeeper/platform/database';
import { AppError } from '@tillkeeper/platform/errors';
import type { TillContext } from '../context.ts';
import type { Shop } from './schema.ts';

interface ShopRow {
  readonly id: string;
  readonly name: string;
  readonly role: Shop['role'];
  readonly timezone: string;
  readonly now: Temporal.Instant;
  readonly currency: string;
  readonly locale: string;
  readonly plan: string;
  readonly plan_name: string;
  readonly benefits: string[];
  readonly limits: {
    readonly products: number | null;
    readonly members: number | null;
    readonly salesPerMonth: number | null;
  };
  readonly status: string;
  readonly access: Shop['access'];
  readonly access_since: Temporal.Instant;
  readonly access_reason: string | null;
  readonly products: number;
  readonly members: number;
  readonly sales_this_month: number;
  readonly today: string;
  readonly today_count: number;
  readonly today_total: number;
  readonly subscription: string | null;
  readonly amount_minor: number | null;
  readonly billing_currency: string | null;
  readonly billing_interval: string | null;
  readonly current_period_end: Temporal.Instant | null;
  readonly trial_end: Temporal.Instant | null;
  readonly cancel_at_period_end: boolean | null;
  readonly latest_invoice_status: string | null;
}

// Days and months begin at the shop's own midnight, on business time. Of several subscriptions the row counts that the shop's status mirrors;
// row security shows none to a cashier.
const shopSql = `
  select o.id, o.name, m.role, o.timezone, ops.now() as now, o.currency, o.locale, p.id as plan, p.name as plan_name, p.benefits, p.limits,
         o.subscription_status as status, o.access, o.access_since, o.access_reason,
         (select count(*)::integer from products where organization_id = o.id and archived_at is null) as products,
         (select count(*)::integer from organization_members where organization_id = o.id and revoked_at is null) as members,
         (select count(*)::integer from sales
           where organization_id = o.id and occurred_at >= date_trunc('month', local.now) at time zone o.timezone) as sales_this_month,
         local.now::date::text as today, today.count as today_count, today.total as today_total,
         s.stripe_subscription_id as subscription, s.unit_amount_minor * s.quantity as amount_minor, s.currency as billing_currency,
         s.billing_interval, s.current_period_end, s.trial_end, s.cancel_at_period_end, s.latest_invoice_status
    from organizations o
    join organization_members m on m.organization_id = o.id and m.user_id = auth.uid() and m.revoked_at is null
    join plans p on p.id = o.subscription_plan
   cross join lateral (select ops.now() at time zone o.timezone as now) as local
   cross join lateral (
     select count(*)::integer as count, coalesce(sum(total_minor), 0)::bigint as total
       from sales
      where organization_id = o.id
        and occurred_at >= date_trunc('day', local.now) at time zone o.timezone
        and occurred_at < (date_trunc('day', local.now) + interval '1 day') at time zone o.timezone
   ) as today
    left join lateral (
      select *
        from organization_subscriptions
       where organization_id = o.id and status = o.subscription_status
       order by started_at desc, stripe_subscription_id desc
       limit 1
    ) as s on true
   where o.id = $1::uuid`;

/**
 * What a member sees of their shop: plan, state and access, use against the plan's limits, today's sales, and for those who pay what is paid.
 * Throws `not_found` for a shop that is not the caller's.
 */
export async function readShop(ctx: TillContext, shopId: string): Promise<Shop> {
  const [found] = await asTenantPipelined(ctx.till, ctx.claims, [
    { name: 'read-shop', text: shopSql, values: [shopId] },
  ]);
  const row = found?.rows[0] as ShopRow | undefined;
  if (row === undefined) throw new AppError('not_found', 'there is no such shop', { shopId });
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    timezone: row.timezone,
    now: row.now.toString(),
    currency: row.currency,
    locale: row.locale,
    plan: { id: row.plan, name: row.plan_name, benefits: row.benefits },
    status: row.status,
    access: row.access,
    accessSince: row.access_since.toString(),
    accessReason: row.access_reason,
    usage: {
      products: { used: row.products, limit: row.limits.products },
      members: { used: row.members, limit: row.limits.members },
      salesThisMonth: { used: row.sales_this_month, limit: row.limits.salesPerMonth },
    },
    today: { day: row.today, count: row.today_count, totalMinor: row.today_total },
    billing:
      row.subscription === null
        ? null
        : {
            amountMinor: row.amount_minor,
            currency: row.billing_currency,
            interval: row.billing_interval,
            periodEnd: row.current_period_end?.toString() ?? null,
            trialEnd: row.trial_end?.toString() ?? null,
            endsAtPeriodEnd: row.cancel_at_period_end ?? false,
            invoiceStatus: row.latest_invoice_status,
          },
  };
}
