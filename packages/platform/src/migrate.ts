import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { Logger } from './log.ts';
import { Secret } from './secret.ts';

export interface MigrateOptions {
  readonly url: Secret | string;
  /** Holds `0001_name.sql`, `0002_name.sql`, …; other files are refused. */
  readonly folder: string;
  /** Where it is kept what ran: `schema.table`. Both are made if missing. */
  readonly table: string;
  readonly log?: Logger;
}

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/** A migration that waits longer than this for a lock would hold up every query behind it. */
const lockTimeout = '10s';

/**
 * Brings a database forward: each file in a transaction of its own together with its bookkeeping row, in the order of their numbers, by
 * one process at a time. Returns the names that ran now. Throws, before anything runs, when a file that ran was changed or is gone, or when
 * a new file is numbered before one that ran.
 *
 * A file whose first line is `-- no-transaction` (for `create index concurrently`) runs outside of a transaction. It holds one statement,
 * and one that may run again, since a crash right after it leaves no row.
 */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const { schema, table } = splitName(options.table);
  const migrations = await readMigrations(options.folder);
  const client = new pg.Client({
    connectionString: options.url instanceof Secret ? options.url.reveal() : options.url,
    application_name: 'migrate',
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    // Released with the connection. Whoever comes second finds everything done.
    await client.query('select pg_advisory_lock(hashtextextended($1::text, 0))', [`migrate ${options.table}`]);
    await client.query(`select set_config('lock_timeout', $1::text, false)`, [lockTimeout]);
    const qualified = `${client.escapeIdentifier(schema)}.${client.escapeIdentifier(table)}`;
    await makeTable(client, schema, qualified);
    const pending = pendingOf(migrations, await readApplied(client, qualified), options.table);
    for (const migration of pending) {
      await apply(client, migration, qualified);
      options.log?.info({ migration: migration.name }, 'migrated');
    }
    return pending.map((migration) => migration.name);
  } finally {
    await client.end();
  }
}

function splitName(name: string): { schema: string; table: string } {
  const [schema, table, ...rest] = name.split('.');
  if (!schema || !table || rest.length > 0) throw new Error(`"${name}" is not of the form schema.table`);
  return { schema, table };
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const names = (await readdir(folder)).sort();
  const numbers = new Map<number, string>();
  return Promise.all(
    names.map(async (name) => {
      const number = /^(\d{3,})_[a-z0-9_]+\.sql$/.exec(name)?.[1];
      if (number === undefined) throw new Error(`${join(folder, name)} is not named like 0001_what_it_does.sql`);
      const twin = numbers.get(Number(number));
      if (twin !== undefined) throw new Error(`${name} and ${twin} have the same number`);
      numbers.set(Number(number), name);
      // A checkout on Windows may turn line ends around; that is no change.
      const sql = (await readFile(join(folder, name), 'utf8')).replaceAll('\r\n', '\n');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

async function makeTable(client: pg.Client, schema: string, qualified: string): Promise<void> {
  // `create schema if not exists` asks for the privilege even where the schema is there.
  const found = await client.query('select to_regnamespace($1::text) is not null as there', [
    client.escapeIdentifier(schema),
  ]);
  if (found.rows[0]?.there !== true) await client.query(`create schema ${client.escapeIdentifier(schema)}`);
  await client.query(
    `create table if not exists ${qualified} (
       name       text primary key,
       checksum   text not null,
       applied_at timestamptz not null default clock_timestamp()
     )`,
  );
}

async function readApplied(client: pg.Client, qualified: string): Promise<Map<string, string>> {
  const { rows } = await client.query<{ name: string; checksum: string }>(`select name, checksum from ${qualified}`);
  return new Map(rows.map((row) => [row.name, row.checksum]));
}

function pendingOf(migrations: readonly Migration[], applied: ReadonlyMap<string, string>, table: string): Migration[] {
  const present = new Set(migrations.map((migration) => migration.name));
  for (const name of applied.keys()) {
    if (!present.has(name))
      throw new Error(`${name} ran here (${table}) and is no longer there: the database is newer than this release`);
  }
  const pending: Migration[] = [];
  for (const migration of migrations) {
    const checksum = applied.get(migration.name);
    if (checksum === undefined) {
      pending.push(migration);
      continue;
    }
    if (checksum !== migration.checksum)
      throw new Error(`${migration.name} was changed after it ran (${table}); add a new migration`);
    const earlier = pending[0];
    if (earlier !== undefined)
      throw new Error(`${earlier.name} has a number before ${migration.name}, which ran already (${table})`);
  }
  return pending;
}

async function apply(client: pg.Client, migration: Migration, qualified: string): Promise<void> {
  const alone = /^-- no-transaction\b/.test(migration.sql);
  const record = (): Promise<unknown> =>
    client.query(`insert into ${qualified} (name, checksum) values ($1::text, $2::text)`, [
      migration.name,
      migration.checksum,
    ]);
  try {
    if (!alone) await client.query('begin');
    await client.query(migration.sql);
    // What a file sets for itself must not reach the next.
    await client.query('reset role');
    await record();
    if (!alone) await client.query('commit');
  } catch (error) {
    if (!alone) await client.query('rollback').catch(() => undefined);
    throw new Error(
      `${migration.name}${placeOf(error, migration.sql)}: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    );
  }
}

/** PostgreSQL counts characters; people count lines. */
function placeOf(error: unknown, sql: string): string {
  if (!(error instanceof pg.DatabaseError) || error.position === undefined) return '';
  const line = [...sql].slice(0, Number(error.position) - 1).filter((character) => character === '\n').length + 1;
  return ` line ${line}`;
}
