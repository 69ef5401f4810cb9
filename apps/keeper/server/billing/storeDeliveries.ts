import type { Database } from '@tillkeeper/platform/database';
import { toAppError } from '@tillkeeper/platform/errors';
import type { DB as KeeperDB } from '../../database/types.generated.ts';
import { stripeApiVersion } from './stripeClient.ts';
import type { DeliveryFacts } from './verifyDelivery.ts';

export interface Delivery {
  readonly facts: DeliveryFacts;
  readonly raw: Buffer;
  readonly signature: string;
}

export interface DeliveryStore {
  /** Keeps a verified delivery. When this resolves the row is committed, and only then may Stripe hear 200. */
  store(delivery: Delivery): Promise<void>;
}

interface Waiting {
  readonly delivery: Delivery;
  resolve(): void;
  reject(error: unknown): void;
}

/** Inserts under way at once; what arrives meanwhile shares the next one, so a burst costs few commits and a lone delivery waits for none. */
const insertsAtOnce = 2;
const rowsAtOnce = 64;

// Named, so that each connection plans it once; in id order, so that two servers which get the same copies cannot deadlock. A copy only
// counts; one with other bytes is kept beside the first and says so. Stripe's way to a new API version is a second endpoint, so the same
// event may come in two versions: the first in ours brings it back to work.
const statement = {
  name: 'store-deliveries',
  text: `insert into stripe_deliveries as kept
           (stripe_event_id, type, api_version, livemode, account, event_created_at, object_id, customer_id, subscription_id, raw, signature)
         select d.id, d.type, d.api_version, d.livemode, d.account, to_timestamp(d.created), d.object_id, d.customer_id, d.subscription_id,
                substring($12::bytea from d.raw_from for d.raw_length), d.signature
           from unnest($1::text[], $2::text[], $3::text[], $4::boolean[], $5::text[], $6::bigint[], $7::text[], $8::text[], $9::text[],
                       $10::integer[], $11::integer[], $13::text[])
             as d (id, type, api_version, livemode, account, created, object_id, customer_id, subscription_id, raw_from, raw_length, signature)
          order by d.id
         on conflict (stripe_event_id) do update set
           copies = kept.copies + 1,
           other_raw = case when kept.raw = excluded.raw then kept.other_raw else excluded.raw end,
           api_version = case when excluded.api_version = $14::text then excluded.api_version else kept.api_version end,
           state = case when kept.state = 'quarantined' and kept.api_version is distinct from $14::text and excluded.api_version = $14::text
                        then 'received' else kept.state end,
           reason = case when kept.raw = excluded.raw then kept.reason else 'repeated with other bytes' end`,
};

export function openDeliveryStore(keeper: Database<KeeperDB>): DeliveryStore {
  const waiting: Waiting[] = [];
  let underway = 0;
  let planned = false;

  /** After the requests of this turn of the event loop have arrived, so that they share an insert. */
  function plan(): void {
    if (planned || waiting.length === 0 || underway === insertsAtOnce) return;
    planned = true;
    setImmediate(() => {
      planned = false;
      underway += 1;
      void insertTogether(keeper, takeDistinct(waiting)).finally(() => {
        underway -= 1;
        plan();
      });
      plan();
    });
  }

  return {
    store(delivery) {
      return new Promise((resolve, reject) => {
        waiting.push({ delivery, resolve, reject });
        plan();
      });
    },
  };
}

/** The first that wait, each event once: an insert may touch a row only once, so a copy goes with the next. */
function takeDistinct(waiting: Waiting[]): Waiting[] {
  const taken = new Map<string, Waiting>();
  for (let at = 0; at < waiting.length && taken.size < rowsAtOnce; ) {
    const one = waiting[at];
    if (one === undefined || taken.has(one.delivery.facts.eventId)) at += 1;
    else {
      taken.set(one.delivery.facts.eventId, one);
      waiting.splice(at, 1);
    }
  }
  return [...taken.values()];
}

/** One insert for all; if the database refuses it, one by one, so that a bad delivery fails alone. Never rejects: each caller hears its own. */
async function insertTogether(keeper: Database<KeeperDB>, batch: readonly Waiting[]): Promise<void> {
  try {
    await insert(
      keeper,
      batch.map((one) => one.delivery),
    );
    for (const one of batch) one.resolve();
  } catch (error) {
    if (batch.length === 1 || toAppError(error).code === 'unavailable') {
      for (const one of batch) one.reject(error);
      return;
    }
    for (const one of batch) await insertTogether(keeper, [one]);
  }
}

async function insert(keeper: Database<KeeperDB>, batch: readonly Delivery[]): Promise<void> {
  const facts = batch.map((one) => one.facts);
  // The bytes travel as one value and are cut apart there: an array of bytea would be written as text, at twice the size.
  const lengths = batch.map((one) => one.raw.length);
  let end = 1;
  const starts = lengths.map((length) => (end += length) - length);
  await keeper.execute({
    ...statement,
    values: [
      facts.map((one) => one.eventId),
      facts.map((one) => one.type),
      facts.map((one) => one.apiVersion ?? null),
      facts.map((one) => one.livemode),
      facts.map((one) => one.account ?? null),
      facts.map((one) => one.created),
      facts.map((one) => one.objectId ?? null),
      facts.map((one) => one.customerId ?? null),
      facts.map((one) => one.subscriptionId ?? null),
      starts,
      lengths,
      Buffer.concat(batch.map((one) => one.raw)),
      batch.map((one) => one.signature),
      stripeApiVersion,
    ],
  });
}
