import { testDatabases } from '@tillkeeper/sandbox/testing/database';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { noImpact } from './incidents/measureImpact.ts';
import { startTestServer } from './testServer.ts';

const databases = await testDatabases();
const server = await startTestServer(databases);
afterAll(() => server.close());
const keeper = databases.keeper.admin;

const organizationId = '0197f0c0-0000-7000-8000-000000000001';
await keeper.query(
  `insert into incidents (impact, playbook, detector, identity, scope, severity, title, summary, state, resolved_at, outcome)
   select $1::jsonb, 'p' || n % 2, 'd', 'i' || n, 'case', 'P' || n % 4, 't', 's', case when n % 3 = 0 then 'resolved' else 'running' end,
          case when n % 3 = 0 then now() end, case when n % 3 = 0 then 'proven' end
     from generate_series(1, 37) n`,
  [JSON.stringify(noImpact(0))],
);
await keeper.query(
  `insert into incident_organizations (incident_id, organization_id) select id, $1 from incidents where number % 5 = 0`,
  [organizationId],
);
await keeper.query(
  `insert into messages (template, recipient, occurrence_key, class, variables, state, organization_id)
   select 't', case when n % 2 = 0 then 'even@example.com' else 'odd@example.com' end, 'k' || n, 'service', '{}', 'accepted',
          case when n % 5 = 0 then $1::uuid end
     from generate_series(1, 37) n`,
  [organizationId],
);
// Many at one instant: the time alone is no order.
await keeper.query(
  `insert into stripe_deliveries (stripe_event_id, type, livemode, event_created_at, raw, signature, state, organization_id, received_machine)
   select 'evt_' || n, 'invoice.paid', false, now(), '{}', 't=1', case when n % 3 = 0 then 'dead' else 'applied' end,
          case when n % 5 = 0 then $1::uuid end, timestamptz '2026-01-01 00:00:00.123456Z' + (n / 10) * interval '1 microsecond'
     from generate_series(1, 37) n`,
  [organizationId],
);

interface List {
  readonly path: string;
  /** The query that the list should answer, in its order. */
  readonly sql: string;
  readonly filters: readonly { readonly query: string; readonly condition: string }[];
}

const lists: readonly List[] = [
  {
    path: '/incidents',
    sql: 'select i.id from incidents i where $condition order by number desc',
    filters: [
      { query: 'state=all', condition: 'true' },
      { query: 'state=open', condition: 'resolved_at is null' },
      { query: '', condition: 'resolved_at is null' },
      { query: 'state=resolved', condition: 'resolved_at is not null' },
      { query: 'state=all&severity=P1', condition: `severity = 'P1'` },
      { query: 'state=all&playbook=p1', condition: `playbook = 'p1'` },
      {
        query: `state=all&organizationId=${organizationId}`,
        condition: 'exists (select from incident_organizations o where o.incident_id = i.id)',
      },
    ],
  },
  {
    path: '/messages',
    sql: 'select id from messages where $condition order by id desc',
    filters: [
      { query: '', condition: 'true' },
      { query: 'to=Even@Example.com', condition: `recipient = 'even@example.com'` },
      { query: `organizationId=${organizationId}`, condition: 'organization_id is not null' },
    ],
  },
  {
    path: '/deliveries',
    sql: 'select stripe_event_id as id from stripe_deliveries where $condition order by received_machine desc, stripe_event_id desc',
    filters: [
      { query: '', condition: 'true' },
      { query: 'state=dead', condition: `state = 'dead'` },
      { query: `organizationId=${organizationId}`, condition: 'organization_id is not null' },
    ],
  },
];

async function readAll(path: string, query: string, limit: number): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor = ''; ; ) {
    const { status, body } = await server.call(`/api/v1${path}?${query}&limit=${limit}${cursor}`);
    expect(status).toBe(200);
    const page = body as unknown as { items: { id: string }[]; nextCursor: string | null };
    ids.push(...page.items.map((item) => item.id));
    if (page.nextCursor === null) return ids;
    // A page that promises more and holds nothing would be asked for ever.
    expect(page.items).toHaveLength(limit);
    cursor = `&cursor=${encodeURIComponent(page.nextCursor)}`;
  }
}

describe.each(lists)('the pages of $path', ({ path, sql, filters }) => {
  it('hold each item once and in order, whatever their size and the filter', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...filters), fc.integer({ min: 1, max: 40 }), async (filter, limit) => {
        const { rows } = await keeper.query<{ id: string }>(sql.replace('$condition', filter.condition));
        expect(rows.length).toBeGreaterThan(0);
        expect(await readAll(path, filter.query, limit)).toEqual(rows.map((row) => row.id));
      }),
      { numRuns: 20 },
    );
  });
});
