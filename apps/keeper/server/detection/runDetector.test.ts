import { testDatabases } from '@tillkeeper/sandbox/testing/database.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestEngine, type TestEngine } from '../incidents/testEngine.ts';
import type { Detector, Finding } from './detector.ts';
import { registerDetector, runDetector } from './runDetector.ts';

const databases = await testDatabases();
let engine: TestEngine;
/** Cases of three shops. */
let identities: string[];

beforeAll(async () => {
  engine = await startTestEngine(databases);
  const { rows } = await databases.till.admin.query<{ id: string }>(
    `insert into organizations (name) select 'Shop ' || n from generate_series(1, 3) as n returning id`,
  );
  identities = rows.map(({ id }) => `payment-processing-failure/${id}`);
});
afterAll(() => engine.close());

const finding = (identity: string): Finding => ({
  playbook: 'payment-processing-failure',
  identity,
  title: identity,
  summary: identity,
  said: 'same',
  organizationIds: [],
  facts: {},
});

let passes = 0;
let made = 0;
/** A detector of its own for each test. */
async function detector(detect: Detector['detect'], more: Partial<Detector> = {}): Promise<Detector> {
  made += 1;
  const defined: Detector = {
    name: `test-${made}`,
    playbook: 'payment-processing-failure',
    everyMs: 60_000,
    withinMs: 5_000,
    ...more,
    detect: async (ctx, memory) => {
      passes += 1;
      return detect(ctx, memory);
    },
  };
  await registerDetector(engine.worker.keeper, defined);
  return defined;
}

beforeEach(() => {
  passes = 0;
});

const row = async ({ name }: Detector) =>
  (await databases.keeper.admin.query('select * from detectors where name = $1', [name])).rows[0];
const workers = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ ...engine.worker, holder: `worker-${index}` }));

describe('a detector', () => {
  it('makes one pass in its interval, however many workers ask', async () => {
    const one = await detector(async () => ({ findings: [] }));
    const ran = await Promise.all(workers(10).map((worker) => runDetector(worker, one)));
    expect(ran.filter(Boolean)).toHaveLength(1);
    expect(await runDetector(engine.worker, one)).toBe(false);
    expect(passes).toBe(1);
    expect(await row(one)).toMatchObject({ last_ok: true, last_findings: 0, last_error: null, held_until: null });
  });

  it('that fails is seen to fail, and works again later', async () => {
    let broken = true;
    const one = await detector(
      async () => {
        if (broken) throw new Error('no such table');
        return { findings: [] };
      },
      { everyMs: 0 },
    );
    expect(await runDetector(engine.worker, one)).toBe(true);
    expect(await row(one)).toMatchObject({ last_ok: false, last_findings: null, last_error: 'no such table' });
    broken = false;
    await databases.keeper.admin.query('update detectors set last_started_machine = null where name = $1', [one.name]);
    await runDetector(engine.worker, one);
    expect(await row(one)).toMatchObject({ last_ok: true, last_error: null });
  });

  it('that hangs has failed when its time is over', async () => {
    const one = await detector(() => new Promise(() => undefined), { withinMs: 50 });
    await runDetector(engine.worker, one);
    expect(await row(one)).toMatchObject({ last_ok: false, last_error: 'took longer than 50 ms' });
  });

  it('whose worker died is taken over when the lease has run out, and not before', async () => {
    const one = await detector(async () => ({ findings: [] }));
    await databases.keeper.admin.query(
      `update detectors set holder = 'dead', held_until = clock_timestamp() + interval '1 hour' where name = $1`,
      [one.name],
    );
    expect(await runDetector(engine.worker, one)).toBe(false);
    await databases.keeper.admin.query(
      `update detectors set held_until = clock_timestamp() - interval '1 second' where name = $1`,
      [one.name],
    );
    expect(await runDetector(engine.worker, one)).toBe(true);
  });

  it('raises each finding once and keeps silent while nothing new is found', async () => {
    const one = await detector(async () => ({ findings: identities.slice(0, 2).map(finding) }), { everyMs: 0 });
    for (let look = 0; look < 5; look += 1) {
      await databases.keeper.admin.query('update detectors set last_started_machine = null where name = $1', [
        one.name,
      ]);
      await runDetector(engine.worker, one);
    }
    expect(passes).toBe(5);
    expect(await row(one)).toMatchObject({ last_findings: 2 });
    for (const identity of identities.slice(0, 2)) expect((await engine.latest(identity))?.timeline).toHaveLength(1);
  });

  it('raises the others when one of its findings cannot be raised, and says so', async () => {
    const bad = { ...finding('bad'), playbook: 'no-such-playbook' };
    const one = await detector(async () => ({ findings: [bad, finding(identities[2] ?? '')] }));
    await runDetector(engine.worker, one);
    expect(await engine.latest(identities[2] ?? '')).toBeDefined();
    expect(await row(one)).toMatchObject({
      last_ok: false,
      last_error: '1 of 2 findings not raised: there is no playbook no-such-playbook',
    });
  });

  it('hands its memory to the next pass of whichever worker', async () => {
    const seen: (string | null)[] = [];
    const one = await detector(
      async (_ctx, memory) => {
        seen.push(memory);
        return { findings: [], memory: `${(memory ?? '').length + 1}` };
      },
      { everyMs: 0 },
    );
    for (const worker of workers(3)) {
      await databases.keeper.admin.query('update detectors set last_started_machine = null where name = $1', [
        one.name,
      ]);
      await runDetector(worker, one);
    }
    expect(seen).toEqual([null, '1', '2']);
  });
});
