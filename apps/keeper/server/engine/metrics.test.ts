import { testDatabases } from '@tillkeeper/sandbox/testing/database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer } from '../testServer.ts';
import { series } from './metrics.ts';

const databases = await testDatabases();
const server = await startTestServer(databases);
afterAll(() => server.close());
const keeper = databases.keeper.admin;

/** The samples of Keeper's own series, by name and labels. */
async function scrape(): Promise<ReadonlyMap<string, number>> {
  const { status, text } = await server.call('/metrics', { token: null });
  expect(status).toBe(200);
  const lines = text.split('\n').filter((line) => line.startsWith('keeper_'));
  return new Map(
    lines.map((line) => {
      const blank = line.lastIndexOf(' ');
      return [line.slice(0, blank), Number(line.slice(blank + 1).replace('+Inf', 'Infinity'))];
    }),
  );
}

describe('/metrics', () => {
  beforeAll(async () => {
    await keeper.query(
      `insert into stripe_deliveries (stripe_event_id, type, livemode, event_created_at, raw, signature, state, received_machine)
       select 'evt_' || n, 'invoice.paid', false, now(), '{}', 't=1', case when n <= 3 then 'received' else 'applied' end,
              clock_timestamp() - n * interval '1 minute'
         from generate_series(1, 9) n`,
    );
    await keeper.query(
      `insert into incidents (impact, playbook, detector, identity, scope, severity, title, summary, state, resolved_at, outcome)
       values ('{}', 'p', 'd', 'one', 'case', 'P3', 't', 's', 'running', null, null), ('{}', 'p', 'd', 'two', 'case', 'P3', 't', 's', 'running', null, null),
              ('{}', 'p', 'd', 'three', 'systemic', 'P1', 't', 's', 'running', null, null), ('{}', 'p', 'd', 'four', 'systemic', 'P0', 't', 's', 'resolved', now(), 'proven')`,
    );
    await keeper.query(
      `insert into messages (template, recipient, occurrence_key, class, variables, state)
       select 't', 'x@example.com', state || n, 'service', '{}', state
         from (values ('planned', 2), ('unknown', 1), ('accepted', 50)) as m (state, count), generate_series(1, count) n`,
    );
    await keeper.query(
      `insert into lanes (name, holder, beat_machine) values ('engine', 'a', clock_timestamp() - interval '90 seconds'),
              ('engine', 'b', clock_timestamp() - interval '30 seconds')`,
    );
    await keeper.query(
      `insert into detectors (name, playbook, every_ms, last_finished_machine, last_ok_machine)
       values ('blind', 'p', 1, clock_timestamp(), clock_timestamp() - interval '10 minutes'), ('new', 'p', 1, null, null)`,
    );
  });

  it('counts what waits, what is open and what was heard of, as the database has it at that moment', async () => {
    const samples = await scrape();
    const exact = Object.fromEntries([...samples].filter(([name]) => !/age_seconds/.test(name)));
    expect(exact).toEqual({
      keeper_deliveries_waiting: 3,
      'keeper_incidents_open{severity="P0"}': 0,
      'keeper_incidents_open{severity="P1"}': 1,
      'keeper_incidents_open{severity="P2"}': 0,
      'keeper_incidents_open{severity="P3"}': 2,
      'keeper_messages{state="planned"}': 2,
      'keeper_messages{state="held"}': 0,
      'keeper_messages{state="sending"}': 0,
      'keeper_messages{state="unknown"}': 1,
      'keeper_messages{state="failed"}': 0,
      'keeper_messages{state="bounced"}': 0,
      'keeper_database_up{database="keeper"}': 1,
      'keeper_database_up{database="till"}': 1,
    });
    const atLeast = {
      keeper_deliveries_oldest_age_seconds: 180,
      'keeper_lane_age_seconds{lane="engine"}': 30,
      'keeper_detector_age_seconds{detector="blind"}': 600,
    };
    for (const [name, seconds] of Object.entries(atLeast)) {
      expect(samples.get(name), name).toBeGreaterThanOrEqual(seconds);
      expect(samples.get(name), name).toBeLessThan(seconds + 60);
    }
    // What was never heard of is older than any bound.
    for (const name of ['keeper_lane_age_seconds{lane="workers"}', 'keeper_detector_age_seconds{detector="new"}'])
      expect(samples.get(name), name).toBe(Infinity);

    await keeper.query(`update stripe_deliveries set state = 'applied'`);
    const after = await scrape();
    expect(after.get('keeper_deliveries_waiting')).toBe(0);
    expect(after.get('keeper_deliveries_oldest_age_seconds')).toBe(0);
  });

  it('costs an index, not a reading of every mail and every delivery there ever was', async () => {
    await keeper.query(
      `insert into messages (template, recipient, occurrence_key, class, variables, state)
       select 't', 'x@example.com', 'old' || n, 'service', '{}', 'accepted' from generate_series(1, 3000) n`,
    );
    await keeper.query(
      `insert into stripe_deliveries (stripe_event_id, type, livemode, event_created_at, raw, signature, state)
       select 'old_' || n, 'invoice.paid', false, now(), '{}', 't=1', 'applied' from generate_series(1, 3000) n`,
    );
    await keeper.query('vacuum analyze messages, stripe_deliveries');
    for (const { name, sql, values } of series) {
      const { rows } = await keeper.query<{ 'QUERY PLAN': string }>(`explain ${sql}`, [...(values ?? [])]);
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      expect(plan, name).not.toMatch(/Seq Scan on (messages|stripe_deliveries)/);
    }
  });

  it('shows the time of each request by its route, and no address', async () => {
    await server.call('/api/v1/organizations/0197f0c0-0000-7000-8000-000000000001');
    const { text } = await server.call('/metrics', { token: null });
    expect(text).toMatch(
      /http_request_seconds_count\{method="GET",route="\/api\/v1\/organizations\/:id",status="404"\} \d/,
    );
    expect(text).not.toContain('0197f0c0');
  });
});
