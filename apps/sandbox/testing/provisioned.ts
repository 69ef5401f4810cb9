import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PostgresVersion } from '../postgres/binaries.ts';
import { startCluster } from '../postgres/cluster.ts';
import { keeperRoleNames, provisionKeeper, provisionTill, tillRoleNames } from '../postgres/provision.ts';

/**
 * Both databases as production has them, on a server of their own that goes afterwards; `urls` are the administrator's. Not copies of a
 * template: a copy has no grants on the database itself.
 */
export async function withProvisioned<T>(
  version: PostgresVersion,
  body: (urls: { readonly till: string; readonly keeper: string }) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'tillkeeper-schema-'));
  const password = randomBytes(18).toString('base64url');
  const cluster = await startCluster({
    folder,
    within: folder,
    port: 0,
    superuserPassword: password,
    throwaway: true,
    version,
  });
  const all = <Role extends string>(roles: readonly Role[]): Record<Role, string> =>
    Object.fromEntries(roles.map((role) => [role, password])) as Record<Role, string>;
  try {
    await provisionTill(cluster, all(tillRoleNames));
    await provisionKeeper(cluster, all(keeperRoleNames));
    return await body({ till: cluster.adminUrl('till'), keeper: cluster.adminUrl('keeper') });
  } finally {
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
