import { randomUUID } from 'node:crypto';
import { testDatabases } from '@tillkeeper/sandbox/testing/database';
import fc from 'fast-check';
import type { PoolClient } from 'pg';
import { describe, expect, it } from 'vitest';

const { till } = await testDatabases();

interface Subscription {
  readonly id: string;
  readonly status: string;
  /** Null: the price maps to no plan. */
  readonly plan: string | null;
  readonly startedAt: string;
}
interface State {
  readonly plan: string;
  readonly status: string;
}

/** From the most to the least that a shop can have; a status that is not here stands between incomplete and canceled. */
const order = ['active', 'trialing', 'past_due', 'unpaid', 'paused', 'incomplete', 'some_new_status', 'canceled'];

/** The rule in plain words, apart from the SQL: what the organization should mirror after its subscriptions became these. */
function expectedState(before: State, subscriptions: readonly Subscription[]): State {
  const counting = subscriptions.filter((each) => each.status !== 'incomplete_expired');
  const [best] = counting.toSorted(
    (a, b) =>
      order.indexOf(a.status) - order.indexOf(b.status) ||
      b.startedAt.localeCompare(a.startedAt) ||
      (a.id < b.id ? 1 : -1),
  );
  if (best === undefined) return { plan: 'free', status: 'active' };
  return { plan: best.plan ?? before.plan, status: best.status };
}

/** In a transaction that leaves nothing behind. */
async function inScratch<T>(body: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await till.admin.connect();
  try {
    await client.query('begin');
    return await body(client);
  } finally {
    await client.query('rollback');
    client.release();
  }
}

async function newOrganization(client: PoolClient): Promise<string> {
  const id = randomUUID();
  await client.query(`insert into public.organizations (id, name) values ($1, 'Shop')`, [id]);
  return id;
}

async function write(client: PoolClient, organization: string, subscription: Subscription): Promise<void> {
  await client.query(
    `insert into public.organization_subscriptions (organization_id, stripe_subscription_id, plan, status, started_at, fetched_sequence)
     values ($1, $2, $3, $4, $5, 1)
     on conflict (organization_id, stripe_subscription_id) do update set plan = excluded.plan, status = excluded.status, started_at = excluded.started_at`,
    [organization, subscription.id, subscription.plan, subscription.status, subscription.startedAt],
  );
}

async function stateOf(client: PoolClient, organization: string): Promise<State | undefined> {
  const { rows } = await client.query<State>(
    'select subscription_plan as plan, subscription_status as status from public.organizations where id = $1',
    [organization],
  );
  return rows[0];
}

const subscription: fc.Arbitrary<Subscription> = fc.record({
  id: fc.constantFrom('sub_a', 'sub_b', 'sub_c', 'sub_d'),
  status: fc.constantFrom(...order, 'incomplete_expired'),
  plan: fc.option(fc.constantFrom('free', 'basic', 'pro', 'enterprise')),
  startedAt: fc.constantFrom(
    '2026-01-01T00:00:00.000000Z',
    '2026-02-01T00:00:00.000000Z',
    '2026-02-01T00:00:00.000001Z',
  ),
});
const change = fc.oneof(
  { weight: 4, arbitrary: fc.record({ write: subscription }) },
  { weight: 1, arbitrary: fc.record({ remove: fc.constantFrom('sub_a', 'sub_b', 'sub_c', 'sub_d') }) },
);

describe('which subscription counts', () => {
  it('is what the rule says after every single change, whatever came before it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) =>
        inScratch(async (client) => {
          const organization = await newOrganization(client);
          const kept = new Map<string, Subscription>();
          let expected: State = { plan: 'free', status: 'active' };
          for (const each of changes) {
            if ('write' in each) {
              kept.set(each.write.id, each.write);
              await write(client, organization, each.write);
            } else {
              // A row that is not there changes nothing, and the trigger does not fire.
              if (!kept.delete(each.remove)) continue;
              await client.query(
                'delete from public.organization_subscriptions where organization_id = $1 and stripe_subscription_id = $2',
                [organization, each.remove],
              );
            }
            expected = expectedState(expected, [...kept.values()]);
            expect(await stateOf(client, organization)).toEqual(expected);
          }
        }),
      ),
      { numRuns: 120 },
    );
  });

  it('does not depend on the order in which they arrive, and one statement for all gives the same', async () => {
    const set = fc.uniqueArray(
      subscription.map((each) => ({ ...each, plan: each.plan ?? 'basic' })),
      { selector: (each) => each.id, minLength: 1 },
    );
    await fc.assert(
      fc.asyncProperty(
        set.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([all, shuffled]) =>
          inScratch(async (client) => {
            const [first, second] = [await newOrganization(client), await newOrganization(client)];
            for (const each of shuffled) await write(client, first, each);
            await client.query(
              `insert into public.organization_subscriptions (organization_id, stripe_subscription_id, plan, status, started_at, fetched_sequence)
             select $1, s.id, s.plan, s.status, s."startedAt", 1
               from jsonb_to_recordset($2::jsonb) as s(id text, plan text, status text, "startedAt" timestamptz)`,
              [second, JSON.stringify(all)],
            );
            const expected = expectedState({ plan: 'free', status: 'active' }, all);
            expect([await stateOf(client, first), await stateOf(client, second)]).toEqual([expected, expected]);
          }),
      ),
      { numRuns: 60 },
    );
  });
});

describe('the sync trigger', () => {
  const pro: Subscription = { id: 'sub_a', status: 'active', plan: 'pro', startedAt: '2026-01-01T00:00:00Z' };

  it('raises when it touches no row, rather than leave a customer on the wrong plan in silence', async () => {
    await inScratch(async (client) => {
      const organization = await newOrganization(client);
      // What a definer function of the table's owner does under FORCE ROW LEVEL SECURITY: nothing.
      await client.query('alter function billing.sync_subscription() owner to till_owner');
      await client.query('grant select on billing.effective_subscriptions to till_owner');
      await expect(write(client, organization, pro)).rejects.toMatchObject({ code: 'TK002' });
    });
  });

  it('syncs both shops when a subscription moves between them', async () => {
    await inScratch(async (client) => {
      const [from, to] = [await newOrganization(client), await newOrganization(client)];
      await write(client, from, pro);
      await client.query(
        'update public.organization_subscriptions set organization_id = $2 where organization_id = $1',
        [from, to],
      );
      expect([await stateOf(client, from), await stateOf(client, to)]).toEqual([
        { plan: 'free', status: 'active' },
        { plan: 'pro', status: 'active' },
      ]);
    });
  });

  it('reads only its own organization, however many there are', async () => {
    await inScratch(async (client) => {
      await client.query(
        `insert into public.organizations (name) select 'Shop ' || n from generate_series(1, 5000) as n`,
      );
      await client.query('analyze public.organizations');
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(
        `explain update public.organizations o
            set subscription_plan = e.plan, subscription_status = e.status
           from billing.effective_subscriptions e
          where o.id = any (array['${randomUUID()}'::uuid]) and e.organization_id = o.id`,
      );
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      expect(plan).not.toMatch(/Seq Scan on organizations/);
    });
  });
});
