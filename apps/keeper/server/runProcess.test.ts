import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { testDatabases } from '@tillkeeper/sandbox/testing/database';
import { afterAll, describe, expect, it } from 'vitest';
import { testEnvironment } from './testServer.ts';

const databases = await testDatabases();
const environment = testEnvironment(databases);
const started: ChildProcess[] = [];
afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
});

interface Running {
  readonly child: ChildProcess;
  out(): string;
  err(): string;
  readonly ended: Promise<number | null>;
}

function run(program: 'http' | 'worker', env: Record<string, string>): Running {
  const module = fileURLToPath(new URL(`./${program}.ts`, import.meta.url));
  const child = spawn(process.execPath, [module], { env: { PATH: process.env.PATH ?? '', ...env } });
  started.push(child);
  let [out, err] = ['', ''];
  child.stdout.on('data', (part: Buffer) => {
    out += part.toString();
  });
  child.stderr.on('data', (part: Buffer) => {
    err += part.toString();
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { child, out: () => out, err: () => err, ended };
}

describe('a process of Keeper', () => {
  it('that is configured wrongly says all of it in plain lines and ends with 1', async () => {
    const programs = ['http', 'worker'] as const;
    const wrong = programs.map((program) => run(program, { ...environment, SMTP_URL: 'nonsense', MAIL_FROM: '' }));
    expect(await Promise.all(wrong.map((one) => one.ended))).toEqual([1, 1]);
    for (const [index, program] of programs.entries()) {
      expect([wrong[index]?.out(), wrong[index]?.err()]).toEqual([
        '',
        `keeper-${program}: SMTP_URL must be an address that begins with smtp:// or smtps://\nkeeper-${program}: MAIL_FROM is missing\n`,
      ]);
    }
  });

  it('that finds its port taken says so in one entry of its log and ends with 1', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const late = run('http', { ...environment, KEEPER_PORT: String(port) });
    expect(await late.ended).toBe(1);
    const entries = late
      .out()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(entries).toEqual([
      expect.objectContaining({
        level: 'fatal',
        msg: 'could not start',
        err: expect.objectContaining({ message: expect.stringContaining(`EADDRINUSE`) }),
      }),
    ]);
    expect(late.err()).toBe('');
    taken.close();
  });

  it('that is told to stop ends in order, with 0', async () => {
    const server = run('http', environment);
    await expect.poll(server.out, { timeout: 20_000 }).toContain('keeper listens');
    const url = /"url":"([^"]+)"/.exec(server.out())?.[1] ?? '';
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    server.child.kill('SIGTERM');
    expect(await server.ended).toBe(0);
  });
});
