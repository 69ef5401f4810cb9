import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isAlive } from '@tillkeeper/sandbox/postgres/leftover.ts';
import type { Addresses } from '@tillkeeper/sandbox/supervisor/addresses.ts';
import { checkPorts, portsFrom } from '@tillkeeper/sandbox/supervisor/ports.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const script = fileURLToPath(new URL('./start.ts', import.meta.url));
let root = '';
const started: Run[] = [];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tillkeeper-start-'));
});
afterAll(async () => {
  for (const run of started) if (run.child.exitCode === null && run.child.signalCode === null) run.child.kill('SIGINT');
  await Promise.all(started.map((run) => run.ended));
  await rm(root, { recursive: true, force: true });
});

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<number | NodeJS.Signals | null>;
  stdout(): string;
  stderr(): string;
}

function run(environment: Record<string, string>, ...flags: string[]): Run {
  const child = spawn(process.execPath, [script, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) =>
    child.once('close', (code, signal) => resolve(signal ?? code)),
  );
  const running = { child, ended, stdout: () => said.stdout, stderr: () => said.stderr };
  started.push(running);
  return running;
}

/** What a start that cannot be says, and its exit code. */
async function refusal(
  environment: Record<string, string>,
  ...flags: string[]
): Promise<{ code: unknown; line: string }> {
  const refused = run(environment, ...flags);
  const code = await refused.ended;
  return { code, line: refused.stderr() };
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const end = performance.now() + 60_000;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`never came true: ${what}`);
    await wait(50);
  }
}

async function freeBase(): Promise<number> {
  for (let base = 20_000 + Math.floor(Math.random() * 8_000); ; base += 20) {
    try {
      await checkPorts(await portsFrom(base), 0);
      return base;
    } catch {
      // Taken; the next one.
    }
  }
}

async function up(state: string, base: number, ...flags: string[]): Promise<{ running: Run; addresses: Addresses }> {
  const running = run({ STATE_FOLDER: state, PORT: String(base) }, '--empty', ...flags);
  const file = join(state, 'sandbox.json');
  await until('the table is printed', () => running.stdout().includes('Ctrl-C') || running.child.exitCode !== null);
  if (running.child.exitCode !== null) throw new Error(`it did not start: ${running.stderr()}`);
  return { running, addresses: JSON.parse(readFileSync(file, 'utf8')) as Addresses };
}

/** Every process below this one. */
function descendants(pid: number | undefined): number[] {
  if (pid === undefined) return [];
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean)
    .map(Number);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

async function statusOf(url: string, token?: string): Promise<number> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return (await fetch(url, { headers })).status;
}

describe('a start that cannot be is one line and exit code 1', () => {
  test('unknown options and ports that are none', async () => {
    expect(await refusal({ STATE_FOLDER: join(root, 'none') }, '--frehs')).toEqual({
      code: 1,
      line: 'unknown option --frehs: there are --fresh (start over) and --empty (no demonstration shops)\n',
    });
    expect(await refusal({ STATE_FOLDER: join(root, 'none'), PORT: 'abc' })).toEqual({
      code: 1,
      line: 'PORT must be a number from 1024 to 65527, not "abc"\n',
    });
    expect(existsSync(join(root, 'none'))).toBe(false);
  });

  test('a port in use', async () => {
    const base = await freeBase();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(base + 3, '127.0.0.1', resolve));
    try {
      expect(await refusal({ STATE_FOLDER: join(root, 'none'), PORT: String(base) })).toEqual({
        code: 1,
        line: `port ${base + 3} (stripe) is in use; set PORT to another base\n`,
      });
    } finally {
      other.close();
    }
    expect(existsSync(join(root, 'none'))).toBe(false);
  });

  test('a folder that takes no state', async () => {
    writeFileSync(join(root, 'a-file'), '');
    expect(await refusal({ STATE_FOLDER: join(root, 'a-file'), PORT: String(await freeBase()) })).toEqual({
      code: 1,
      line: `cannot write to ${root}/a-file (EEXIST): the sandbox keeps its state there\n`,
    });
  });
});

test('Ctrl-C ends everything and loses nothing; so does kill -9; a folder that lost a part is refused until --fresh', async () => {
  const state = join(root, 'state');
  const base = await freeBase();

  const first = await up(state, base);
  const { keeper, till, stripe, mail, sandbox } = first.addresses;
  expect(keeper.url).toBe(`http://localhost:${base}`);
  expect(first.running.stdout()).toContain(keeper.login.email);
  for (const url of [`${keeper.url}/readyz`, `${till.url}/readyz`, `${mail.url}/mail`, `${sandbox.url}/clock`])
    expect(await statusOf(url)).toBe(200);
  expect(await statusOf(`${keeper.url}/api/v1/me`, keeper.token)).toBe(200);
  expect(await statusOf(`${stripe.url}/v1/customers`, stripe.secretKey)).toBe(200);
  const advanced = await fetch(`${sandbox.url}/clock/advance`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ by: 'P3D' }),
  });
  expect(advanced.status).toBe(200);

  expect(await refusal({ STATE_FOLDER: state, PORT: String(base) })).toEqual({
    code: 1,
    line: `the sandbox is already running in ${state} (process ${first.running.child.pid})\n`,
  });

  const processes = descendants(first.running.child.pid);
  // Two servers of PostgreSQL with their guards, and three of ours.
  expect(processes.length).toBeGreaterThanOrEqual(7);
  // As a terminal and npm do it together: twice.
  first.running.child.kill('SIGINT');
  first.running.child.kill('SIGINT');
  expect(await first.running.ended).toBe(0);
  expect(first.running.stderr()).toBe('');
  expect(processes.filter(isAlive)).toEqual([]);
  expect(existsSync(join(state, 'sandbox.json'))).toBe(false);

  const second = await up(state, base);
  expect(second.addresses).toEqual(first.addresses);
  expect(await statusOf(`${keeper.url}/api/v1/me`, keeper.token)).toBe(200);
  const clock = (await (await fetch(`${sandbox.url}/clock`)).json()) as { offsetMs: number };
  expect(clock.offsetMs / 86_400_000).toBeCloseTo(3, 3);
  const orphans = descendants(second.running.child.pid);
  second.running.child.kill('SIGKILL');
  await second.running.ended;
  await until('all that it started is gone', () => !orphans.some(isAlive));

  rmSync(join(state, 'secrets.json'));
  expect(await refusal({ STATE_FOLDER: state, PORT: String(base) })).toEqual({
    code: 1,
    line: `${state} has databases but no passwords for them (secrets.json is missing); start over with: npm start -- --fresh\n`,
  });
  const fresh = await up(state, base, '--fresh');
  expect(await statusOf(`${keeper.url}/api/v1/me`, keeper.token)).toBe(401);
  expect(await statusOf(`${keeper.url}/api/v1/me`, fresh.addresses.keeper.token)).toBe(200);
  fresh.running.child.kill('SIGTERM');
  expect(await fresh.running.ended).toBe(0);
}, 240_000);
