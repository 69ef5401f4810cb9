import { spawn } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type PostgresVersion, postgresBinaries } from './binaries.ts';
import { makeOwnFolder, unprivileged } from './unprivileged.ts';

export interface DataFolderOptions {
  /** Everything of this cluster: `data/`, `server.log` and the mark that `data/` was completed. */
  readonly folder: string;
  /** The outermost folder that is ours; `folder` lies in it. */
  readonly within: string;
  readonly version: PostgresVersion;
  readonly superuserPassword: string;
  /** Data that nobody misses is not flushed to the disk. */
  readonly throwaway: boolean;
  /** Aborted, `initdb` is killed; what it left is made again the next time. */
  readonly signal?: AbortSignal;
}

/** A data folder that was complete once and is not any more. Nothing was changed in it. */
export class DamagedDataFolder extends Error {
  override readonly name = 'DamagedDataFolder';
}

export function dataFolderOf(folder: string): string {
  return join(folder, 'data');
}

/**
 * Makes the data folder where it is missing; returns whether it was made now. One that `initdb` left half done (it was killed, so the mark is
 * missing) is made again; a folder with the mark is never touched, and throws `DamagedDataFolder` where it cannot be what it was.
 */
export async function prepareDataFolder(options: DataFolderOptions): Promise<boolean> {
  const data = dataFolderOf(options.folder);
  const mark = join(options.folder, 'initialised');
  if (existsSync(mark)) {
    checkComplete(data, options.version);
    return false;
  }
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(options.folder)) {
    if (name === 'data' || name.startsWith('unfinished-'))
      rmSync(join(options.folder, name), { recursive: true, force: true });
  }
  // Made aside: an `initdb` whose parent was killed may still be writing, and writes into its own folder then.
  const unfinished = join(options.folder, `unfinished-${process.pid}`);
  try {
    await initialise(unfinished, options);
    renameSync(unfinished, data);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    throw error;
  }
  writeFileSync(mark, `PostgreSQL ${options.version}\n`);
  return true;
}

/** Whether there is a completed data folder, without looking into it. */
export function isInitialised(folder: string): boolean {
  return existsSync(join(folder, 'initialised'));
}

function checkComplete(data: string, version: PostgresVersion): void {
  if (!existsSync(join(data, 'PG_VERSION')) || !existsSync(join(data, 'global', 'pg_control'))) {
    throw new DamagedDataFolder(`${data} was a database cluster and is damaged: its files are missing`);
  }
  const made = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim();
  if (made !== String(version))
    throw new DamagedDataFolder(`${data} was made by PostgreSQL ${made}, and this is PostgreSQL ${version}`);
}

/** 0.5 to 0.7 s. The superuser is `postgres`; every connection needs a password from the first moment on. */
async function initialise(data: string, options: DataFolderOptions): Promise<void> {
  const { initdb } = postgresBinaries(options.version);
  makeOwnFolder(data, options.within, initdb);
  const { prefix, owner, uid, gid } = unprivileged();
  const passwordFile = join(options.folder, 'password');
  writeFileSync(passwordFile, `${options.superuserPassword}\n`, { mode: 0o600 });
  if (owner !== undefined) chownSync(passwordFile, owner.uid, owner.gid);
  try {
    const [program = initdb, ...args] = [
      ...prefix,
      initdb,
      `--pgdata=${data}`,
      '--username=postgres',
      '--auth=scram-sha-256',
      `--pwfile=${passwordFile}`,
      '--encoding=UTF8',
      // The same order of text on every machine. The provider that needs no system locale came with 17.
      ...(options.version >= 17
        ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
        : ['--locale=C']),
      '--data-checksums',
      '--no-instructions',
      ...(options.throwaway ? ['--no-sync'] : []),
    ];
    const child = spawn(program, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      cwd: '/',
      // A group of its own, so that its helpers can be ended with it.
      detached: true,
      env: { ...process.env, TZ: 'UTC' },
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    const kill = (): void => endGroup(child.pid);
    options.signal?.addEventListener('abort', kill);
    const code = await new Promise<number | null>((resolve, reject) =>
      child.once('error', reject).once('close', resolve),
    );
    options.signal?.removeEventListener('abort', kill);
    options.signal?.throwIfAborted();
    if (code !== 0) throw new Error(`initdb failed (exit ${code}): ${said.trim().split('\n').slice(-3).join(' ')}`);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

function endGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}
