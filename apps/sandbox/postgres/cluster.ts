import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type PostgresVersion, postgresBinaries } from './binaries.ts';
import { dataFolderOf, prepareDataFolder } from './dataFolder.ts';
import { stopLeftover, stopServer } from './leftover.ts';
import { unprivileged } from './unprivileged.ts';

export interface ClusterOptions {
  /** Everything of this cluster lies here: `data/`, `server.log`. Made if missing. */
  readonly folder: string;
  /** The outermost folder that is ours; `folder` lies in it, or is it. */
  readonly within: string;
  /** On 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  /** Of role `postgres`; used when the data folder is made. */
  readonly superuserPassword: string;
  readonly version?: PostgresVersion;
  /** For tests: no flush to the disk, and the folder is removed at the end, also if this process is killed. */
  readonly throwaway?: boolean;
  readonly settings?: Readonly<Record<string, string | number>>;
  /** Ends the start. */
  readonly signal?: AbortSignal;
  /** The server ended without being told to. Gets the last lines of its log. */
  readonly onCrash?: (lastWords: string) => void;
}

export interface Cluster {
  readonly port: number;
  readonly pid: number;
  readonly folder: string;
  /** Whether the data folder was made by this start. */
  readonly isNew: boolean;
  /** postgres://… for a role and a database of this cluster. */
  url(role: string, password: string, database: string): string;
  /** As `postgres`. */
  adminUrl(database: string): string;
  /** Fast shutdown: open transactions are rolled back, nothing that was committed is lost (but by a throwaway cluster, whose folder goes). */
  stop(): Promise<void>;
}

const readyWithinMs = 30_000;

/**
 * Starts a PostgreSQL server on a data folder of its own, which is made if missing (0.7 s; 0.1 s if it is there), and waits until it takes
 * connections. A server that a killed process left on the same folder is stopped first. It listens on 127.0.0.1 only, without a socket file, in
 * a process group of its own, so that Ctrl-C in a terminal does not end it before its clients. If this process dies, the server ends.
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const version = options.version ?? 18;
  const throwaway = options.throwaway ?? false;
  const data = dataFolderOf(options.folder);
  await stopLeftover(data);
  const isNew = await prepareDataFolder({ ...options, version, throwaway });
  const port = options.port === 0 ? await freePort() : options.port;
  options.signal?.throwIfAborted();
  const log = join(options.folder, 'server.log');

  const child = spawnServer(postgresBinaries(version).postgres, data, log, {
    ...durability(throwaway),
    ...options.settings,
    port,
  });
  const pid = child.pid ?? 0;
  let state: 'starting' | 'running' | 'stopping' | 'gone' = 'starting';
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => {
      const unasked = state === 'running';
      state = 'gone';
      resolve();
      if (unasked) options.onCrash?.(lastWords(log));
    });
  });
  const guard = startGuard(pid, throwaway ? options.folder : undefined);
  try {
    await untilReady(data, pid, () => state === 'gone', log);
  } catch (error) {
    await stopServer(pid);
    guard.release();
    throw error;
  }
  state = 'running';
  child.unref();

  const url = (role: string, password: string, database: string): string =>
    `postgres://${encodeURIComponent(role)}:${encodeURIComponent(password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
  return {
    port,
    pid,
    folder: options.folder,
    isNew,
    url,
    adminUrl: (database) => url('postgres', options.superuserPassword, database),
    async stop() {
      if (state === 'running') {
        state = 'stopping';
        child.ref();
        await stopServer(pid);
      }
      await gone;
      guard.release();
      if (throwaway) rmSync(options.folder, { recursive: true, force: true });
    },
  };
}

/** Small, and as durable as production unless the data is thrown away. */
function durability(throwaway: boolean): Record<string, string> {
  return throwaway
    ? {
        fsync: 'off',
        synchronous_commit: 'off',
        full_page_writes: 'off',
        wal_level: 'minimal',
        max_wal_senders: '0',
        shared_buffers: '64MB',
        max_connections: '200',
        autovacuum_naptime: '5min',
      }
    : { shared_buffers: '64MB', max_connections: '100' };
}

function spawnServer(
  program: string,
  data: string,
  log: string,
  settings: Readonly<Record<string, string | number>>,
): ChildProcess {
  const { prefix, uid, gid } = unprivileged();
  const all = {
    listen_addresses: '127.0.0.1',
    // A socket file's path may have 107 bytes; a checkout's may have more.
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_min_messages: 'warning',
    log_line_prefix: '%m [%p] %u@%d ',
    ...settings,
  };
  const [command = program, ...args] = [
    ...prefix,
    program,
    '-D',
    data,
    ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  const output = openSync(log, 'a', 0o600);
  try {
    return spawn(command, args, {
      stdio: ['ignore', output, output],
      detached: true,
      cwd: '/',
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
    });
  } finally {
    closeSync(output);
  }
}

/** The server says in the last line of its pid file how far it is. */
async function untilReady(data: string, pid: number, isGone: () => boolean, log: string): Promise<void> {
  const until = performance.now() + readyWithinMs;
  while (performance.now() < until) {
    if (isGone()) throw new Error(`PostgreSQL ended while it started: ${lastWords(log)}`);
    const lines = readLines(join(data, 'postmaster.pid'));
    if (Number(lines[0]) === pid && lines[7]?.trim() === 'ready') return;
    await wait(5);
  }
  throw new Error(`PostgreSQL was not ready after ${readyWithinMs / 1_000} s: ${lastWords(log)}`);
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}

function lastWords(log: string): string {
  return readLines(log)
    .filter((line) => line.trim() !== '')
    .slice(-4)
    .join(' | ');
}

/**
 * A shell that waits for the end of a pipe which only this process holds. However this process ends, the pipe ends with it, and the shell
 * stops the server; nothing has to be polled, and kill -9 leaves no server behind.
 */
function startGuard(pid: number, remove: string | undefined): { release(): void } {
  if (process.platform === 'win32') return { release: () => undefined };
  const script =
    'read -r _ && exit 0; kill -INT "$1" 2>/dev/null; [ -n "$2" ] || exit 0; while kill -0 "$1" 2>/dev/null; do sleep 0.1; done; rm -rf "$2"';
  const guard = spawn('/bin/sh', ['-c', script, 'guard', String(pid), remove ?? ''], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
  });
  guard.on('error', () => undefined);
  guard.stdin.on('error', () => undefined);
  guard.unref();
  (guard.stdin as unknown as { unref(): void }).unref();
  return { release: () => void guard.stdin.end('stop\n') };
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (typeof address !== 'object' || address === null) throw new Error('no free port');
  return address.port;
}
