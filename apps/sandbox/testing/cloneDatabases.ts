import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import type { KeeperRole, TillRole } from '../postgres/provision.ts';
import { keeperTemplate, type TestClusterAddress, tillTemplate } from './testCluster.ts';

export interface TestDatabase<Role extends string> {
  readonly name: string;
  url(role: Role): string;
  /** Superuser: row security does not hold, and the clock can be set. */
  readonly adminUrl: string;
  readonly admin: pg.Pool;
}

export interface TestDatabases {
  readonly till: TestDatabase<TillRole>;
  readonly keeper: TestDatabase<KeeperRole>;
  /** Drops both, or keeps them for a look until the cluster ends. Throws if somebody still holds a connection: a pool was not closed. */
  close(options?: { readonly keep?: boolean }): Promise<void>;
}

/** How long a connection that was closed just now may still be listed. */
const closedWithinMs = 2_000;

/** Copies of the two template databases, for nobody else. */
export async function cloneDatabases(cluster: TestClusterAddress): Promise<TestDatabases> {
  const suffix = randomBytes(5).toString('hex');
  const server = open(urlOf(cluster, 'postgres', 'postgres'), 2);
  const names = { till: `till_${suffix}`, keeper: `keeper_${suffix}` };
  try {
    // 18 ms for 16 MB without flushing; the default strategy writes every page to the log and takes 40.
    await Promise.all([
      server.query(`create database ${names.till} template ${tillTemplate} strategy file_copy owner till_owner`),
      server.query(`create database ${names.keeper} template ${keeperTemplate} strategy file_copy owner keeper_owner`),
    ]);
  } catch (error) {
    await server.end();
    throw error;
  }
  const till = describeDatabase<TillRole>(cluster, names.till);
  const keeper = describeDatabase<KeeperRole>(cluster, names.keeper);
  return {
    till,
    keeper,
    async close({ keep = false } = {}) {
      await Promise.all([till.admin.end(), keeper.admin.end()]);
      const left = await openConnections(server, Object.values(names));
      if (!keep) for (const name of Object.values(names)) await server.query(`drop database ${name} with (force)`);
      await server.end();
      if (left.length > 0)
        throw new Error(`${left.length} connections were left open, by: ${[...new Set(left)].join(', ')}`);
    },
  };
}

function describeDatabase<Role extends string>(cluster: TestClusterAddress, name: string): TestDatabase<Role> {
  const adminUrl = urlOf(cluster, 'postgres', name);
  return { name, adminUrl, admin: open(adminUrl, 4), url: (role) => urlOf(cluster, role, name) };
}

function open(url: string, max: number): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max, application_name: 'test-admin' });
  pool.on('error', () => undefined);
  return pool;
}

function urlOf(cluster: TestClusterAddress, role: string, database: string): string {
  return `postgres://${role}:${encodeURIComponent(cluster.password)}@127.0.0.1:${cluster.port}/${database}`;
}

async function openConnections(server: pg.Pool, databases: readonly string[]): Promise<string[]> {
  const until = performance.now() + closedWithinMs;
  for (;;) {
    const { rows } = await server.query<{ who: string }>(
      `select application_name || ' (' || usename || ')' as who from pg_stat_activity where datname = any($1::text[]) and backend_type = 'client backend'`,
      [databases],
    );
    if (rows.length === 0 || performance.now() > until) return rows.map((row) => row.who);
    await wait(10);
  }
}
