import { testDatabases } from '@tillkeeper/sandbox/testing/database';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { raiseSignal } from '../detection/raiseSignal.ts';
import { startTestServer } from '../testServer.ts';
import { listOrganizations, type OrganizationFilter } from './listOrganizations.ts';

const databases = await testDatabases();
const server = await startTestServer(databases);
afterAll(() => server.close());

const till = databases.till.admin;

/** Names that repeat, differ in case alone, and hold what a pattern or a JSON text would stumble over. */
const names = [
  'Alder',
  'Alder',
  'alder',
  'Ash "& Co"',
  '100 % Birch',
  'Bay_Leaf',
  'Back\\slash',
  'Zelkova',
  'Émile',
  '🌲',
];
await till.query(
  `insert into organizations (name, subscription_plan, subscription_status, access)
   select n.name, (array['free', 'basic', 'pro'])[1 + n.place % 3], (array['active', 'past_due'])[1 + n.place % 2],
          case when n.place % 5 = 0 then 'read_only' else 'full' end
     from unnest($1::text[]) with ordinality as n (name, place), generate_series(1, 4)`,
  [names],
);

async function all(filter: Omit<OrganizationFilter, 'limit' | 'cursor'>, limit: number): Promise<string[]> {
  const ctx = await server.context();
  const ids: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await listOrganizations(ctx, { ...filter, limit, ...(cursor === undefined ? {} : { cursor }) });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    ids.push(...page.items.map((item) => item.id));
    if (page.nextCursor === null) return ids;
    // A page that promises more and holds nothing would be asked for ever.
    expect(page.items.length).toBe(limit);
    cursor = page.nextCursor;
  }
}

async function expected(condition: string, values: unknown[] = []): Promise<string[]> {
  const { rows } = await till.query<{ id: string }>(
    `select id from organizations o where ${condition} order by name, id`,
    values,
  );
  return rows.map((row) => row.id);
}

describe('the list of organizations', () => {
  it('gives each once and in order of their names, whatever the size of the page', async () => {
    const every = await expected('true');
    expect(every.length).toBe(40);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 45 }),
        fc.constantFrom(undefined, 'active', 'past_due', 'nothing'),
        fc.constantFrom(undefined, 'free', 'pro'),
        async (limit, status, plan) => {
          const filter = { ...(status === undefined ? {} : { status }), ...(plan === undefined ? {} : { plan }) };
          const wanted = await expected(
            '($1::text is null or subscription_status = $1) and ($2::text is null or subscription_plan = $2)',
            [status ?? null, plan ?? null],
          );
          expect(await all(filter, limit)).toEqual(wanted);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('loses none that was there from the start to those that come and go between two pages', async () => {
    const ctx = await server.context();
    const before = await expected('true');
    const first = await listOrganizations(ctx, { limit: 15 });
    const { rows } = await till.query<{ id: string }>(
      `insert into organizations (name) values ('AAA'), ('Zzz'), ('Bay') returning id`,
    );
    // The last one of the first page is gone when the second is asked for.
    const gone = first.items.at(-1);
    await till.query('delete from organizations where id = $1', [gone?.id]);
    const rest = await listOrganizations(ctx, { limit: 200, cursor: first.nextCursor ?? '' });
    const seen = [...first.items, ...rest.items].map((item) => item.id);
    expect(new Set(seen).size).toBe(seen.length);
    expect(before.filter((id) => !seen.includes(id))).toEqual([]);
    await till.query('delete from organizations where id = any ($1::uuid[])', [rows.map((row) => row.id)]);
    await till.query(
      `insert into organizations (id, name, subscription_plan, subscription_status, access) values ($1, $2, $3, $4, $5)`,
      [gone?.id, gone?.name, gone?.plan, gone?.status, gone?.access],
    );
  });

  it.each([
    ['alder', 12],
    ['%', 4],
    ['_', 4],
    ['\\', 4],
    ['100 %', 4],
    ['"& co', 4],
    ['émile', 4],
    ['no such shop', 0],
  ])('finds %s in a name as it is written, %i times', async (search, count) => {
    expect(await all({ search }, 50)).toHaveLength(count);
  });

  it('finds one by its whole id', async () => {
    const [id = ''] = await expected(`name = 'Zelkova'`);
    expect(await all({ search: id.toUpperCase() }, 50)).toEqual([id]);
  });

  it('says what a subscription is worth in a month, who works there and what is open, and nothing for a free one', async () => {
    const pro = await server.shop({ name: 'Yew', plan: 'pro', members: 2 });
    const trial = await server.shop({ name: 'Yew on trial', plan: 'basic', status: 'trialing' });
    const free = await server.shop({ name: 'Yew for free', plan: 'free' });
    await till.query('update organization_members set revoked_at = now() where organization_id = $1 and user_id = $2', [
      pro.organizationId,
      pro.people[1]?.userId,
    ]);
    const ctx = await server.context({ kind: 'operator', id: 'x', name: 'Ana' });
    await till.query(`update organizations set subscription_plan = 'basic' where id = $1`, [pro.organizationId]);
    await raiseSignal(ctx, {
      source: 'test',
      identity: 'subscription-sync-failure',
      summary: 'A plan is wrong',
      organizationIds: [pro.organizationId],
    });
    const { items } = await listOrganizations(ctx, { search: 'Yew', limit: 10 });
    expect(items.map(({ id, mrr, members, openIncidents }) => ({ id, mrr, members, openIncidents }))).toEqual([
      { id: pro.organizationId, mrr: { currency: 'USD', minor: 9_900 }, members: 2, openIncidents: 1 },
      { id: free.organizationId, mrr: { currency: 'USD', minor: 0 }, members: 1, openIncidents: 0 },
      { id: trial.organizationId, mrr: { currency: 'USD', minor: 0 }, members: 1, openIncidents: 0 },
    ]);
    await till.query(
      `update organization_subscriptions set billing_interval = 'year', unit_amount_minor = 100000, quantity = 3, currency = 'eur'
        where organization_id = $1`,
      [pro.organizationId],
    );
    const [yearly] = (await listOrganizations(ctx, { search: pro.organizationId, limit: 10 })).items;
    expect(yearly?.mrr).toEqual({ currency: 'EUR', minor: 25_000 });
  });

  it('reads a page from an index, not every organization there is', async () => {
    await till.query(`insert into organizations (name) select 'Shop ' || n from generate_series(1, 5000) n`);
    await till.query('analyze organizations');
    for (const condition of ['true', `subscription_status = 'past_due'`]) {
      const { rows } = await till.query<{ 'QUERY PLAN': string }>(
        `explain select id from organizations where ${condition} and (name, id) > ('Birch', $1::uuid) order by name, id limit 50`,
        ['00000000-0000-0000-0000-000000000000'],
      );
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      expect(plan).toMatch(/Index (Only )?Scan using organizations_by_(name|status)/);
      expect(plan).not.toMatch(/Seq Scan|Sort/);
    }
  });
});
