import type { KeeperContext } from '../context.ts';
import { authorize } from '../operators/permissions.ts';
import { type Amount, monthlyValue, type RecurringSum } from './monthlyValue.ts';

/** What an incident does to customers, as the operated database tells it. */
export interface Impact {
  readonly organizations: number;
  /** They pay, and cannot work. */
  readonly payersLockedOut: number;
  /** Of all of them together, since each lost its access. Business time. */
  readonly payersLockedOutMinutes: number;
  /** They do not pay any more, and still work on a paid plan. */
  readonly unpaidWithAccess: number;
  /** Their plan here is not that of their subscription. */
  readonly wrongPlan: number;
  /** Monthly value of the subscriptions that count (active, or past due and not suspended), per currency. */
  readonly mrrAtRisk: readonly Amount[];
}

export function noImpact(organizations: number): Impact {
  return {
    organizations,
    payersLockedOut: 0,
    payersLockedOutMinutes: 0,
    unpaidWithAccess: 0,
    wrongPlan: 0,
    mrrAtRisk: [],
  };
}

/** Measures what hits these organizations now. Reads the operated database only; free organizations are worth nothing and can be locked out too. */
export async function measureImpact(ctx: KeeperContext, organizationIds: readonly string[]): Promise<Impact> {
  authorize(ctx, 'organizations.read');
  if (organizationIds.length === 0) return noImpact(0);
  const [row] = await ctx.till.query<Omit<Impact, 'mrrAtRisk'> & { sums: RecurringSum[] }>(
    `with affected as (
       select o.access, o.access_since, o.subscription_plan, e.plan, e.status,
              s.currency, s.billing_interval, s.unit_amount_minor * s.quantity as minor
         from organizations o
         join billing.effective_subscriptions e on e.organization_id = o.id
         left join organization_subscriptions s
           on s.organization_id = o.id and s.stripe_subscription_id = e.stripe_subscription_id
        where o.id = any ($1::uuid[])
     ), sums as (
       select currency, billing_interval as interval, sum(minor)::bigint as minor
         from affected
        where (status = 'active' or (status = 'past_due' and access = 'full'))
          and minor is not null and currency is not null and billing_interval is not null
        group by currency, billing_interval
     )
     select count(*)::integer as organizations,
            count(*) filter (where status = 'active' and minor > 0 and access <> 'full')::integer as "payersLockedOut",
            coalesce(floor(sum(extract(epoch from ops.now() - access_since) / 60)
              filter (where status = 'active' and minor > 0 and access <> 'full')), 0)::integer as "payersLockedOutMinutes",
            count(*) filter (where status in ('unpaid', 'canceled', 'paused', 'incomplete') and access = 'full'
                               and subscription_plan <> 'free')::integer as "unpaidWithAccess",
            count(*) filter (where subscription_plan <> plan)::integer as "wrongPlan",
            coalesce((select json_agg(sums) from sums), '[]') as sums
       from affected`,
    [organizationIds],
  );
  if (row === undefined) throw new Error('an aggregate returned no row');
  const { sums, ...counts } = row;
  return { ...counts, mrrAtRisk: monthlyValue(sums) };
}
