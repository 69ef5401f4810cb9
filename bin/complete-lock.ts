import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Adds to package-lock.json the platform builds that the registry at hand does not carry. npm leaves an optional package that it cannot fetch
 * out of the lock, and `npm ci` then calls the lock out of sync ("Missing: @biomejs/cli-darwin-arm64@ from lock file"; 52 names when this was
 * written). An entry with its platform and without integrity is skipped where the platform differs, and fetched where it is the right one.
 */

interface LockEntry {
  version?: string;
  resolved?: string;
  integrity?: string;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

const systems = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const processors = ['arm64', 'arm', 'ia32', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];

/** The platform fields of a package, read from its name: `@oxlint/binding-linux-arm64-musl` is linux, arm64, musl. */
function platformOf(name: string): Pick<LockEntry, 'os' | 'cpu' | 'libc'> {
  const words = name.replace(/^@[^/]+\//, '').split('-');
  const os = systems.find((system) => words.includes(system));
  const cpu = processors.find((processor) => words.includes(processor));
  if (cpu === undefined) throw new Error(`${name}: its name does not say which processor it is for`);
  const libc =
    os !== 'linux'
      ? undefined
      : words.some((word) => word.startsWith('musl'))
        ? 'musl'
        : words.some((word) => word.startsWith('gnu'))
          ? 'glibc'
          : undefined;
  return { ...(os === undefined ? {} : { os: [os] }), cpu: [cpu], ...(libc === undefined ? {} : { libc: [libc] }) };
}

/** Where a package finds `name`: in its own node_modules or in the nearest one above. */
function resolve(packages: Record<string, LockEntry>, from: string, name: string): LockEntry | undefined {
  for (let folder = from; ; ) {
    const found = packages[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`];
    if (found !== undefined || folder === '') return found;
    folder = folder.includes('/node_modules/') ? folder.slice(0, folder.lastIndexOf('/node_modules/')) : '';
  }
}

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, LockEntry> };

const added: string[] = [];
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const present = resolve(lock.packages, path, name);
    if (present !== undefined) continue;
    if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
      throw new Error(`${path} wants ${name} ${version}: only an exact version can be added`);
    lock.packages[`node_modules/${name}`] = {
      version,
      optional: true,
      ...(entry.dev === true ? { dev: true } : {}),
      ...platformOf(name),
    };
    added.push(name);
  }
}

const [root, ...others] = Object.entries(lock.packages);
if (root === undefined) throw new Error('package-lock.json names no package');
lock.packages = Object.fromEntries([root, ...others.sort(([a], [b]) => (a < b ? -1 : 1))]);
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(
  added.length === 0 ? 'package-lock.json is complete' : `package-lock.json: ${added.length} platform builds added`,
);
