import { AppError } from '@tillkeeper/platform/errors';
import type { KeeperContext } from '../context.ts';
import { authorize } from '../operators/permissions.ts';
import { organizationsOfCustomers } from './organizationsOfCustomers.ts';
import { readFacts } from './verifyDelivery.ts';

/** Stripe's events usually arrive within seconds of their making; one that takes longer is late (business time). An index knows it too. */
const lateSeconds = 30;
/** How far back Stripe is asked for what it could not deliver, and at how many pages of a hundred the answer is long enough. */
const undeliveredHours = 24;
const undeliveredPages = 10;

export interface WebhookHealth {
  /** Refused at the door, floods included, machine time. */
  readonly rejectedLast5Minutes: number;
  /** Customers that refused bodies claim to be about: not verified. */
  readonly rejectedOrganizationIds: readonly string[];
  /** Stored and not yet worked off. */
  readonly waiting: number;
  readonly oldestWaitingSeconds: number;
  /** Of those that have waited longer than 5 s. */
  readonly waitingOrganizationIds: readonly string[];
  /** Given up after the last attempt and not replayed since. */
  readonly dead: number;
  readonly deadOrganizationIds: readonly string[];
  /** Verified but not ours to apply: another version, mode or account. */
  readonly quarantinedLast5Minutes: number;
  /** Received in the last 5 minutes more than 30 s after Stripe made them (business time, without what the clock jumped over). */
  readonly late: { readonly count: number; readonly organizationIds: readonly string[] };
  /** Made at Stripe more than 30 s ago, not delivered there, and not in our ledger either. Undefined: Stripe did not say. */
  readonly undeliveredAtStripe: number | undefined;
  readonly undeliveredOrganizationIds: readonly string[];
}

interface Counted {
  readonly rejected: number;
  readonly rejected_customers: string[] | null;
  readonly waiting: number;
  readonly oldest_waiting_seconds: number;
  readonly waiting_customers: string[] | null;
  readonly dead: number;
  readonly dead_customers: string[] | null;
  readonly quarantined: number;
  readonly late: number;
  readonly late_customers: string[] | null;
}

/** How Stripe's deliveries reach us: what was refused, what waits, what came late, and what Stripe could not deliver at all. */
export async function readWebhookHealth(ctx: KeeperContext): Promise<WebhookHealth> {
  authorize(ctx, 'billing.read');
  const [counted, undelivered] = await Promise.all([countHere(ctx), readUndelivered(ctx)]);
  const { rejected_customers, waiting_customers, dead_customers, late_customers } = counted;
  const named = [rejected_customers, waiting_customers, dead_customers, late_customers, undelivered?.customers ?? null];
  const organizations = await organizationsOfCustomers(
    ctx,
    named.flatMap((customers) => customers ?? []),
  );
  const idsOf = (customers: readonly string[] | null | undefined) => [
    ...new Set((customers ?? []).flatMap((customer) => organizations.get(customer) ?? [])),
  ];
  return {
    rejectedLast5Minutes: counted.rejected,
    rejectedOrganizationIds: idsOf(rejected_customers),
    waiting: counted.waiting,
    oldestWaitingSeconds: counted.oldest_waiting_seconds,
    waitingOrganizationIds: idsOf(waiting_customers),
    dead: counted.dead,
    deadOrganizationIds: idsOf(dead_customers),
    quarantinedLast5Minutes: counted.quarantined,
    late: { count: counted.late, organizationIds: idsOf(late_customers) },
    undeliveredAtStripe: undelivered?.count,
    undeliveredOrganizationIds: idsOf(undelivered?.customers),
  };
}

async function countHere(ctx: KeeperContext): Promise<Counted> {
  const [counted] = await ctx.keeper.query<Counted>(
    `with refused as (
       select copies, claimed_customer from stripe_rejections where received_machine > clock_timestamp() - interval '5 minutes'
     ), waiting as (
       select received_machine, customer_id from stripe_deliveries where state = 'received'
     ), dead as (
       select customer_id from stripe_deliveries where state = 'dead'
     ), late as (
       select d.customer_id from stripe_deliveries d
        where d.received_machine > clock_timestamp() - interval '5 minutes'
          and d.source = 'webhook' and d.received_at - d.event_created_at > interval '30 seconds'
          -- What the clock jumped over in between is nobody's delay.
          and d.received_at - d.event_created_at - coalesce(
                (select sum(least(j.to_time, d.received_at) - greatest(j.from_time, d.event_created_at))
                   from ops.clock_jumps j where j.to_time > d.event_created_at and j.from_time < d.received_at), interval '0')
              > make_interval(secs => $1::integer)
     )
     select (select coalesce(sum(copies), 0)::integer from refused) as rejected,
            (select array_agg(distinct claimed_customer) filter (where claimed_customer is not null) from refused) as rejected_customers,
            (select count(*) from waiting) as waiting,
            (select coalesce(floor(extract(epoch from clock_timestamp() - min(received_machine))), 0)::integer from waiting)
              as oldest_waiting_seconds,
            (select array_agg(distinct customer_id) filter (where customer_id is not null) from waiting
              where received_machine < clock_timestamp() - interval '5 seconds') as waiting_customers,
            (select count(*) from dead) as dead,
            (select array_agg(distinct customer_id) filter (where customer_id is not null) from dead) as dead_customers,
            (select count(*) from stripe_deliveries
              where state = 'quarantined' and received_machine > clock_timestamp() - interval '5 minutes') as quarantined,
            (select count(*) from late) as late,
            (select array_agg(distinct customer_id) filter (where customer_id is not null) from late) as late_customers`,
    [lateSeconds],
  );
  if (counted === undefined) throw new AppError('internal', 'an aggregate gave no row');
  return counted;
}

/** What Stripe counts as undelivered, without what is in the ledger by other ways (gap filling, a second endpoint). */
async function readUndelivered(ctx: KeeperContext): Promise<{ count: number; customers: string[] } | undefined> {
  const now = Math.floor(ctx.clock.now().epochMilliseconds / 1_000);
  const customerOf = new Map<string, string | undefined>();
  try {
    for (let page = 0, after: string | undefined; page < undeliveredPages; page += 1) {
      const events = await ctx.stripe.read('low', 'events.list', undefined, () =>
        ctx.stripe.api.events.list({
          delivery_success: false,
          created: { gt: now - undeliveredHours * 3_600, lt: now - lateSeconds },
          limit: 100,
          ...(after === undefined ? {} : { starting_after: after }),
        }),
      );
      for (const event of events.data) customerOf.set(event.id, readFacts(event)?.customerId);
      after = events.data.at(-1)?.id;
      if (!events.has_more || after === undefined) break;
    }
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
  const known = await ctx.keeper.query<{ stripe_event_id: string }>(
    'select stripe_event_id from stripe_deliveries where stripe_event_id = any ($1::text[])',
    [[...customerOf.keys()]],
  );
  for (const { stripe_event_id } of known) customerOf.delete(stripe_event_id);
  return { count: customerOf.size, customers: [...customerOf.values()].flatMap((customer) => customer ?? []) };
}
