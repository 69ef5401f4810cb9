import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, statSync } from 'node:fs';
import { dirname, sep } from 'node:path';

/** How a program of PostgreSQL is started: it refuses to run as root. */
export interface Unprivileged {
  /** Goes before the program and its arguments. */
  readonly prefix: readonly string[];
  /** Set where the process itself changes its user. */
  readonly uid?: number;
  readonly gid?: number;
  /** Who must own the data folder; undefined if it is whoever runs this. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

let known: Unprivileged | undefined;

/**
 * As an ordinary user: nothing to do. As root: the user `nobody`, with the one capability of passing folders that it has no right to enter.
 * A checkout may lie below /root or a `mktemp -d` (0700), and the rights of folders outside of it are not ours to change.
 */
export function unprivileged(): Unprivileged {
  known ??= find();
  return known;
}

function find(): Unprivileged {
  if (process.getuid?.() !== 0) return { prefix: [] };
  const owner = { uid: idOfNobody('-u'), gid: idOfNobody('-g') };
  const prefix = [
    'setpriv',
    `--reuid=${owner.uid}`,
    `--regid=${owner.gid}`,
    '--clear-groups',
    '--inh-caps=+dac_read_search',
    '--ambient-caps=+dac_read_search',
    // Without it access(2), by which initdb looks for its programs, takes no notice of the capability.
    '--securebits=+no_setuid_fixup',
    '--',
  ];
  const [program = '', ...args] = prefix;
  // A container may lack the program, or the capability even for its root.
  const works = spawnSync(program, [...args, 'true'], { stdio: 'ignore' }).status === 0;
  return works ? { prefix, owner } : { prefix: [], uid: owner.uid, gid: owner.gid, owner };
}

function idOfNobody(which: '-u' | '-g'): number {
  const said = spawnSync('id', [which, 'nobody'], { encoding: 'utf8' });
  const id = Number(said.stdout);
  if (said.status !== 0 || !Number.isInteger(id))
    throw new Error('PostgreSQL refuses to run as root, and there is no user nobody here');
  return id;
}

/**
 * Makes `folder` and gives it to the user that PostgreSQL runs as. `within` is the outermost folder that is ours; where the capability is not
 * to be had, those from there on let everybody pass (not read). Throws, with what to do, if that user could still not reach it or the program.
 */
export function makeOwnFolder(folder: string, within: string, program: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { owner, prefix } = unprivileged();
  if (owner === undefined) return;
  chownSync(folder, owner.uid, owner.gid);
  if (prefix.length > 0) return;
  for (let parent = dirname(folder); parent === within || parent.startsWith(within + sep); parent = dirname(parent)) {
    chmodSync(parent, statSync(parent).mode | 0o111);
  }
  for (const path of [folder, program]) {
    const reaches = spawnSync('test', ['-x', path], { stdio: 'ignore', uid: owner.uid, gid: owner.gid }).status === 0;
    if (!reaches) {
      throw new Error(
        `PostgreSQL refuses to run as root, and user nobody cannot reach ${path}: run as an ordinary user, or from a folder that everybody may enter`,
      );
    }
  }
}
