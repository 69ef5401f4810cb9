import { AppError } from '@tillkeeper/platform/errors';
import type { KeeperContext } from '../context.ts';
import { authorize } from '../operators/permissions.ts';
import { expectedSubscriptions } from './expectedSubscriptions.ts';
import { type FetchedSubscription, fetchSubscriptions } from './fetchSubscriptions.ts';
import { inParallel } from './inParallel.ts';

/** One fact in its three places. Null: nothing there, or the organization's row does not carry it. */
export interface ComparedField {
  readonly field: string;
  readonly label: string;
  readonly stripe: string | null;
  readonly subscriptionRow: string | null;
  readonly organizationRow: string | null;
  readonly differs: boolean;
}

export interface Comparison {
  readonly organizationId: string;
  readonly fields: readonly ComparedField[];
  readonly equal: boolean;
}

interface Here {
  readonly id: string;
  readonly plan: string;
  readonly status: string;
  readonly customer: string | null;
  readonly subscription: string | null;
  readonly row_plan: string | null;
  readonly row_status: string | null;
  readonly price: string | null;
  readonly quantity: number | null;
  readonly period_end: Temporal.Instant | null;
  readonly cancels: boolean | null;
  readonly payment_method: string | null;
  readonly all_rows: string | null;
}

const readsAtOnce = 16;

/**
 * Compares, field by field, what Stripe says now, what our subscription rows say and what the organization's row says. One entry per
 * organization that exists; without a Stripe customer there is nothing to compare. Throws if Stripe cannot be read: not known is not equal.
 */
export async function compareWithStripe(ctx: KeeperContext, organizationIds: readonly string[]): Promise<Comparison[]> {
  authorize(ctx, 'billing.read');
  const here = await readHere(ctx, organizationIds);
  // One organization is somebody's question, many are a check in the background.
  const priority = organizationIds.length === 1 ? 'high' : 'low';
  const fetched = new Map<string, FetchedSubscription[]>();
  const orphans = new Set<string>();
  await inParallel(here, readsAtOnce, async ({ id, customer }) => {
    if (customer === null) return;
    try {
      fetched.set(id, await fetchSubscriptions(ctx.stripe, id, customer, priority));
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'not_found')) throw error;
      orphans.add(id);
    }
  });
  const expected = await expectedSubscriptions(ctx, fetched);

  return here.map((row) => {
    const subscriptions = fetched.get(row.id);
    const effective = expected.get(row.id);
    const fields =
      orphans.has(row.id) || subscriptions === undefined || effective === undefined
        ? row.customer === null
          ? []
          : [field('customer', 'Customer', null, row.customer)]
        : compared(row, effective, subscriptions);
    return { organizationId: row.id, fields, equal: fields.every((one) => !one.differs) };
  });
}

function readHere(ctx: KeeperContext, organizationIds: readonly string[]): Promise<Here[]> {
  return ctx.till.query<Here>(
    `select o.id, o.subscription_plan as plan, o.subscription_status as status, c.stripe_customer_id as customer,
            e.stripe_subscription_id as subscription, e.plan as row_plan, e.status as row_status, s.stripe_price_id as price, s.quantity,
            s.current_period_end as period_end, s.cancel_at_period_end as cancels, s.default_payment_method as payment_method,
            (select string_agg(a.stripe_subscription_id || ' ' || a.status, ', ' order by a.stripe_subscription_id collate "C")
               from organization_subscriptions a where a.organization_id = o.id) as all_rows
       from organizations o
       join billing.effective_subscriptions e on e.organization_id = o.id
       left join stripe_customers c on c.organization_id = o.id
       left join organization_subscriptions s on s.organization_id = o.id and s.stripe_subscription_id = e.stripe_subscription_id
      where o.id = any ($1::uuid[])
      order by o.id`,
    [organizationIds],
  );
}

function compared(
  row: Here,
  expected: { subscriptionId: string | undefined; plan: string; status: string },
  subscriptions: readonly FetchedSubscription[],
): ComparedField[] {
  const effective = subscriptions.find((one) => one.id === expected.subscriptionId);
  const all = subscriptions
    .map((one) => `${one.id} ${one.status}`)
    .toSorted()
    .join(', ');
  return [
    field('plan', 'Plan', expected.plan, row.row_plan, row.plan),
    field('status', 'Status', expected.status, row.row_status, row.status),
    field('subscription', 'Subscription', expected.subscriptionId ?? null, row.subscription),
    field('price', 'Price', effective?.priceId ?? null, row.price),
    field('quantity', 'Quantity', textOf(effective?.quantity), textOf(row.quantity)),
    field('currentPeriodEnd', 'Paid until', effective?.currentPeriodEnd ?? null, row.period_end?.toString() ?? null),
    field('cancelAtPeriodEnd', 'Cancels at period end', yesNo(effective?.cancelAtPeriodEnd), yesNo(row.cancels)),
    field('paymentMethod', 'Own payment method', effective?.defaultPaymentMethod ?? null, row.payment_method),
    field('subscriptions', 'All subscriptions', all === '' ? null : all, row.all_rows),
  ];
}

/** Without an organization's cell the field lives in two places only. */
function field(
  name: string,
  label: string,
  stripe: string | null,
  subscriptionRow: string | null,
  organizationRow?: string,
): ComparedField {
  const differs = stripe !== subscriptionRow || (organizationRow !== undefined && organizationRow !== stripe);
  return { field: name, label, stripe, subscriptionRow, organizationRow: organizationRow ?? null, differs };
}

function textOf(value: number | null | undefined): string | null {
  return value === null || value === undefined ? null : String(value);
}

function yesNo(value: boolean | null | undefined): string | null {
  return value === null || value === undefined ? null : value ? 'yes' : 'no';
}
