import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let folder = '';
let script = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tillkeeper-process-'));
  script = join(folder, 'server.mjs');
  await writeFile(
    script,
    `
    import { runUntilSignal } from ${JSON.stringify(import.meta.resolve('./process.ts'))};
    import { createLogger } from ${JSON.stringify(import.meta.resolve('./log.ts'))};
    const closings = {
      orderly: async () => process.stdout.write('closed;'),
      failing: async () => { throw new Error('cannot close'); },
      stuck: () => { process.stdout.write('closing;'); return new Promise(() => undefined); },
    };
    runUntilSignal({ log: createLogger({ name: 'x', level: 'info', destination: { write() {} } }), close: closings[process.argv[2]], graceMs: Number(process.argv[3]) });
    setInterval(() => undefined, 1_000_000);
    process.stdout.write('ready;');`,
  );
});
afterAll(() => rm(folder, { recursive: true }));

async function start(
  closing: string,
  graceMs = 20_000,
): Promise<{ child: ChildProcess; said: () => string; exited: Promise<unknown[]> }> {
  const child = spawn(process.execPath, [script, closing, String(graceMs)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const exited = once(child, 'exit');
  while (!text.includes('ready;')) await once(child.stdout, 'data');
  return { child, said: () => text, exited };
}

describe('runUntilSignal', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('closes once and exits 0 on %s', async (signal) => {
    const { child, said, exited } = await start('orderly');
    child.kill(signal);
    expect(await exited).toEqual([0, null]);
    expect(said()).toBe('ready;closed;');
  });

  it('exits 1 when closing fails, or takes too long', async () => {
    const failing = await start('failing');
    failing.child.kill('SIGTERM');
    expect(await failing.exited).toEqual([1, null]);
    const stuck = await start('stuck', 50);
    stuck.child.kill('SIGTERM');
    expect(await stuck.exited).toEqual([1, null]);
  });

  it('exits 1 at the second signal', async () => {
    const { child, said, exited } = await start('stuck');
    child.kill('SIGINT');
    while (!said().includes('closing;')) await once(child.stdout ?? child, 'data');
    child.kill('SIGINT');
    expect(await exited).toEqual([1, null]);
  });

  it('closes when its parent is gone', async () => {
    const child = fork(script, ['orderly', '20000'], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    const exited = once(child, 'exit');
    await once(child.stdout ?? child, 'data');
    child.disconnect();
    expect(await exited).toEqual([0, null]);
  });
});
