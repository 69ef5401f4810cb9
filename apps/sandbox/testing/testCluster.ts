import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { PostgresVersion } from '../postgres/binaries.ts';
import { type Cluster, startCluster } from '../postgres/cluster.ts';
import { keeperRoleNames, provisionKeeper, provisionTill, tillRoleNames } from '../postgres/provision.ts';

/** What another process needs to use the cluster; plain data. */
export interface TestClusterAddress {
  readonly port: number;
  /** Of every role, the superuser `postgres` included. */
  readonly password: string;
}

export interface TestCluster {
  readonly address: TestClusterAddress;
  /** Stops the server and removes its data. */
  stop(): Promise<void>;
}

export interface TestClusterOptions {
  readonly version?: PostgresVersion;
  /** Flushes to the disk as in production; for measurements. */
  readonly durable?: boolean;
  readonly settings?: Readonly<Record<string, string | number>>;
}

export const tillTemplate = 'till_template';
export const keeperTemplate = 'keeper_template';

/**
 * One server with both databases as templates, from which `cloneDatabases` makes copies in about 20 ms. Data lies in the system's folder for
 * temporary files and goes with the server, which ends with this process, whatever ends it.
 */
export async function startTestCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'tillkeeper-test-'));
  const password = randomBytes(18).toString('base64url');
  const cluster = await startCluster({
    folder,
    within: folder,
    port: 0,
    superuserPassword: password,
    throwaway: options.durable !== true,
    settings: { max_connections: 200, ...options.settings },
    ...(options.version === undefined ? {} : { version: options.version }),
  });
  try {
    await makeTemplates(cluster, password);
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return {
    address: { port: cluster.port, password },
    async stop() {
      await cluster.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function makeTemplates(cluster: Cluster, password: string): Promise<void> {
  const all = <Role extends string>(roles: readonly Role[]): Record<Role, string> =>
    Object.fromEntries(roles.map((role) => [role, password])) as Record<Role, string>;
  await Promise.all([
    provisionTill(cluster, all(tillRoleNames), tillTemplate),
    provisionKeeper(cluster, all(keeperRoleNames), keeperTemplate),
  ]);
  const admin = new pg.Client({ connectionString: cluster.adminUrl('postgres') });
  await admin.connect();
  try {
    // Nobody may be connected to a template while it is copied.
    for (const name of [tillTemplate, keeperTemplate])
      await admin.query(`alter database ${name} is_template true allow_connections false`);
  } finally {
    await admin.end();
  }
}
