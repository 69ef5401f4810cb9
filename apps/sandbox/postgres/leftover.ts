import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/**
 * Stops a server that still runs on this data folder: the one who started it was killed with -9 and the server lived on. Its place in
 * `postmaster.pid` may long belong to another program, so the command line has to name our folder. A file of a dead server stays for the next
 * start, which recovers by itself (95 ms).
 */
export async function stopLeftover(data: string): Promise<boolean> {
  const pid = serverOf(data);
  if (pid === undefined) return false;
  await stopServer(pid);
  return true;
}

/** The server that runs on this data folder, if one does. */
export function serverOf(data: string): number | undefined {
  const file = join(data, 'postmaster.pid');
  if (!existsSync(file)) return undefined;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 1 || !isAlive(pid)) return undefined;
  return commandOf(pid).includes(data) ? pid : undefined;
}

/** Fast shutdown, then at once if it hangs; both lose nothing, the second has the next start recover. */
export async function stopServer(pid: number): Promise<void> {
  for (const [signal, forMs] of [
    ['SIGINT', 3_000],
    ['SIGQUIT', 2_000],
    ['SIGKILL', 2_000],
  ] as const) {
    signalTo(pid, signal);
    const until = performance.now() + forMs;
    while (performance.now() < until) {
      if (!isAlive(pid)) return;
      await wait(5);
    }
  }
}

function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return !isDefunct(pid);
}

/** A dead process whose parent has not looked yet still takes signals. */
function isDefunct(pid: number): boolean {
  try {
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    // No /proc on macOS.
    try {
      return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
    } catch {
      return '';
    }
  }
}
