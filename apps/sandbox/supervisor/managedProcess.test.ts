import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isAlive } from '../postgres/leftover.ts';
import { type ManagedProcess, startManaged } from './managedProcess.ts';

let folder = '';
let module = '';
const running: ManagedProcess[] = [];

// A server as ours are: ends in order when it is told to, or when its parent is gone.
const program = `
import { writeFileSync } from 'node:fs';
import { runUntilSignal } from ${JSON.stringify(new URL('../../../packages/platform/src/process.ts', import.meta.url).href)};
const quiet = { info() {}, warn() {}, error() {} };
if (process.env.FAIL) {
  console.log(JSON.stringify({ level: 'error', msg: 'cannot begin', err: { message: 'no such planet' } }));
  throw new TypeError('broken');
}
setInterval(() => {}, 1000);
runUntilSignal({ log: quiet, graceMs: 4000, close: async () => process.env.MARK && writeFileSync(process.env.MARK, 'in order') });
process.send?.({ ready: true });
if (process.env.FAULT_POINT) process.kill(process.pid, 'SIGKILL');
`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tillkeeper-managed-'));
  module = join(folder, 'server.ts');
  writeFileSync(module, program);
});
afterAll(async () => {
  await Promise.all(running.map((managed) => managed.stop()));
  await rm(folder, { recursive: true, force: true });
});

async function start(
  name: string,
  environment: Record<string, string> = {},
): Promise<{ managed: ManagedProcess; said: string[] }> {
  const said: string[] = [];
  const managed = await startManaged({
    name,
    module,
    environment,
    logFile: join(folder, `${name}.log`),
    say: (line) => said.push(line),
  });
  running.push(managed);
  return { managed, said };
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const end = performance.now() + 20_000;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`never came true: ${what}`);
    await wait(20);
  }
}

test('a process that is killed is started again, and one line says so', async () => {
  const { managed, said } = await start('killed');
  const first = managed.pid;
  expect(await managed.kill('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
  await managed.ready();
  expect(managed.pid).not.toBe(first);
  expect(managed.restarts).toBe(1);
  expect(said).toEqual(['killed ended (signal SIGKILL); starting it again']);
});

test('variables of one life are gone in the next', async () => {
  const { managed } = await start('faulty');
  const { ended } = await managed.restart({ FAULT_POINT: 'messages.before-send' });
  expect(await ended).toEqual({ code: null, signal: 'SIGKILL' });
  await managed.ready();
  const survivor = managed.pid;
  await managed.restart();
  expect(managed.pid).not.toBe(survivor);
  expect(managed.restarts).toBe(1);
});

test('a process that does not start says why in its last words', async () => {
  await expect(start('failing', { FAIL: '1' })).rejects.toThrow(
    'failing did not start (exit 1): cannot begin: no such planet; TypeError: broken',
  );
  expect(readFileSync(join(folder, 'failing.log'), 'utf8')).toContain('TypeError: broken');
});

test('stopping lets it end in order, and nothing starts it again', async () => {
  const mark = join(folder, 'mark');
  const { managed, said } = await start('orderly', { MARK: mark });
  const { pid } = managed;
  await managed.stop();
  expect(readFileSync(mark, 'utf8')).toBe('in order');
  expect(pid !== undefined && isAlive(pid)).toBe(false);
  expect(said).toEqual([]);
});

test('kill -9 of the supervisor ends its processes in order', async () => {
  const mark = join(folder, 'orphan-mark');
  const options = { name: 'orphan', module, environment: { MARK: mark }, logFile: join(folder, 'orphan.log') };
  const code = `import { startManaged } from ${JSON.stringify(new URL('./managedProcess.ts', import.meta.url).href)};
    const managed = await startManaged({ ...${JSON.stringify(options)}, say() {} });
    console.log(managed.pid);`;
  const supervisor = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pid = await new Promise<number>((resolve) =>
    supervisor.stdout.once('data', (said: Buffer) => resolve(Number(said.toString()))),
  );
  supervisor.kill('SIGKILL');
  await until('the process is gone', () => !isAlive(pid));
  expect(existsSync(mark)).toBe(true);
});
