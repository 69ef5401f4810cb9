import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cluster, type ClusterOptions, startCluster } from './cluster.ts';
import { dataFolderOf, prepareDataFolder } from './dataFolder.ts';
import { commandOf, isAlive, serverOf, stopServer } from './leftover.ts';

let folder = '';
const started: Cluster[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tillkeeper-cluster-'));
});
afterAll(async () => {
  await Promise.all(started.map((cluster) => cluster.stop()));
  await rm(folder, { recursive: true, force: true });
});

function optionsFor(name: string, more: Partial<ClusterOptions> = {}): ClusterOptions {
  return {
    folder: join(folder, name),
    within: folder,
    port: 0,
    superuserPassword: 'correct horse',
    settings: { fsync: 'off' },
    ...more,
  };
}

async function start(options: ClusterOptions): Promise<Cluster> {
  const cluster = await startCluster(options);
  started.push(cluster);
  return cluster;
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const end = performance.now() + 20_000;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`never came true: ${what}`);
    await wait(20);
  }
}

/** Another process that starts a cluster and then waits to be killed. */
async function startElsewhere(
  options: ClusterOptions,
): Promise<{ child: ChildProcess; server: number; guard: number }> {
  const module = new URL('./cluster.ts', import.meta.url).href;
  const code = `import { startCluster } from ${JSON.stringify(module)};
    const cluster = await startCluster(${JSON.stringify(options)});
    console.log(cluster.pid);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const server = await new Promise<number>((resolve, reject) => {
    child.stdout.once('data', (said: Buffer) => resolve(Number(said.toString())));
    child.once('exit', () => reject(new Error('the other process ended early')));
  });
  const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ').map(Number);
  const guard = children.find((pid) => commandOf(pid).includes('guard'));
  if (guard === undefined) throw new Error('no guard was started');
  return { child, server, guard };
}

test('a second start goes on with the data of the first, and a wrong password is refused', async () => {
  const options = optionsFor('again');
  const first = await start(options);
  expect(first.isNew).toBe(true);
  await query(first.adminUrl('postgres'), 'create table kept as select 42 as answer');
  await first.stop();
  expect(isAlive(first.pid)).toBe(false);

  const second = await start(options);
  expect(second.isNew).toBe(false);
  expect(await query(second.adminUrl('postgres'), 'select answer from kept')).toEqual([{ answer: 42 }]);
  await expect(query(second.url('postgres', 'wrong', 'postgres'), 'select 1')).rejects.toMatchObject({ code: '28P01' });
  const [rules] = await query(
    second.adminUrl('postgres'),
    `select bool_and(auth_method = 'scram-sha-256') as strict, count(*)::integer as rules from pg_hba_file_rules`,
  );
  expect(rules).toMatchObject({ strict: true });
  await second.stop();
});

test('kill -9 of the starting process ends the server as well', async () => {
  const { child, server } = await startElsewhere(optionsFor('orphan', { throwaway: true }));
  child.kill('SIGKILL');
  await until('the server is gone', () => !isAlive(server));
  await until('its data is removed', () => !existsSync(join(folder, 'orphan')));
});

test('a server that outlived its starter and its guard is stopped by the next start on the same folder', async () => {
  const options = optionsFor('leftover');
  const { child, server, guard } = await startElsewhere(options);
  process.kill(guard, 'SIGKILL');
  child.kill('SIGKILL');
  await until('the starter is gone', () => child.exitCode !== null || child.signalCode !== null);
  expect(serverOf(dataFolderOf(options.folder))).toBe(server);

  const next = await start(options);
  expect(isAlive(server)).toBe(false);
  expect(next.pid).not.toBe(server);
  await next.stop();
});

test('a process id that was given to another program is left alone', async () => {
  const options = optionsFor('stale');
  const first = await start(options);
  await first.stop();
  writeFileSync(join(dataFolderOf(options.folder), 'postmaster.pid'), `${process.pid}\n`);
  expect(serverOf(dataFolderOf(options.folder))).toBeUndefined();
  rmSync(join(dataFolderOf(options.folder), 'postmaster.pid'));
});

test('a server that ends by itself is reported, and the next start recovers', async () => {
  let said: string | undefined;
  const options = optionsFor('crash', { onCrash: (lastWords) => (said = lastWords) });
  const first = await start(options);
  await query(first.adminUrl('postgres'), 'create table survived as select 1 as one');
  process.kill(first.pid, 'SIGKILL');
  await until('the end is reported', () => said !== undefined);
  await first.stop();
  const second = await start(optionsFor('crash'));
  expect(await query(second.adminUrl('postgres'), 'select one from survived')).toEqual([{ one: 1 }]);
  await second.stop();
});

test('a data folder that initdb left half done is made again', async () => {
  const options = optionsFor('half');
  const first = await start(options);
  await first.stop();
  rmSync(join(options.folder, 'initialised'));
  rmSync(join(dataFolderOf(options.folder), 'global'), { recursive: true });
  const second = await start(options);
  expect(second.isNew).toBe(true);
  expect(await query(second.adminUrl('postgres'), 'select 1 as one')).toEqual([{ one: 1 }]);
  await second.stop();
});

test('a start that is given up leaves neither a process nor a folder', async () => {
  const giveUp = new AbortController();
  const options = optionsFor('given-up', { signal: giveUp.signal });
  const starting = startCluster(options);
  await until(
    'initdb is at work',
    () => existsSync(options.folder) && readdirSync(options.folder).some((name) => name.startsWith('unfinished-')),
  );
  giveUp.abort(new Error('given up'));
  await expect(starting).rejects.toThrow('given up');
  expect(readdirSync(options.folder)).toEqual([]);
});

test('a data folder that was complete and is damaged is reported and not touched', async () => {
  const options = optionsFor('damaged');
  await prepareDataFolder({ ...options, version: 18, throwaway: true });
  const data = dataFolderOf(options.folder);
  rmSync(join(data, 'global', 'pg_control'));
  await expect(startCluster(options)).rejects.toThrow(`${data} was a database cluster and is damaged`);
  expect(existsSync(join(data, 'base'))).toBe(true);
  await expect(startCluster({ ...options, version: 17 })).rejects.toThrow('damaged');
});

test('a server that cannot start says why', async () => {
  await expect(startCluster(optionsFor('wrong', { settings: { shared_buffers: 'many' } }))).rejects.toThrow(
    /invalid value for parameter "shared_buffers"/,
  );
  const pid = serverOf(dataFolderOf(join(folder, 'wrong')));
  if (pid !== undefined) await stopServer(pid);
  expect(pid).toBeUndefined();
});
