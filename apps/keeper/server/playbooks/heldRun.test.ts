import { testDatabases } from '@tillkeeper/sandbox/testing/database.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { raiseSignal } from '../detection/raiseSignal.ts';
import { startTestEngine, type TestEngine } from '../incidents/testEngine.ts';
import { asHolder, claimRun, type HeldRun, interruptRun, LostRun, releaseRun, renewRun } from './heldRun.ts';
import { sleepRun } from './runWrites.ts';
import { wakeRuns } from './wakeRuns.ts';

const databases = await testDatabases();
const keeper = databases.keeper.admin;
let engine: TestEngine;
let organizationId: string;
let incidentId: string;

beforeAll(async () => {
  engine = await startTestEngine(databases);
  const { rows } = await databases.till.admin.query<{ id: string }>(
    `insert into organizations (name) values ('Shop') returning id`,
  );
  organizationId = rows[0]?.id ?? '';
});
afterAll(() => engine.close());

/** One run, due now and held by nobody. */
beforeEach(async () => {
  await keeper.query(`update playbook_runs set state = 'done'`);
  await keeper.query(
    `update incidents set state = 'resolved', outcome = 'forced', resolved_at = ops.now() where resolved_at is null`,
  );
  const identity = 'subscription-sync-failure';
  const raised = await raiseSignal(await context(), {
    source: 'test',
    identity,
    summary: 'test',
    organizationIds: [organizationId],
  });
  incidentId = raised?.incidentId ?? '';
});

const context = () => engine.worker.contextFor({ kind: 'system', job: 'test' });
const run = async () =>
  (await keeper.query('select * from playbook_runs where incident_id = $1', [incidentId])).rows[0];
const expire = () =>
  keeper.query(`update playbook_runs set held_until = clock_timestamp() - interval '1 second' where incident_id = $1`, [
    incidentId,
  ]);

async function claim(holder: string): Promise<HeldRun> {
  const held = await claimRun(engine.worker.keeper, holder);
  if (held === undefined) throw new Error(`${holder} got nothing`);
  return held;
}

const write = async (held: HeldRun) => asHolder(await context(), held, async () => 'written');
const sleep = async (held: HeldRun) =>
  asHolder(await context(), held, (tx) => sleepRun(tx, held, { state: 'waiting', reason: 'test' }));

describe('a held run', () => {
  it('is held by one, however many ask at once', async () => {
    const claims = await Promise.all(
      Array.from({ length: 12 }, (_, index) => claimRun(engine.worker.keeper, `w-${index}`)),
    );
    expect(claims.filter((held) => held !== undefined)).toHaveLength(1);
  });

  it('is taken over after the lease, and from then on the first holder writes nothing', async () => {
    const first = await claim('first');
    expect(await claimRun(engine.worker.keeper, 'second')).toBeUndefined();
    await expire();
    const second = await claim('second');
    expect(second.fencing).toBe(first.fencing + 1);
    await expect(write(first)).rejects.toBeInstanceOf(LostRun);
    await expect(write(second)).resolves.toBe('written');
    // Nor does its heartbeat or its farewell reach the new holder's lease.
    const { held_until: until } = await run();
    await renewRun(engine.worker.keeper, first);
    await releaseRun(engine.worker.keeper, first);
    expect(await run()).toMatchObject({ holder: 'second', held_until: until });
  });

  it('stays with a holder that says it lives', async () => {
    const held = await claim('alive');
    await keeper.query(
      `update playbook_runs set held_until = clock_timestamp() + interval '10 milliseconds' where incident_id = $1`,
      [incidentId],
    );
    await renewRun(engine.worker.keeper, held);
    const { rows } = await keeper.query(
      `select held_until > clock_timestamp() + interval '3 seconds' as safe from playbook_runs where incident_id = $1`,
      [incidentId],
    );
    expect(rows).toEqual([{ safe: true }]);
  });

  it('is due again at once if it was woken while it was at work', async () => {
    const held = await claim('worker');
    expect(await wakeRuns(await context(), { incidentId, reason: 'news' })).toBe(1);
    await sleep(held);
    const again = await claim('worker');
    expect(again.wakes).toBe(held.wakes + 1);
    await sleep(again);
    expect(await claimRun(engine.worker.keeper, 'worker')).toBeUndefined();
    expect(await run()).toMatchObject({ state: 'waiting', wake_at: null, wake_machine: null, holder: null });
  });

  it('is lost to its holder when a person decides', async () => {
    const held = await claim('worker');
    await interruptRun(await context(), incidentId, 'decided');
    await expect(write(held)).rejects.toBeInstanceOf(LostRun);
    expect((await claim('next')).fencing).toBe(held.fencing + 2);
  });

  it('of many is not woken by what happens to one customer; a case is', async () => {
    expect(await wakeRuns(await context(), { organizationIds: [organizationId], reason: 'stripe.invoice.paid' })).toBe(
      0,
    );
    await raiseSignal(await context(), {
      source: 'test',
      identity: `payment-processing-failure/${organizationId}`,
      summary: 'a case',
    });
    expect(await wakeRuns(await context(), { organizationIds: [organizationId], reason: 'stripe.invoice.paid' })).toBe(
      1,
    );
  });

  it('sleeps by the clock that its wake-up names', async () => {
    const held = await claim('worker');
    const ctx = await context();
    await asHolder(ctx, held, (tx) =>
      sleepRun(tx, held, { state: 'waiting', reason: 'later', wakeAt: ctx.clock.now().add({ hours: 1 }) }),
    );
    expect(await claimRun(engine.worker.keeper, 'worker')).toBeUndefined();
    await engine.bench.advance('PT1H1S');
    const again = await claim('worker');
    await asHolder(await context(), again, (tx) =>
      sleepRun(tx, again, { state: 'proving', reason: 'round 2', wakeInMs: 60_000 }),
    );
    await engine.bench.advance('PT2H');
    // Proofs are apart in machine time: moving the clock does not hurry them.
    expect(await claimRun(engine.worker.keeper, 'worker')).toBeUndefined();
    await keeper.query(`update playbook_runs set wake_machine = now() where incident_id = $1`, [incidentId]);
    await claim('worker');
  });
});
