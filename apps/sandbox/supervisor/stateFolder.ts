import { randomBytes } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { dataFolderOf, isInitialised } from '../postgres/dataFolder.ts';
import { stopLeftover } from '../postgres/leftover.ts';
import { StartProblem } from './problem.ts';

/** What the sandbox keeps between starts. One process at a time holds it. */
export interface StateFolder {
  readonly path: string;
  /** Whether an earlier start got as far as a working sandbox. */
  readonly wasComplete: boolean;
  /** Whether the last holder went without letting go: it was killed, and what it started may still be ending. */
  readonly wasAbandoned: boolean;
  file(name: string): string;
  clusterFolder(name: 'till' | 'keeper'): string;
  /** From now on a missing part is a damage and no unfinished beginning. */
  markComplete(): void;
  /** Also removes the folder if nothing was ever written to it but the lock. */
  release(): void;
}

const lockName = 'supervisor.lock';
const holderName = 'supervisor.pid';
const completeName = 'complete';
/** What a start makes anew if it is gone. Other things in the folder are somebody else's (tests unpack a browser there). */
const contents =
  /^(postgres|logs|compile-cache|secrets\.json|sandbox\.json|keeper\.env|complete|(stripe|mail)\.sqlite(-\w+)?)(\.new)?$/;
const ofTheLock = new Set([lockName, `${lockName}-journal`, holderName]);

/**
 * Takes the state folder for this process, making it if missing (0700: it holds passwords). The lock is one of the operating system, on a SQLite
 * file: it goes with the process, so a killed one leaves nothing that would have to be judged stale. With `fresh` everything in it is removed.
 * Throws `StartProblem` if another process holds it or it cannot be written to.
 */
export async function openStateFolder(path: string, options: { fresh: boolean }): Promise<StateFolder> {
  const isNew = !existsSync(path);
  const lock = takeLock(path);
  const holder = join(path, holderName);
  const wasAbandoned = existsSync(holder);
  writeFileSync(holder, `${process.pid}\n`);

  const clusterFolder = (name: 'till' | 'keeper'): string => join(path, 'postgres', name);
  await Promise.all([
    stopLeftover(dataFolderOf(clusterFolder('till'))),
    stopLeftover(dataFolderOf(clusterFolder('keeper'))),
  ]);
  if (options.fresh) {
    for (const name of readdirSync(path))
      if (contents.test(name)) rmSync(join(path, name), { recursive: true, force: true });
  }
  const complete = join(path, completeName);
  const wasComplete = existsSync(complete);
  return {
    path,
    wasComplete,
    wasAbandoned,
    file: (name) => join(path, name),
    clusterFolder,
    markComplete: () => writeFileSync(complete, ''),
    release() {
      rmSync(holder, { force: true });
      const unused = isNew && readdirSync(path).every((name) => ofTheLock.has(name));
      lock.close();
      if (unused) rmSync(path, { recursive: true, force: true });
    },
  };
}

function takeLock(path: string): DatabaseSync {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    if (!statSync(path).isDirectory()) throw new Error('not a folder');
    accessSync(path, constants.W_OK);
  } catch (error) {
    throw cannotWrite(path, error);
  }
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(join(path, lockName), { timeout: 0 });
    lock.exec('begin exclusive');
    return lock;
  } catch (error) {
    lock?.close();
    const code = (error as { errcode?: number }).errcode;
    const busy = 5;
    if (code !== busy) throw cannotWrite(path, error);
    throw new StartProblem(`the sandbox is already running in ${path}${holderOf(path)}`);
  }
}

function holderOf(path: string): string {
  try {
    return ` (process ${readFileSync(join(path, holderName), 'utf8').trim()})`;
  } catch {
    return '';
  }
}

function cannotWrite(path: string, error: unknown): StartProblem {
  const reason = (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.message : String(error));
  return new StartProblem(`cannot write to ${path} (${reason}): the sandbox keeps its state there`);
}

/** What to do about a state folder that lost a part. */
export const startOver = 'start over with: npm start -- --fresh';

/** Passwords and keys of this sandbox: made once, readable by its owner only. */
export interface Secrets {
  readonly superuser: { readonly till: string; readonly keeper: string };
  readonly roles: {
    readonly till_owner: string;
    readonly till_app: string;
    readonly till_identity: string;
    readonly keeper_ops: string;
    readonly keeper_owner: string;
    readonly keeper_app: string;
  };
  readonly keeperAuthSecret: string;
  readonly tillAuthSecret: string;
  readonly stripeSecretKey: string;
  readonly operatorPassword: string;
  /** Keeper's bearer token for scripts; Keeper itself keeps only its digest. */
  readonly token: string | null;
}

const password = (): string => randomBytes(18).toString('base64url');

function newSecrets(): Secrets {
  return {
    superuser: { till: password(), keeper: password() },
    roles: {
      till_owner: password(),
      till_app: password(),
      till_identity: password(),
      keeper_ops: password(),
      keeper_owner: password(),
      keeper_app: password(),
    },
    keeperAuthSecret: randomBytes(32).toString('base64url'),
    tillAuthSecret: randomBytes(32).toString('base64url'),
    stripeSecretKey: `sk_test_${randomBytes(24).toString('hex')}`,
    operatorPassword: randomBytes(9).toString('base64url'),
    token: null,
  };
}

/** The secrets of this folder, made on the first start. Throws `StartProblem` where they are gone and the data that they open is not. */
export function loadSecrets(state: StateFolder): Secrets {
  const file = state.file('secrets.json');
  const damage = findDamage(state, file);
  if (damage !== undefined) throw new StartProblem(`${damage}; ${startOver}`);
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Secrets;
  const made = newSecrets();
  saveSecrets(state, made);
  return made;
}

export function saveSecrets(state: StateFolder, secrets: Secrets): void {
  writeJson(state.file('secrets.json'), secrets);
}

/** Written aside and put in place in one step, so that a killed start leaves the old file or the new one. */
export function writeJson(file: string, value: unknown): void {
  mkdirSync(dirname(file), { recursive: true });
  const aside = `${file}.new`;
  writeFileSync(aside, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(aside, file);
}

function findDamage(state: StateFolder, secretsFile: string): string | undefined {
  const made = (['till', 'keeper'] as const).filter((name) => isInitialised(state.clusterFolder(name)));
  if (state.wasComplete && made.length < 2) return `${state.path} has lost a database`;
  if (!existsSync(secretsFile)) {
    return made.length > 0 || state.wasComplete
      ? `${state.path} has databases but no passwords for them (secrets.json is missing)`
      : undefined;
  }
  try {
    const secrets = JSON.parse(readFileSync(secretsFile, 'utf8')) as Partial<Secrets>;
    const missing = Object.keys(newSecrets()).filter((name) => secrets[name as keyof Secrets] === undefined);
    return missing.length === 0 ? undefined : `${secretsFile} lacks ${missing.join(', ')}`;
  } catch {
    return `${secretsFile} is damaged`;
  }
}
