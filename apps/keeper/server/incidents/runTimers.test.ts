import { testDatabases } from '@tillkeeper/sandbox/testing/database.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runTimers } from './runTimers.ts';
import { startTestEngine, type TestEngine } from './testEngine.ts';
import type { DueTimer, TimerHandler } from './timerHandlers.ts';

const databases = await testDatabases();
let engine: TestEngine;
const keeper = databases.keeper.admin;

beforeAll(async () => {
  engine = await startTestEngine(databases);
});
afterAll(() => engine.close());
beforeEach(async () => {
  await keeper.query('delete from timers');
});

async function set(count: number, due: string, kind = 'test'): Promise<void> {
  await keeper.query(
    `insert into timers (kind, key, due_at) select $3, $3 || n, ops.now() + $2::interval from generate_series(1, $1::integer) as n`,
    [count, due, kind],
  );
}

const context = () => engine.worker.contextFor({ kind: 'system', job: 'timers' });
const open = async () =>
  Number((await keeper.query('select count(*) as count from timers where done_at is null')).rows[0].count);

/** Everything that is due, by as many workers at once. */
async function runAll(handlers: Record<string, TimerHandler>, workers = 1): Promise<void> {
  await Promise.all(
    Array.from({ length: workers }, async () => {
      while ((await runTimers(await context(), handlers)) > 0);
    }),
  );
}

describe('timers', () => {
  it('go off once each, whoever takes them, and never early', async () => {
    await set(300, '-1 minute');
    await set(1, '1 hour', 'later');
    const seen: string[] = [];
    const handler: TimerHandler = async (_tx, timers) => void seen.push(...timers.map(({ key }) => key));
    await runAll({ test: handler, later: handler }, 4);
    expect(seen).toHaveLength(300);
    expect(new Set(seen).size).toBe(300);
    expect(await open()).toBe(1);
  });

  it('are caught up in batches after an outage, oldest first', async () => {
    await set(450, '-3 days');
    const batches: (readonly DueTimer[])[] = [];
    await runAll({ test: async (_tx, timers) => void batches.push(timers) });
    expect(batches.map(({ length }) => length)).toEqual([200, 200, 50]);
    expect(await open()).toBe(0);
  });

  it('what they cause and that they went off is one transaction', async () => {
    await set(1, '-1 minute');
    let fails = true;
    const handler: TimerHandler = async (tx) => {
      await tx.keeper.query(`insert into audit (actor, action, subject_id) values ('{}', 'timer.test', 'once')`);
      if (fails) throw new Error('after the write');
    };
    await runTimers(await context(), { test: handler });
    const written = async () =>
      Number((await keeper.query(`select count(*) as count from audit where action = 'timer.test'`)).rows[0].count);
    expect(await written()).toBe(0);
    expect((await keeper.query('select attempts, last_error, done_at from timers')).rows).toEqual([
      { attempts: 1, last_error: 'after the write', done_at: null },
    ]);
    fails = false;
    // Its time to be tried again is machine time.
    expect(await runTimers(await context(), { test: handler })).toBe(0);
    await keeper.query('update timers set retry_machine = clock_timestamp()');
    await runAll({ test: handler });
    expect(await written()).toBe(1);
    expect(await open()).toBe(0);
  });

  it('a bad one holds up no other and stays to be seen', async () => {
    await set(20, '-1 minute');
    const seen: string[] = [];
    const handler: TimerHandler = async (_tx, timers) => {
      if (timers.some(({ key }) => key === 'test7')) throw new Error('seven');
      seen.push(...timers.map(({ key }) => key));
    };
    await runAll({ test: handler });
    expect(seen).toHaveLength(19);
    expect((await keeper.query('select key, last_error from timers where done_at is null')).rows).toEqual([
      { key: 'test7', last_error: 'seven' },
    ]);
    const { rows } = await keeper.query(`select waiting from ops.unsettled where what = 'timers'`);
    expect(rows).toEqual([{ waiting: 1 }]);
  });

  it('of a kind that this release does not know wait for one that does', async () => {
    await set(1, '-1 minute', 'of-tomorrow');
    await runAll({ test: async () => undefined });
    expect(await open()).toBe(1);
  });
});
