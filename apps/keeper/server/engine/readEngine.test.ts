import { testDatabases } from '@tillkeeper/sandbox/testing/database';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { registerDetector, runDetector } from '../detection/runDetector.ts';
import { startTestServer } from '../testServer.ts';
import { startLaneBeats } from './beatLanes.ts';
import { laneNames, readEngine } from './readEngine.ts';

const databases = await testDatabases();
const server = await startTestServer(databases);
afterAll(() => server.close());
const keeper = databases.keeper.admin;

beforeEach(() => keeper.query('truncate lanes, detectors'));

const engine = async () => readEngine(await server.context());
const beat = (name: string, age: string, holder = 'one') =>
  keeper.query(
    `insert into lanes (name, holder, beat_machine) values ($1, $2, clock_timestamp() - $3::interval)
     on conflict (name, holder) do update set beat_machine = excluded.beat_machine`,
    [name, holder, age],
  );
const looked = (name: string, ok: string, finished = ok) =>
  keeper.query(
    `insert into detectors (name, playbook, every_ms, last_finished_machine, last_ok_machine, last_ok)
     values ($1, 'p', 5000, clock_timestamp() - $2::interval, clock_timestamp() - $3::interval, $2::interval = $3::interval)`,
    [name, finished, ok],
  );
async function allBeat(age: string): Promise<void> {
  for (const name of laneNames) await beat(name, age);
}

describe('the freshness of the engine', () => {
  it('is silence before anything ran: nothing is proven because nobody looked', async () => {
    const { lanes, lastProvenAt, lastProvenAgeMs, detectors } = await engine();
    expect(lanes.map(({ name, state, ageMs, lastBeatAt }) => ({ name, state, ageMs, lastBeatAt }))).toEqual(
      laneNames.map((name) => ({ name, state: 'silent', ageMs: null, lastBeatAt: null })),
    );
    expect([lastProvenAt, lastProvenAgeMs, detectors]).toEqual([null, null, []]);
  });

  it('has the age of the oldest of all: one lane that hangs is enough', async () => {
    await allBeat('1 second');
    await beat('senders', '90 seconds');
    await looked('one', '2 seconds');
    const { lanes, lastProvenAgeMs } = await engine();
    expect(lanes.map((lane) => [lane.name, lane.state])).toEqual([
      ['detectors', 'ok'],
      ['engine', 'ok'],
      ['senders', 'late'],
      ['workers', 'ok'],
    ]);
    expect(lastProvenAgeMs).toBeGreaterThanOrEqual(90_000);
    expect(lastProvenAgeMs).toBeLessThan(120_000);
    await beat('senders', '121 seconds');
    expect((await engine()).lanes.find((lane) => lane.name === 'senders')?.state).toBe('silent');
  });

  it('is not known while one lane was never heard of, however fresh the others are', async () => {
    await allBeat('1 second');
    await looked('one', '1 second');
    expect((await engine()).lastProvenAgeMs).not.toBeNull();
    await keeper.query(`delete from lanes where name = 'workers'`);
    expect(await engine()).toMatchObject({ lastProvenAt: null, lastProvenAgeMs: null });
  });

  it('does not count a pass that failed as a look', async () => {
    await allBeat('1 second');
    await looked('blind', '5 minutes', '1 second');
    const { lastProvenAgeMs, detectors } = await engine();
    expect(lastProvenAgeMs).toBeGreaterThanOrEqual(300_000);
    expect(detectors[0]).toMatchObject({ name: 'blind', ok: false });
    expect(detectors[0]?.ageMs).toBeLessThan(60_000);
    await keeper.query('update detectors set last_ok_machine = null, last_ok = false');
    expect((await engine()).lastProvenAt).toBeNull();
  });

  it('takes the newest beat of all workers, and counts those that live', async () => {
    await allBeat('1 hour');
    await beat('engine', '1 second', 'two');
    await beat('engine', '2 seconds', 'three');
    const lane = (await engine()).lanes.find(({ name }) => name === 'engine');
    expect(lane).toMatchObject({ state: 'ok', detail: '2 alive' });
  });

  it('tells what waits and how far business time is ahead', async () => {
    await keeper.query(
      `insert into stripe_deliveries (stripe_event_id, type, livemode, event_created_at, raw, signature)
       values ('evt_1', 'invoice.paid', false, now(), '{}', 't=1'), ('evt_2', 'invoice.paid', false, now(), '{}', 't=1')`,
    );
    await keeper.query(`update ops.clock set "offset" = interval '2 days'`);
    const { waiting, clock } = await engine();
    await keeper.query(`update ops.clock set "offset" = interval '0'`);
    expect(waiting).toEqual({ stripe_deliveries: 2, messages: 0, runs: 0, timers: 0 });
    expect(clock.offsetMs).toBe(172_800_000);
    const aheadMs = clock.businessNow.epochMilliseconds - Temporal.Now.instant().epochMilliseconds;
    expect(Math.round(aheadMs / 60_000)).toBe(2_880);
  });
});

describe('the beats of a worker', () => {
  const ages = async () => Object.fromEntries((await engine()).lanes.map((lane) => [lane.name, lane.ageMs]));

  it('reach the database for each lane that beats, and stop with it: it ages, it does not vanish', async () => {
    const beats = startLaneBeats(server.deps, 'a worker');
    for (const name of laneNames) beats.beat(name);
    await expect.poll(async () => Object.values(await ages()).includes(null), { timeout: 20_000 }).toBe(false);
    const first = (await ages()).engine ?? 0;
    // Of all lanes only this one goes on.
    await expect
      .poll(
        async () => {
          beats.beat('senders');
          const now = await ages();
          return (now.engine ?? 0) > first + 1_500 && (now.senders ?? 0) < (now.engine ?? 0);
        },
        { timeout: 20_000 },
      )
      .toBe(true);
    await beats.stop();
    beats.beat('engine');
    const stopped = (await ages()).senders ?? 0;
    await expect.poll(async () => (await ages()).senders ?? 0, { timeout: 20_000 }).toBeGreaterThan(stopped + 1_000);
  });

  it('leave no heap of rows behind: those of dead workers go, the newest of a lane stays', async () => {
    await beat('engine', '25 hours', 'long gone');
    await beat('engine', '24 hours 30 minutes', 'gone last');
    await beat('senders', '3 days', 'the only one');
    const beats = startLaneBeats(server.deps, 'a worker');
    await beats.stop();
    const { rows } = await keeper.query('select name, holder from lanes order by name');
    expect(rows).toEqual([
      { name: 'engine', holder: 'gone last' },
      { name: 'senders', holder: 'the only one' },
    ]);
  });
});

describe('a detector', () => {
  it('that fails finishes without having looked', async () => {
    let broken = true;
    const detector = {
      name: 'sometimes-blind',
      playbook: 'subscription-sync-failure',
      everyMs: 0,
      withinMs: 5_000,
      async detect() {
        if (broken) throw new Error('cannot see');
        return { findings: [] };
      },
    };
    const worker = { ...server.deps, holder: 'one', contextFor: server.context };
    await registerDetector(server.deps.keeper, detector);
    await runDetector(worker, detector);
    const row = async () => (await engine()).detectors[0];
    expect(await row()).toMatchObject({ ok: false, lastOkAt: null, lastFinishedAt: expect.anything() });
    broken = false;
    await keeper.query('update detectors set last_started_machine = null');
    await runDetector(worker, detector);
    expect(await row()).toMatchObject({ ok: true, lastOkAt: expect.anything(), findings: 0 });
  });
});
