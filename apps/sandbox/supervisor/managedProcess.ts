import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { lastWords } from './lastWords.ts';
import { StartProblem } from './problem.ts';

export interface ManagedProcessOptions {
  /** As lines for people name it. */
  readonly name: string;
  /** A TypeScript module that runs until it is told to stop and sends `{ready: true}` over IPC. */
  readonly module: string;
  /** All that the process sees, beside the few variables that any program needs. */
  readonly environment: Readonly<Record<string, string>>;
  /** Gets standard output and errors. */
  readonly logFile: string;
  /** Answers 200 once the process can do its work; a process without it is ready when it says so. */
  readonly readyUrl?: string;
  /** One line for people. */
  readonly say: (line: string) => void;
  /** Ends the start. */
  readonly signal?: AbortSignal;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One of our servers as a child process that is started again whenever it ends without being told to. */
export interface ManagedProcess {
  readonly name: string;
  readonly pid: number | undefined;
  /** How often it was started again after it had ended by itself. */
  readonly restarts: number;
  /** Resolves when a process runs and is ready. */
  ready(): Promise<void>;
  /** Sends a signal to the process that runs now and waits for its end. It is then started again, as after any crash. */
  kill(signal: NodeJS.Signals): Promise<Ending>;
  /**
   * Stops it in order and starts it with further variables, which hold for this one life of it (`FAULT_POINT`). Resolves when it is ready or
   * gone again; `ended` tells of the end of this life.
   */
  restart(environmentOnce?: Readonly<Record<string, string>>): Promise<{ readonly ended: Promise<Ending> }>;
  /** Stops it in order, for good. */
  stop(): Promise<void>;
}

const inherited = ['PATH', 'HOME', 'USER', 'LANG', 'LC_ALL', 'TMPDIR', 'SystemRoot', 'NODE_EXTRA_CA_CERTS'];
const readyWithinMs = 30_000;
/** What is not gone after this is killed: everything together has to be gone 5 s after Ctrl-C. Nothing is lost by it. */
const stopWithinMs = 3_500;
const firstBackoffMs = 200;
const longestBackoffMs = 10_000;
/** After such a life the next crash counts as the first. */
const goodLifeMs = 30_000;
const longestLogBytes = 10_000_000;

/** Starts it and waits until it is ready. Throws `StartProblem` with the last lines of its log if it ends before. */
export async function startManaged(options: ManagedProcessOptions): Promise<ManagedProcess> {
  keepLogShort(options.logFile);
  let life = beginLife(options, {});
  let stopping = false;
  let restarts = 0;
  let backoffMs = firstBackoffMs;
  /** Lives that were told to end: nothing follows from their end. */
  const dismissed = new WeakSet<Life>();

  function next(environmentOnce: Readonly<Record<string, string>>): Life {
    life = beginLife(options, environmentOnce);
    void watch(life);
    return life;
  }

  async function watch(watched: Life): Promise<void> {
    const ending = await watched.ended;
    if (stopping || dismissed.has(watched)) return;
    options.say(`${options.name} ended (${describeEnding(ending)}); starting it again`);
    restarts += 1;
    if (performance.now() - watched.startedAt > goodLifeMs) backoffMs = firstBackoffMs;
    await wait(backoffMs);
    backoffMs = Math.min(backoffMs * 2, longestBackoffMs);
    // Meanwhile somebody may have stopped it, or started it by hand.
    if (!stopping && watched === life) next({});
  }

  async function end(ending: Life): Promise<void> {
    dismissed.add(ending);
    ending.child.kill('SIGTERM');
    const timer = setTimeout(() => ending.child.kill('SIGKILL'), stopWithinMs);
    await ending.ended;
    clearTimeout(timer);
  }

  const { signal } = options;
  const giveUp = (): void => void life.child.kill('SIGKILL');
  signal?.addEventListener('abort', giveUp);
  try {
    signal?.throwIfAborted();
    await life.ready;
  } catch (error) {
    giveUp();
    throw signal?.aborted === true ? signal.reason : error;
  } finally {
    signal?.removeEventListener('abort', giveUp);
  }
  void watch(life);
  return {
    name: options.name,
    get pid() {
      return life.isOver() ? undefined : life.child.pid;
    },
    get restarts() {
      return restarts;
    },
    async ready() {
      for (;;) {
        const awaited = life;
        const isReady = await awaited.ready.then(
          () => true,
          () => false,
        );
        if (isReady && awaited === life && !life.isOver()) return;
        if (stopping) throw new Error(`${options.name} was stopped`);
        await wait(20);
      }
    },
    kill(signal) {
      const { child, ended } = life;
      child.kill(signal);
      return ended;
    },
    async restart(environmentOnce = {}) {
      await end(life);
      const { ready, ended } = next(environmentOnce);
      // It may come to the fault point that it was given before it is ready.
      await Promise.race([ready.catch(() => undefined), ended]);
      return { ended };
    },
    async stop() {
      stopping = true;
      await end(life);
    },
  };
}

interface Life {
  readonly child: ChildProcess;
  readonly startedAt: number;
  readonly ended: Promise<Ending>;
  readonly ready: Promise<void>;
  isOver(): boolean;
}

function beginLife(options: ManagedProcessOptions, more: Readonly<Record<string, string>>): Life {
  mkdirSync(dirname(options.logFile), { recursive: true });
  const log = openSync(options.logFile, 'a', 0o600);
  const logStart = statSync(options.logFile).size;
  const known = Object.fromEntries(
    inherited.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
  // A process group of its own: Ctrl-C in a terminal reaches the supervisor alone, which then stops everything in order.
  const child = spawn(process.execPath, [options.module], {
    stdio: ['ignore', log, log, 'ipc'],
    env: { ...known, ...options.environment, ...more },
    detached: true,
  });
  closeSync(log);
  let over = false;
  const ended = new Promise<Ending>((resolve) => {
    child.once('exit', (code, signal) => {
      over = true;
      resolve({ code, signal });
    });
    child.once('error', () => {
      over = true;
      resolve({ code: null, signal: null });
    });
  });
  const said = new Promise<void>((resolve) => {
    child.on('message', (message: { ready?: boolean }) => {
      if (message.ready === true) resolve();
    });
  });
  const ready = untilReady(options, said, ended, logStart);
  ready.catch(() => undefined);
  return { child, startedAt: performance.now(), ended, ready, isOver: () => over };
}

async function untilReady(
  options: ManagedProcessOptions,
  said: Promise<void>,
  ended: Promise<Ending>,
  logStart: number,
): Promise<void> {
  const until = performance.now() + readyWithinMs;
  const early = ended.then((ending): never => {
    throw new StartProblem(
      `${options.name} did not start (${describeEnding(ending)}): ${lastLines(options.logFile, logStart)}`,
    );
  });
  early.catch(() => undefined);
  const late = new AbortController();
  const tooLate = wait(readyWithinMs, undefined, { signal: late.signal, ref: false }).then((): never => {
    throw new StartProblem(
      `${options.name} was not ready after ${readyWithinMs / 1_000} s: ${lastLines(options.logFile, logStart)}`,
    );
  });
  tooLate.catch(() => undefined);
  try {
    await Promise.race([said, early, tooLate]);
    while (options.readyUrl !== undefined && !(await answersOk(options.readyUrl))) {
      await Promise.race([wait(25), early]);
      if (performance.now() > until) await tooLate;
    }
  } finally {
    late.abort();
  }
}

async function answersOk(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(3_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

function describeEnding({ code, signal }: Ending): string {
  if (signal !== null) return `signal ${signal}`;
  return code === null ? 'it could not be run' : `exit ${code}`;
}

/** What this life wrote, not the ones before it. */
function lastLines(file: string, from: number): string {
  return lastWords(readFileSync(file).subarray(from).toString('utf8'));
}

function keepLogShort(file: string): void {
  try {
    if (statSync(file).size > longestLogBytes) renameSync(file, `${file}.1`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
