import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** `npm run check`: everything that can be said of the sources without running the tests. Each part prints one line; the first words of a failure follow. */

interface Part {
  readonly name: string;
  /** Problems; none is success. */
  run(): readonly string[];
}

const bin = (name: string): string => `node_modules/.bin/${name}`;

function command(program: string, args: readonly string[]): readonly string[] {
  const done = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (done.status === 0) return [];
  return `${done.stdout ?? ''}${done.stderr ?? ''}${done.error?.message ?? ''}`.trimEnd().split('\n');
}

function tracked(pattern: RegExp): string[] {
  // Files that are new and not ignored count too: a check that waits for the commit comes too late.
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    encoding: 'utf8',
  });
  return [...new Set(files.split('\0'))].filter((file) => pattern.test(file) && exists(file));
}

function exists(file: string): boolean {
  try {
    readFileSync(file);
    return true;
  } catch {
    return false;
  }
}

const longest = 600;
const generated = /\.generated\.ts$|schema\.dump\.sql$/;

function fileLengths(): readonly string[] {
  return tracked(/\.(ts|tsx|cjs|sql|css)$/)
    .filter((file) => !generated.test(file))
    .map((file) => ({ file, lines: readFileSync(file, 'utf8').split('\n').length }))
    .filter(({ lines }) => lines > longest)
    .map(({ file, lines }) => `${file}: ${lines} lines, the limit is ${longest}`);
}

/** Every requirement whose part has landed is named in the title of a test. */
function requirements(): readonly string[] {
  const text = readFileSync('docs/playbooks.md', 'utf8');
  const landed = new Set(
    /^Landed: (.+)$/m
      .exec(text)?.[1]
      ?.split(',')
      .map((part) => part.trim()) ?? [],
  );
  const rows = [...text.matchAll(/^\| ([A-Z]+-\d+) \| ([a-z-]+) \|/gm)].map((row) => ({
    id: row[1] ?? '',
    part: row[2] ?? '',
  }));
  const titles = tracked(/\.test\.tsx?$/)
    .flatMap((file) => [
      ...readFileSync(file, 'utf8').matchAll(/\b(?:describe|test|it)(?:\.\w+)?\(\s*(['"`])(.*?)\1/gs),
    ])
    .map((match) => match[2] ?? '');
  const named = new Set(titles.flatMap((title) => title.match(/\b[A-Z]+-\d+\b/g) ?? []));
  const known = new Set(rows.map((row) => row.id));
  const prefixes = new Set(rows.map((row) => row.id.replace(/\d+$/, '')));
  return [
    ...(rows.length === new Set(rows.map((row) => row.id)).size ? [] : ['docs/playbooks.md names an id twice']),
    ...rows
      .filter((row) => landed.has(row.part) && !named.has(row.id))
      .map((row) => `${row.id} (${row.part}) is proven by no test`),
    ...[...named]
      .filter((id) => prefixes.has(id.replace(/\d+$/, '')) && !known.has(id))
      .map((id) => `a test names ${id}, which docs/playbooks.md does not have`),
  ];
}

const parts: readonly Part[] = [
  { name: 'lock', run: () => command('npm', ['ci', '--dry-run', '--ignore-scripts']) },
  { name: 'format', run: () => command(bin('biome'), ['format', '.']) },
  {
    name: 'types',
    run: () =>
      ['.', 'apps/keeper/web', 'apps/till/web'].flatMap((project) => command(bin('tsc'), ['--noEmit', '-p', project])),
  },
  { name: 'lint', run: () => command(bin('oxlint'), ['--type-aware', '--deny-warnings']) },
  { name: 'dead code', run: () => command(bin('knip'), []) },
  { name: 'file length', run: fileLengths },
  { name: 'requirements', run: requirements },
  { name: 'generated files', run: () => command(process.execPath, ['bin/generate.ts', '--check']) },
];

let failed = 0;
for (const part of parts) {
  const started = performance.now();
  const problems = part.run();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${problems.length === 0 ? 'ok    ' : 'FAILED'} ${part.name} (${seconds} s)`);
  if (problems.length > 0) {
    failed += 1;
    console.log(
      problems
        .slice(0, 60)
        .map((line) => `       ${line}`)
        .join('\n'),
    );
  }
}
process.exitCode = failed === 0 ? 0 : 1;
