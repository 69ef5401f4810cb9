import { AppError } from '@tillkeeper/platform/errors';
import type { KeeperContext } from '../context.ts';
import { type Amount, monthlyValue, type RecurringSum } from '../incidents/monthlyValue.ts';
import { authorize } from '../operators/permissions.ts';

export interface OrganizationFilter {
  /** Stripe's word. */
  readonly status?: string;
  readonly plan?: string;
  /** Part of the name, or the whole id. */
  readonly search?: string;
  readonly limit: number;
  readonly cursor?: string;
}

export type Access = 'full' | 'read_only' | 'none';

interface Row {
  readonly id: string;
  readonly name: string;
  readonly plan: string;
  readonly status: string;
  readonly access: Access;
  readonly country: string;
  readonly timezone: string;
  readonly createdAt: Temporal.Instant;
  readonly members: number;
}

export interface OrganizationItem extends Row {
  /** A month's worth of the effective subscription, in the currency's minor unit; nothing on the free plan and for who does not pay. */
  readonly mrr: Amount;
  readonly openIncidents: number;
}

/** Organizations by name, a page at a time. Throws `invalid_input` for a cursor that no page gave. */
export async function listOrganizations(
  ctx: KeeperContext,
  filter: OrganizationFilter,
): Promise<{ readonly items: readonly OrganizationItem[]; readonly nextCursor: string | null }> {
  authorize(ctx, 'organizations.read');
  const after = filter.cursor === undefined ? undefined : parseCursor(filter.cursor);
  const rows = await ctx.till.query<Row>(
    `select o.id, o.name, o.subscription_plan as plan, o.subscription_status as status, o.access, o.country, o.timezone,
            o.created_at as "createdAt",
            (select count(*)::integer from organization_members t where t.organization_id = o.id and t.revoked_at is null) as members
       from organizations o
      where ($1::text is null or o.subscription_status = $1::text)
        and ($2::text is null or o.subscription_plan = $2::text)
        and ($3::text is null or o.name ilike '%' || regexp_replace($3::text, '([\\\\%_])', '\\\\\\1', 'g') || '%' or o.id::text = lower($3::text))
        and ($4::text is null or (o.name, o.id) > ($4::text, $5::uuid))
      order by o.name, o.id
      limit $6::integer`,
    [
      filter.status ?? null,
      filter.plan ?? null,
      filter.search ?? null,
      after?.name ?? null,
      after?.id ?? null,
      filter.limit + 1,
    ],
  );
  const page = rows.slice(0, filter.limit);
  const ids = page.map((row) => row.id);
  const [worth, open] = await Promise.all([readMonthlyValues(ctx, ids), countOpenIncidents(ctx, ids)]);
  const last = rows.length > filter.limit ? page.at(-1) : undefined;
  return {
    items: page.map((row) => ({
      ...row,
      mrr: worth.get(row.id) ?? { currency: 'USD', minor: 0 },
      openIncidents: open.get(row.id) ?? 0,
    })),
    nextCursor: last === undefined ? null : cursorOf(last),
  };
}

async function readMonthlyValues(ctx: KeeperContext, ids: readonly string[]): Promise<Map<string, Amount>> {
  const rows = await ctx.till.query<RecurringSum & { readonly id: string }>(
    `select o.id, s.currency, s.billing_interval as interval, s.unit_amount_minor * s.quantity as minor
       from organizations o
       join billing.effective_subscriptions e on e.organization_id = o.id
       join organization_subscriptions s
         on s.organization_id = o.id and s.stripe_subscription_id = e.stripe_subscription_id
      where o.id = any ($1::uuid[])
        and (e.status = 'active' or (e.status = 'past_due' and o.access = 'full'))
        and s.unit_amount_minor is not null and s.currency is not null and s.billing_interval is not null`,
    [ids],
  );
  return new Map(
    rows.flatMap((row) => {
      const [value] = monthlyValue([row]);
      return value === undefined ? [] : [[row.id, value]];
    }),
  );
}

async function countOpenIncidents(ctx: KeeperContext, ids: readonly string[]): Promise<Map<string, number>> {
  const rows = await ctx.keeper.query<{ id: string; count: number }>(
    `select io.organization_id as id, count(*)::integer as count
       from incident_organizations io join incidents i on i.id = io.incident_id
      where i.resolved_at is null and io.organization_id = any ($1::uuid[])
      group by io.organization_id`,
    [ids],
  );
  return new Map(rows.map((row) => [row.id, row.count]));
}

/** Of the last row: names repeat, ids do not. */
function cursorOf(row: { readonly name: string; readonly id: string }): string {
  return Buffer.from(JSON.stringify([row.name, row.id])).toString('base64url');
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function parseCursor(cursor: string): { name: string; id: string } {
  try {
    const [name, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as [unknown, unknown];
    if (typeof name === 'string' && typeof id === 'string' && uuid.test(id)) return { name, id };
  } catch {
    // Answered below, like every other text that no page gave.
  }
  throw new AppError('invalid_input', 'the cursor is not one that a page gave', { field: 'cursor' });
}
