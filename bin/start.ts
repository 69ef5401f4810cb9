import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Sandbox } from '../apps/sandbox/start.ts';
import { basePortOf } from '../apps/sandbox/supervisor/ports.ts';
import { StartProblem } from '../apps/sandbox/supervisor/problem.ts';

/**
 * `npm start`: the whole sandbox, until Ctrl-C. `--fresh` forgets what earlier starts left, `--empty` makes no demonstration shops, PORT moves
 * the nine ports from 4600, STATE_FOLDER puts the state elsewhere than in `.tillkeeper`. Exit code 0 after an orderly stop, 1 with one line on standard error if it could not start.
 */

const stateFolder = resolve(process.env.STATE_FOLDER || fileURLToPath(new URL('../.tillkeeper', import.meta.url)));
/** An orderly stop takes under a second; whoever presses Ctrl-C again after this long wants it gone. */
const insistAfterMs = 1_500;

function readFlags(): { fresh: boolean; empty: boolean } {
  const flags = { fresh: { type: 'boolean', default: false }, empty: { type: 'boolean', default: false } } as const;
  try {
    return parseArgs({ options: flags, strict: true }).values;
  } catch {
    const unknown = process.argv.slice(2).find((argument) => argument !== '--fresh' && argument !== '--empty');
    throw new StartProblem(
      `unknown option ${unknown ?? ''}: there are --fresh (start over) and --empty (no demonstration shops)`,
    );
  }
}

/** Calls `stop` on Ctrl-C, a plain kill, a closed terminal, or when the npm that runs us is killed. */
function onStopAsked(stop: () => void): void {
  let askedAt: number | undefined;
  const ask = (): void => {
    // One Ctrl-C comes twice: from the terminal, and passed on by npm.
    if (askedAt !== undefined && performance.now() - askedAt > insistAfterMs) process.exit(1);
    askedAt ??= performance.now();
    stop();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, ask);
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    ask();
  }, 500);
  watch.unref();
}

async function main(): Promise<void> {
  const flags = readFlags();
  const basePort = basePortOf(process.env.PORT);
  const stopping = new AbortController();
  const asked = new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve()));
  onStopAsked(() => stopping.abort());
  // A terminal that was closed takes no more lines.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

  const say = (line: string): void => console.log(`  ${line}`);
  // Only now: a mistyped option should not have to wait a second for Stripe's client and a mail parser.
  const [{ startSandbox }, { tableOf }] = await Promise.all([
    import('../apps/sandbox/start.ts'),
    import('../apps/sandbox/supervisor/addresses.ts'),
  ]);
  let sandbox: Sandbox;
  try {
    sandbox = await startSandbox({ ...flags, basePort, stateFolder, say, signal: stopping.signal });
  } catch (error) {
    if (stopping.signal.aborted) return;
    throw error;
  }
  console.log(tableOf(sandbox.addresses, relative(process.cwd(), sandbox.addressFile) || sandbox.addressFile));
  await asked;
  say('Stopping …');
  await sandbox.stop();
}

try {
  await main();
  process.exit(0);
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${message.replace(/\s*\n\s*/g, '; ')}\n`);
  process.exit(1);
}
