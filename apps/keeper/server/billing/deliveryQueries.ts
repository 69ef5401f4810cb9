import type { Database } from '@tillkeeper/platform/database';
import type { DB as KeeperDB } from '../../database/types.generated.ts';

type Keeper = Database<KeeperDB>;

export interface ClaimedDelivery {
  readonly eventId: string;
  readonly type: string;
  readonly apiVersion: string | null;
  readonly livemode: boolean;
  readonly source: 'webhook' | 'gap_fill';
  readonly account: string | null;
  readonly createdAt: Temporal.Instant;
  readonly objectId: string | null;
  readonly customerId: string | null;
  readonly subscriptionId: string | null;
  /** This one included. */
  readonly attempts: number;
}

/** Machine time after which the claim of a dead worker is void. A live one renews at a third of it. */
export const claimSeconds = 10;
/** With pauses that double from two seconds up to half an hour: about an hour of trying in all. */
export const attemptsAtMost = 12;

const claimedColumns = `d.stripe_event_id as "eventId", d.type, d.api_version as "apiVersion", d.livemode, d.source, d.account, d.event_created_at as "createdAt",
     d.object_id as "objectId", d.customer_id as "customerId", d.subscription_id as "subscriptionId", d.attempts`;

// By an array of ids, not by a join: before statistics exist a join with the limited select reads the whole table (ten times the time).
const claim = (waiting: string) => `
     update stripe_deliveries d
        set claimed_by = $1::text, claimed_until = clock_timestamp() + make_interval(secs => $3::integer), attempts = d.attempts + 1
      where d.stripe_event_id = any (array(${waiting}))
     returning ${claimedColumns}`;

/** Claims waiting deliveries, oldest first. Other workers skip them until the claim ends. */
export function claimDeliveries(keeper: Keeper, holder: string, atMost: number): Promise<ClaimedDelivery[]> {
  return keeper.query<ClaimedDelivery>(claim('select ops.waiting_deliveries($2::integer)'), [
    holder,
    atMost,
    claimSeconds,
  ]);
}

/** Claims all that waits for these customers, also what was put off: whoever refetches them now has answered those events too. */
export function claimDeliveriesOf(
  keeper: Keeper,
  holder: string,
  customerIds: readonly string[],
): Promise<ClaimedDelivery[]> {
  const waiting = `
       select stripe_event_id from stripe_deliveries
        where state = 'received' and customer_id = any ($2::text[])
          and (claimed_until is null or claimed_until < clock_timestamp())
        order by received_machine
        for update skip locked`;
  return keeper.query<ClaimedDelivery>(claim(waiting), [holder, customerIds, claimSeconds]);
}

export async function renewClaims(keeper: Keeper, holder: string, eventIds: readonly string[]): Promise<void> {
  if (eventIds.length === 0) return;
  await keeper.query(
    `update stripe_deliveries set claimed_until = clock_timestamp() + make_interval(secs => $3::integer)
      where stripe_event_id = any ($2::text[]) and claimed_by = $1::text and state = 'received'`,
    [holder, eventIds, claimSeconds],
  );
}

export interface Settled {
  readonly eventId: string;
  readonly state: 'applied' | 'ignored' | 'quarantined' | 'dead';
  readonly reason?: string;
  readonly organizationId?: string;
}

/** Ends deliveries. A reason that intake wrote (the event came again with other bytes) stays where there is no other. */
export async function settleDeliveries(keeper: Keeper, settled: readonly Settled[]): Promise<void> {
  if (settled.length === 0) return;
  await keeper.query(
    `update stripe_deliveries d
        set state = s.state, reason = coalesce(s.reason, d.reason), organization_id = coalesce(s.organization_id, d.organization_id),
            settled_machine = clock_timestamp(), claimed_by = null, claimed_until = null, retry_at = null
       from unnest($1::text[], $2::text[], $3::text[], $4::uuid[]) as s (event_id, state, reason, organization_id)
      where d.stripe_event_id = s.event_id and d.state = 'received'`,
    [
      settled.map((one) => one.eventId),
      settled.map((one) => one.state),
      settled.map((one) => one.reason ?? null),
      settled.map((one) => one.organizationId ?? null),
    ],
  );
}

export interface Failed {
  readonly eventId: string;
  readonly organizationId: string;
  readonly error: string;
}

/** Puts failed deliveries off, each time about twice as long (machine time, with jitter), and gives up after the last attempt. */
export async function postponeDeliveries(keeper: Keeper, failed: readonly Failed[]): Promise<void> {
  if (failed.length === 0) return;
  await keeper.query(
    `update stripe_deliveries d
        set state = case when d.attempts >= $4::integer then 'dead' else 'received' end,
            reason = case when d.attempts >= $4::integer then 'gave up after ' || d.attempts || ' attempts: ' || f.error else d.reason end,
            settled_machine = case when d.attempts >= $4::integer then clock_timestamp() end,
            retry_at = clock_timestamp() + least(interval '30 minutes', interval '1 second' * power(2, d.attempts)) * (0.75 + random() / 2),
            last_error = f.error, organization_id = f.organization_id, claimed_by = null, claimed_until = null
       from unnest($1::text[], $2::uuid[], $3::text[]) as f (event_id, organization_id, error)
      where d.stripe_event_id = f.event_id and d.state = 'received'`,
    [
      failed.map((one) => one.eventId),
      failed.map((one) => one.organizationId),
      failed.map((one) => one.error),
      attemptsAtMost,
    ],
  );
}

/** Gives claimed deliveries back as if they had not been tried: their organization was busy, or a database of ours was away. */
export async function returnDeliveries(
  keeper: Keeper,
  holder: string,
  eventIds: readonly string[],
  afterMs: number,
): Promise<void> {
  if (eventIds.length === 0) return;
  await keeper.query(
    `update stripe_deliveries
        set attempts = attempts - 1, claimed_by = null, claimed_until = null, retry_at = clock_timestamp() + interval '1 millisecond' * $3::integer
      where stripe_event_id = any ($2::text[]) and claimed_by = $1::text and state = 'received'`,
    [holder, eventIds, afterMs],
  );
}
