import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/**
 * `npm test`: every test; words after `--` choose files. `--unit` runs those that need no database and no process. `--full` runs the properties
 * ten times as long, and then again with further seeds, for 20 minutes at most, and kills workers at every fault point instead of a sample.
 * `--seed N` repeats a run. The last line is the count.
 */

const root = fileURLToPath(new URL('..', import.meta.url));
const everyProject = ['unit', 'database', 'e2e'];
const fullSeeds = 10;
const fullBudgetMs = 20 * 60_000;
const fullRuns = 1_000;

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

type Outcome = 'passed' | 'failed' | 'skipped';

/** By file and title: a test of several rounds has failed if it failed in one. */
type Outcomes = Map<string, Outcome>;

interface Round {
  readonly projects: readonly string[];
  readonly files: readonly string[];
  readonly seed: number;
  readonly runs?: number;
}

async function runRound(round: Round, outcomes: Outcomes): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tillkeeper-results-'));
  try {
    const report = join(folder, 'report.json');
    const code = await runVitest(round, report);
    const failedBefore = count(outcomes, 'failed');
    readOutcomes(report, outcomes);
    // An error outside of every test, or a run that never came to its tests.
    if (code !== 0 && count(outcomes, 'failed') === failedBefore)
      outcomes.set(`the run with seed ${round.seed}`, 'failed');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runVitest(round: Round, report: string): Promise<number | null> {
  const args = [
    join(root, 'node_modules', 'vitest', 'vitest.mjs'),
    'run',
    ...round.projects.flatMap((project) => ['--project', project]),
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...round.files,
  ];
  const env = {
    ...process.env,
    PROPERTY_SEED: String(round.seed),
    ...(round.runs === undefined ? {} : { PROPERTY_RUNS: String(round.runs), TEST_FULL: '1' }),
  };
  return new Promise((resolve, reject) => {
    spawn(process.execPath, args, { cwd: root, stdio: 'inherit', env }).once('error', reject).once('close', resolve);
  });
}

function readOutcomes(report: string, outcomes: Outcomes): void {
  let read: Report;
  try {
    read = JSON.parse(readFileSync(report, 'utf8')) as Report;
  } catch {
    return;
  }
  for (const file of read.testResults) {
    for (const { fullName, status } of file.assertionResults) {
      const key = `${file.name} ${fullName}`;
      const outcome: Outcome = status === 'passed' || status === 'failed' ? status : 'skipped';
      if (outcomes.get(key) !== 'failed') outcomes.set(key, outcome);
    }
    // A file that could not be loaded, or whose hooks failed, has no failed test to show for it.
    const shown = file.assertionResults.some(({ status }) => status === 'failed');
    if (file.status === 'failed' && !shown) outcomes.set(`${file.name} as a whole`, 'failed');
  }
}

function count(outcomes: Outcomes, wanted: Outcome): number {
  return [...outcomes.values()].filter((outcome) => outcome === wanted).length;
}

/** The files that draw their cases at random: another seed tells something new about no others. */
function propertyFiles(): string[] {
  return globSync(['packages/**/*.test.{ts,tsx}', 'apps/**/*.test.{ts,tsx}'], {
    cwd: root,
    exclude: (path) => /node_modules|dist/.test(path),
  }).filter((file) => readFileSync(join(root, file), 'utf8').includes(`from 'fast-check'`));
}

async function runFurtherSeeds(firstSeed: number, outcomes: Outcomes): Promise<void> {
  const files = propertyFiles();
  if (files.length === 0) return;
  const until = performance.now() + fullBudgetMs;
  let reached = 1;
  while (reached < fullSeeds && performance.now() < until) {
    await runRound({ projects: ['unit', 'database'], files, seed: firstSeed + reached, runs: fullRuns }, outcomes);
    reached += 1;
  }
  console.log(`\nproperties: ${reached} of ${fullSeeds} seeds, ${fullRuns} cases each`);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { unit: { type: 'boolean' }, full: { type: 'boolean' }, seed: { type: 'string' } },
  });
  const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed);
  if (!Number.isSafeInteger(seed)) throw new Error(`--seed must be a whole number, not "${values.seed}"`);
  const full = values.full === true;
  const outcomes: Outcomes = new Map();
  // Ctrl-C goes to the whole group; the count is still wanted.
  process.on('SIGINT', () => undefined);

  const projects = values.unit === true ? ['unit'] : everyProject;
  await runRound({ projects, files: positionals, seed, ...(full ? { runs: fullRuns } : {}) }, outcomes);
  if (full && positionals.length === 0) await runFurtherSeeds(seed, outcomes);

  const [passed, failed, skipped] = [count(outcomes, 'passed'), count(outcomes, 'failed'), count(outcomes, 'skipped')];
  if (passed + failed === 0) console.log('no test ran');
  console.log(`\nfast-check seed ${seed}; once more with it: npm test -- --seed ${seed}`);
  console.log(`${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
