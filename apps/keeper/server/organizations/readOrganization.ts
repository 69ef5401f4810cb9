import { AppError } from '@tillkeeper/platform/errors';
import { type ComparedField, compareWithStripe } from '../billing/compareWithStripe.ts';
import type { KeeperContext } from '../context.ts';
import { authorize } from '../operators/permissions.ts';
import { describeLifecycle, type Lifecycle, type LifecycleFacts } from './lifecycle.ts';
import { type Invoice, listInvoices } from './listInvoices.ts';
import type { Access } from './listOrganizations.ts';
import { readStory, type StoryEntry } from './readStory.ts';
import { readSalesPerDay, readUsage, type SalesOfDay, type Usage } from './readUsage.ts';

export interface OrganizationPage {
  readonly id: string;
  readonly name: string;
  readonly plan: string;
  readonly status: string;
  readonly access: Access;
  readonly timezone: string;
  readonly country: string;
  readonly currency: string;
  readonly createdAt: Temporal.Instant;
  readonly lifecycle: Lifecycle;
  readonly usage: Usage;
  /** Each fact as Stripe and our rows have it; without a customer at Stripe there is none. */
  readonly sources: {
    readonly readAt: Temporal.Instant;
    readonly error: string | null;
    readonly fields: readonly ComparedField[];
  };
  readonly invoices: { readonly error: string | null; readonly items: readonly Invoice[] };
  readonly salesPerDay: readonly SalesOfDay[];
  readonly owner: { readonly name: string; readonly email: string } | null;
  readonly story: readonly StoryEntry[];
  readonly facts: { readonly organizationId: string; readonly stripeCustomerId: string | null };
}

/** Everything about one organization, from each source. Stripe gets 2 s; without it the rest is answered. Throws `not_found`. */
export async function readOrganization(ctx: KeeperContext, id: string): Promise<OrganizationPage> {
  authorize(ctx, 'organizations.read');
  const row = await readRow(ctx, id);
  const { stripeCustomerId } = row;
  const [subscription, usage, salesPerDay, owner, changed, story, compared, invoices] = await Promise.all([
    readSubscription(ctx, id),
    readUsage(ctx, row),
    readSalesPerDay(ctx, row),
    readOwner(ctx, id),
    readLastChange(ctx, id),
    readStory(ctx, id),
    fromStripe(async () => (stripeCustomerId === null ? [] : ((await compareWithStripe(ctx, [id]))[0]?.fields ?? []))),
    fromStripe(async () => (stripeCustomerId === null ? [] : listInvoices(ctx, id, stripeCustomerId))),
  ]);
  const open = invoices.value?.find((invoice) => invoice.status === 'open');
  const lifecycle = describeLifecycle({
    status: row.status,
    access: row.access,
    accessSince: row.accessSince,
    accessReason: row.accessReason,
    createdAt: row.createdAt,
    subscription,
    changed,
    nextPaymentAttempt: invoices.value === undefined ? undefined : (open?.nextAttemptAt ?? null),
  });
  return {
    id: row.id,
    name: row.name,
    plan: row.plan,
    status: row.status,
    access: row.access,
    timezone: row.timezone,
    country: row.country,
    currency: row.currency,
    createdAt: row.createdAt,
    lifecycle,
    usage,
    sources: { readAt: ctx.clock.now(), error: compared.error, fields: compared.value ?? [] },
    invoices: { error: invoices.error, items: invoices.value ?? [] },
    salesPerDay,
    owner,
    story,
    facts: { organizationId: id, stripeCustomerId },
  };
}

interface Row
  extends Pick<
    OrganizationPage,
    'id' | 'name' | 'plan' | 'status' | 'access' | 'timezone' | 'country' | 'currency' | 'createdAt'
  > {
  readonly accessSince: Temporal.Instant;
  readonly accessReason: string | null;
  readonly limits: Readonly<Record<string, number | null>>;
  readonly stripeCustomerId: string | null;
}

async function readRow(ctx: KeeperContext, id: string): Promise<Row> {
  const [row] = await ctx.till.query<Row>(
    `select o.id, o.name, o.subscription_plan as plan, o.subscription_status as status, o.access, o.access_since as "accessSince",
            o.access_reason as "accessReason", o.timezone, o.country, o.currency, o.created_at as "createdAt", p.limits,
            c.stripe_customer_id as "stripeCustomerId"
       from organizations o
       join plans p on p.id = o.subscription_plan
       left join stripe_customers c on c.organization_id = o.id
      where o.id = $1::uuid`,
    [id],
  );
  if (row === undefined) throw new AppError('not_found', 'there is no such organization', { organizationId: id });
  return row;
}

const stripePatienceMs = 2_000;

/** What Stripe said, or why it said nothing. */
async function fromStripe<T>(read: () => Promise<T>): Promise<{ value: T | undefined; error: string | null }> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new AppError('upstream_timeout', `Stripe did not answer within ${stripePatienceMs / 1_000} s`)),
    stripePatienceMs,
  );
  try {
    return { value: await Promise.race([read(), late.promise]), error: null };
  } catch (error) {
    // A failure of our own database is no word of Stripe's.
    if (!(error instanceof AppError)) throw error;
    return { value: undefined, error: error.message };
  } finally {
    clearTimeout(timer);
  }
}

async function readSubscription(ctx: KeeperContext, id: string): Promise<LifecycleFacts['subscription']> {
  const [row] = await ctx.till.query<NonNullable<LifecycleFacts['subscription']>>(
    `select s.started_at as "startedAt", s.current_period_end as "currentPeriodEnd", s.trial_end as "trialEnd",
            s.cancel_at_period_end as "cancelAtPeriodEnd", s.ended_at as "endedAt"
       from billing.effective_subscriptions e
       join organization_subscriptions s
         on s.organization_id = e.organization_id and s.stripe_subscription_id = e.stripe_subscription_id
      where e.organization_id = $1::uuid`,
    [id],
  );
  return row ?? null;
}

async function readOwner(ctx: KeeperContext, id: string): Promise<OrganizationPage['owner']> {
  const [owner] = await ctx.till.query<{ name: string; email: string }>(
    `select name, email from organization_members
      where organization_id = $1::uuid and role = 'owner' and revoked_at is null
      order by joined_at nulls last, user_id limit 1`,
    [id],
  );
  return owner ?? null;
}

/** A change of the plan alone is none of the state. */
async function readLastChange(ctx: KeeperContext, id: string): Promise<LifecycleFacts['changed']> {
  const [row] = await ctx.keeper.query<NonNullable<LifecycleFacts['changed']>>(
    `select recorded_at as at, payload -> 'before' ->> 'status' as before, payload -> 'after' ->> 'status' as after
       from effects
      where organization_id = $1::uuid and kind in ('subscription.changed', 'subscription.synced')
        and payload -> 'before' ->> 'status' <> payload -> 'after' ->> 'status'
      order by recorded_at desc limit 1`,
    [id],
  );
  return row ?? null;
}
