import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { testDatabases } from '@tillkeeper/sandbox/testing/database.ts';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { openDatabase, transaction } from './database.ts';
import { SimulatedCrash } from './faults.ts';
import { type Jobs, startJobs } from './jobs.ts';
import { createLogger } from './log.ts';

const { keeper } = await testDatabases();
const url = keeper.url('keeper_app');
await keeper.admin.query(`create table public.done (id text, worker text); grant all on public.done to keeper_app`);
const db = openDatabase({ url, applicationName: 'jobs test', poolSize: 8 });
const lines: string[] = [];
const log = createLogger({ name: 'test', level: 'warn', destination: { write: (line) => void lines.push(line) } });
const eventually = { timeout: 40_000, interval: 10 };

const running: Jobs[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.stop()));
  lines.length = 0;
});
afterAll(() => db.close());

async function start(...queues: string[]): Promise<Jobs> {
  const jobs = await startJobs({
    db,
    connectionString: url,
    log,
    queues: Object.fromEntries(queues.map((name) => [name, {}])),
  });
  running.push(jobs);
  return jobs;
}
async function states(queue: string): Promise<Record<string, number>> {
  const { rows } = await keeper.admin.query(
    'select state::text, count(*)::int from pgboss.job where name = $1 group by 1',
    [queue],
  );
  return Object.fromEntries(rows.map((row: { state: string; count: number }) => [row.state, row.count]));
}
const burst = Array.from({ length: 200 }, (_, index) => index);

describe('startJobs', () => {
  it('drains a burst, with no more handlers at a time than asked for', async () => {
    const jobs = await start('burst');
    const seen: number[] = [];
    let at = 0;
    let most = 0;
    await jobs.work<{ n: number }>('burst', { concurrency: 4 }, async ({ data }) => {
      most = Math.max(most, ++at);
      await new Promise(setImmediate);
      seen.push(data.n);
      at -= 1;
    });
    await Promise.all(burst.map((n) => jobs.send('burst', { n })));
    await vi.waitUntil(() => seen.length === burst.length, eventually);
    expect(seen.toSorted((a, b) => a - b)).toEqual(burst);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(4);
    await vi.waitUntil(async () => (await states('burst')).completed === burst.length, eventually);
  });

  it('runs one after the other when asked to', async () => {
    const jobs = await start('serial');
    let at = 0;
    let most = 0;
    let count = 0;
    await jobs.work('serial', { concurrency: 1 }, async () => {
      most = Math.max(most, ++at);
      await new Promise(setImmediate);
      at -= 1;
      count += 1;
    });
    await Promise.all(burst.slice(0, 20).map((n) => jobs.send('serial', { n })));
    await vi.waitUntil(() => count === 20, eventually);
    expect(most).toBe(1);
  });

  it('makes a job with the transaction that sends it, or not at all', async () => {
    const jobs = await start('sent');
    const seen: unknown[] = [];
    await jobs.work('sent', {}, async ({ data }) => void seen.push(data));
    await transaction(db, async (tx) => {
      await jobs.send('sent', { n: 1 }, { tx });
      throw new Error('rolled back');
    }).catch(() => undefined);
    await transaction(db, async (tx) => {
      await jobs.send('sent', { n: 2 }, { tx });
      expect(await states('sent')).toEqual({});
    });
    await vi.waitUntil(() => seen.length > 0, eventually);
    expect(seen).toEqual([{ n: 2 }]);
  });

  it('lets one job a key wait, and any number without a key', async () => {
    const jobs = await start('keyed');
    const key = { singletonKey: 'organization-1' };
    expect(await jobs.send('keyed', { n: 1 }, key)).toEqual(expect.any(String));
    expect(await jobs.send('keyed', { n: 2 }, key)).toBeUndefined();
    expect(await jobs.send('keyed', { n: 3 })).toEqual(expect.any(String));
    expect(await jobs.send('keyed', { n: 4 })).toEqual(expect.any(String));
    const gates: (() => void)[] = [];
    await jobs.work('keyed', {}, () => new Promise<void>((resolve) => gates.push(resolve)));
    await vi.waitUntil(() => gates.length === 3, eventually);
    // The first one runs already: a change since then may have escaped it.
    expect(await jobs.send('keyed', { n: 5 }, key)).toEqual(expect.any(String));
    for (const open of gates) open();
    await vi.waitUntil(() => gates.length === 4, eventually);
    gates[3]?.();
  });

  it('repeats a job that failed, and only that one', async () => {
    const jobs = await start('failing');
    const tries = new Map<number, number[]>();
    await jobs.work<{ n: number }>('failing', {}, async ({ data, retries }) => {
      tries.set(data.n, [...(tries.get(data.n) ?? []), retries]);
      if (data.n === 2 && retries === 0) throw new Error('not yet');
    });
    for (const n of [1, 2, 3, 4]) await jobs.send('failing', { n });
    await vi.waitUntil(() => tries.get(2)?.length === 2, eventually);
    expect(Object.fromEntries(tries)).toEqual({ 1: [0], 2: [0, 1], 3: [0], 4: [0] });
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { msg: 'job failed', queue: 'failing', err: { message: 'not yet' } },
    ]);
  });

  it('keeps a schedule in its zone, once, however often it is set', async () => {
    const jobs = await start('nightly');
    await jobs.schedule('nightly', '0 3 * * *', 'Europe/Berlin');
    await jobs.schedule('nightly', '30 3 * * *', 'Europe/Berlin');
    const { rows } = await keeper.admin.query(`select cron, timezone from pgboss.schedule where name = 'nightly'`);
    expect(rows).toEqual([{ cron: '30 3 * * *', timezone: 'Europe/Berlin' }]);
  });

  it('is dead after a simulated crash: the job stays as a killed process leaves it, and no other is begun', async () => {
    const doomed = await start('crashing');
    for (const n of [1, 2, 3]) await doomed.send('crashing', { n });
    let begun = 0;
    await doomed.work('crashing', { concurrency: 1 }, async () => {
      begun += 1;
      throw new Error('step failed', { cause: new SimulatedCrash() });
    });
    await vi.waitUntil(() => begun === 1, eventually);
    await doomed.stop();
    const left = await states('crashing');
    expect(left.failed ?? left.retry ?? left.completed).toBeUndefined();
    expect(left.active).toBeGreaterThanOrEqual(1);
    expect(begun).toBe(1);
    expect(lines).toEqual([]);
  });

  it('hands the jobs of a worker that was killed to the others, every one of a burst of 200', async () => {
    const jobs = await start('takeover');
    const script = `
      import { openDatabase } from ${JSON.stringify(import.meta.resolve('./database.ts'))};
      import { startJobs } from ${JSON.stringify(import.meta.resolve('./jobs.ts'))};
      import { createLogger } from ${JSON.stringify(import.meta.resolve('./log.ts'))};
      const url = process.argv[1];
      const db = openDatabase({ url, applicationName: 'doomed worker' });
      const log = createLogger({ name: 'doomed', level: 'error' });
      const jobs = await startJobs({ db, connectionString: url, log, queues: { takeover: {} } });
      let taken = 0;
      await jobs.work('takeover', { concurrency: 4 }, async ({ data }) => {
        if (++taken > 20) process.kill(process.pid, 'SIGKILL');
        await db.query('insert into public.done values ($1, $2)', [data.n, 'doomed']);
      });
      process.stdout.write('ready');`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, url], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    const exited = once(child, 'exit');
    await Promise.all(burst.map((n) => jobs.send('takeover', { n })));
    expect((await exited)[1]).toBe('SIGKILL');
    await jobs.work<{ n: number }>('takeover', { concurrency: 4 }, async ({ data }) => {
      await db.query('insert into public.done values ($1, $2)', [data.n, 'survivor']);
    });
    await vi.waitUntil(async () => (await states('takeover')).completed === burst.length, {
      timeout: 60_000,
      interval: 50,
    });
    const { rows } = await keeper.admin.query(
      `select count(distinct id)::int as ids, count(*) filter (where worker = 'doomed')::int as doomed from public.done`,
    );
    expect(rows[0].ids).toBe(burst.length);
    expect(rows[0].doomed).toBeGreaterThanOrEqual(17);
  }, 90_000);
});
