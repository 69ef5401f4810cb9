import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StartProblem } from './problem.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Where a server finds the files of its console. It exists after `prepareWeb`, and is complete after `buildWeb`. */
export function webRootOf(app: 'keeper' | 'till'): string {
  return join(root, 'apps', app, 'web', 'dist');
}

/** Servers start before the files are built, and look for them on each request. */
export function prepareWeb(app: 'keeper' | 'till'): void {
  mkdirSync(webRootOf(app), { recursive: true });
}

/** Builds a console if it was never built or a source is newer than its page. 2 to 4 s; a few ms when there is nothing to do. */
export async function buildWeb(app: 'keeper' | 'till', signal: AbortSignal): Promise<void> {
  prepareWeb(app);
  const output = webRootOf(app);
  const source = dirname(output);
  const page = join(output, 'index.html');
  const sources = [
    source,
    join(root, 'packages', 'ui'),
    join(root, 'packages', 'commerce'),
    join(root, 'package-lock.json'),
  ];
  if (existsSync(page) && sources.every((path) => newest(path) <= statSync(page).mtimeMs)) return;

  // Built aside and put in place at the end: whoever looks meanwhile, or builds at the same time, sees one whole build or the other.
  const startedAt = new Date();
  const aside = `${output}.${process.pid}`;
  const old = `${aside}.old`;
  try {
    await runVite(source, aside, signal);
    // A source that was saved during the build is newer than this page.
    utimesSync(join(aside, 'index.html'), startedAt, startedAt);
    renameSync(output, old);
    renameSync(aside, output);
  } catch (error) {
    const takenByAnother = ['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '');
    if (!takenByAnother) throw error;
  } finally {
    for (const path of [aside, old]) rmSync(path, { recursive: true, force: true });
  }
}

/** When something below this path was last changed, milliseconds. A folder changes when a file in it comes or goes. */
function newest(path: string): number {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  const below = readdirSync(path)
    .filter((name) => name !== 'node_modules' && !name.startsWith('dist'))
    .map((name) => newest(join(path, name)));
  // The folder that holds the build itself changes with every build.
  const own = existsSync(join(path, 'vite.config.ts')) ? 0 : stats.mtimeMs;
  return Math.max(own, ...below);
}

function runVite(source: string, output: string, signal: AbortSignal): Promise<void> {
  const vite = join(
    dirname(createRequire(join(source, 'vite.config.ts')).resolve('vite/package.json')),
    'bin',
    'vite.js',
  );
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [vite, 'build', source, '--outDir', output, '--emptyOutDir', '--logLevel', 'warn'],
      { cwd: root, maxBuffer: 16 * 1024 * 1024, signal },
      (error, stdout, stderr) => {
        if (error === null) resolve();
        else if (signal.aborted) reject(signal.reason);
        else
          reject(
            new StartProblem(
              `${source} could not be built: ${`${stderr}${stdout}`.trim().split('\n').slice(0, 4).join('; ')}`,
            ),
          );
      },
    );
  });
}
