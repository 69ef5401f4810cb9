import { organizationsOfCustomers } from '../billing/organizationsOfCustomers.ts';
import type { KeeperContext } from '../context.ts';
import { thresholds } from './thresholds.ts';

export interface Intake {
  /** Refused at the door since then, floods included. */
  readonly rejected: number;
  readonly rejectedCodes: readonly string[];
  /** Whom refused bodies claim to be about: not verified. */
  readonly rejectedOrganizationIds: readonly string[];
  /** Verified, and later than `thresholds.lateSeconds`. */
  readonly late: number;
  readonly latestSeconds: number;
  readonly lateOrganizationIds: readonly string[];
  /** Machine time of the last delivery that came verified and in time, and of the last that was late or refused in the name of a customer of ours. */
  readonly lastGood: Temporal.Instant | null;
  readonly lastBad: Temporal.Instant | null;
}

interface Counted {
  readonly rejected: number;
  readonly codes: string[] | null;
  readonly rejected_customers: string[] | null;
  readonly last_good: Temporal.Instant | null;
  readonly last_late: Temporal.Instant | null;
  readonly late: number;
  readonly latest_seconds: number;
  readonly late_customers: string[] | null;
}

/** Written into the statement: the index of late deliveries is found by a constant only. */
const late = `interval '${thresholds.lateSeconds} seconds'`;

/**
 * What came wrongly or late since a machine instant. Lateness is business time from Stripe's making of the event to our receipt, less what the
 * clock jumped over in between: an advance of the clock alone makes nothing late.
 */
export async function readIntake(ctx: KeeperContext, sinceMachine: Temporal.Instant): Promise<Intake> {
  const [counted] = await ctx.keeper.query<Counted>(
    `with refused as (
       select copies, code, claimed_customer from stripe_rejections where received_machine > $1::timestamptz
     ), late as (
       select customer_id, received_machine, late_by
         from (select d.customer_id, d.received_machine,
                      extract(epoch from d.received_at - d.event_created_at
                        - coalesce((select sum(least(j.to_time, d.received_at) - greatest(j.from_time, d.event_created_at))
                                      from ops.clock_jumps j
                                     where j.to_time > d.event_created_at and j.from_time < d.received_at), interval '0')) as late_by
                 from stripe_deliveries d
                where d.received_machine > $1::timestamptz and d.source = 'webhook' and d.received_at - d.event_created_at > ${late}) as maybe
        where late_by > ${thresholds.lateSeconds}
     )
     select (select coalesce(sum(copies), 0)::integer from refused) as rejected,
            (select array_agg(distinct code) from refused) as codes,
            (select array_agg(distinct claimed_customer) filter (where claimed_customer is not null) from refused) as rejected_customers,
            (select received_machine from stripe_deliveries
              where received_machine > $1::timestamptz and source = 'webhook' and received_at - event_created_at <= ${late}
              order by received_machine desc limit 1) as last_good,
            (select max(received_machine) from late) as last_late,
            (select count(*)::integer from late) as late,
            (select coalesce(max(late_by), 0)::integer from late) as latest_seconds,
            (select array_agg(distinct customer_id) filter (where customer_id is not null) from late) as late_customers`,
    [sinceMachine.toString()],
  );
  if (counted === undefined) throw new Error('an aggregate gave no row');
  const customers = [...(counted.rejected_customers ?? []), ...(counted.late_customers ?? [])];
  const organizations = await organizationsOfCustomers(ctx, customers);
  const idsOf = (names: readonly string[] | null) =>
    [...new Set((names ?? []).flatMap((name) => organizations.get(name) ?? []))].sort();
  return {
    rejected: counted.rejected,
    rejectedCodes: counted.codes ?? [],
    rejectedOrganizationIds: idsOf(counted.rejected_customers),
    late: counted.late,
    latestSeconds: counted.latest_seconds,
    lateOrganizationIds: idsOf(counted.late_customers),
    lastGood: counted.last_good,
    lastBad: latest(await lastRefusal(ctx, sinceMachine, organizations), counted.last_late),
  };
}

/** Rubbish that names nobody is not held against Stripe. */
async function lastRefusal(
  ctx: KeeperContext,
  sinceMachine: Temporal.Instant,
  organizations: ReadonlyMap<string, string>,
): Promise<Temporal.Instant | null> {
  const [row] = await ctx.keeper.query<{ last: Temporal.Instant | null }>(
    `select max(received_machine) as last from stripe_rejections
      where received_machine > $1::timestamptz and claimed_customer = any ($2::text[])`,
    [sinceMachine.toString(), [...organizations.keys()]],
  );
  return row?.last ?? null;
}

function latest(a: Temporal.Instant | null, b: Temporal.Instant | null): Temporal.Instant | null {
  if (a === null || b === null) return a ?? b;
  return Temporal.Instant.compare(a, b) >= 0 ? a : b;
}
