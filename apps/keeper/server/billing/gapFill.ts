import { AppError } from '@tillkeeper/platform/errors';
import type Stripe from 'stripe';
import type { KeeperContext } from '../context.ts';
import { authorize } from '../operators/permissions.ts';
import { readFacts } from './verifyDelivery.ts';

/** Stripe keeps events for 30 days; what is older can only be found by a compare. */
const retentionDays = 30;
/** Two readings overlap, since an event can become visible a little after its second. */
const overlapMinutes = 5;
/** Without any earlier reading: as long as Stripe itself retries. */
const firstReachDays = 3;

/**
 * Reads Stripe's event log from `since` to now and adds to the ledger what was never delivered; the worker then treats it like any other.
 * Reads to the last page or throws: only a complete reading is written down, so a broken one is done again.
 */
export async function fillGaps(
  ctx: KeeperContext,
  input: { readonly since: Temporal.Instant },
): Promise<{ readonly read: number; readonly added: number }> {
  authorize(ctx, 'billing.repair');
  const through = ctx.clock.now();
  const oldest = through.subtract({ hours: retentionDays * 24 });
  const since = Temporal.Instant.compare(input.since, oldest) < 0 ? oldest : input.since;
  let read = 0;
  let added = 0;
  for (let after: string | undefined; ; ) {
    const page = await ctx.stripe.read('low', 'events.list', undefined, () =>
      ctx.stripe.api.events.list({
        created: { gte: Math.floor(since.epochMilliseconds / 1_000) },
        limit: 100,
        ...(after === undefined ? {} : { starting_after: after }),
      }),
    );
    read += page.data.length;
    added += await addMissing(ctx, page.data);
    after = page.data.at(-1)?.id;
    if (!page.has_more || after === undefined) break;
  }
  await ctx.keeper.query(
    `insert into gap_fills (since, through, read, added) values ($1::timestamptz, $2::timestamptz, $3::integer, $4::integer)`,
    [since.toString(), through.toString(), read, added],
  );
  if (added > 0) await ctx.keeper.query(`select pg_notify('keeper_work', 'deliveries')`);
  return { read, added };
}

/** Where the next reading begins: a little before the end of the last complete one. */
export async function gapFillCursor(ctx: KeeperContext): Promise<Temporal.Instant> {
  const [last] = await ctx.keeper.query<{ through: Temporal.Instant }>(
    'select through from gap_fills order by through desc limit 1',
  );
  return last === undefined
    ? ctx.clock.now().subtract({ hours: firstReachDays * 24 })
    : last.through.subtract({ minutes: overlapMinutes });
}

async function addMissing(ctx: KeeperContext, events: readonly Stripe.Event[]): Promise<number> {
  const found = events.map((event) => {
    const facts = readFacts(event);
    if (facts === undefined)
      throw new AppError('upstream_failed', 'Stripe listed something that is no event', { eventId: event.id });
    return { facts, raw: Buffer.from(JSON.stringify(event)) };
  });
  if (found.length === 0) return 0;
  const inserted = await ctx.keeper.query(
    `insert into stripe_deliveries
       (stripe_event_id, type, api_version, livemode, account, event_created_at, object_id, customer_id, subscription_id, raw, signature, source)
     select e.event_id, e.type, e.api_version, e.livemode, e.account, to_timestamp(e.created), e.object_id, e.customer_id, e.subscription_id, e.raw,
            '', 'gap_fill'
       from unnest($1::text[], $2::text[], $3::text[], $4::boolean[], $5::text[], $6::bigint[], $7::text[], $8::text[], $9::text[], $10::bytea[])
         as e (event_id, type, api_version, livemode, account, created, object_id, customer_id, subscription_id, raw)
     on conflict (stripe_event_id) do nothing
     returning stripe_event_id`,
    [
      found.map(({ facts }) => facts.eventId),
      found.map(({ facts }) => facts.type),
      found.map(({ facts }) => facts.apiVersion ?? null),
      found.map(({ facts }) => facts.livemode),
      found.map(({ facts }) => facts.account ?? null),
      found.map(({ facts }) => facts.created),
      found.map(({ facts }) => facts.objectId ?? null),
      found.map(({ facts }) => facts.customerId ?? null),
      found.map(({ facts }) => facts.subscriptionId ?? null),
      found.map(({ raw }) => raw),
    ],
  );
  return inserted.length;
}
