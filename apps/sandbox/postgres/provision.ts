import { readFile } from 'node:fs/promises';
import {
  installFoothold,
  installFootholdBase,
  bootstrapFile as keeperRoles,
  migrateKeeper,
} from '@tillkeeper/keeper/database/migrate.ts';
import { migrateTill, bootstrapFile as tillRoles } from '@tillkeeper/till/database/migrate.ts';
import pg from 'pg';
import type { Cluster } from './cluster.ts';

export type TillRole = 'till_owner' | 'till_app' | 'till_identity' | 'keeper_ops';
export type KeeperRole = 'keeper_owner' | 'keeper_app';
export type Passwords<Role extends string> = Readonly<Record<Role, string>>;

export const tillRoleNames: readonly TillRole[] = ['till_owner', 'till_app', 'till_identity', 'keeper_ops'];
export const keeperRoleNames: readonly KeeperRole[] = ['keeper_owner', 'keeper_app'];

/**
 * Roles, database and schema of the operated database, in the order that a production set-up follows: roles by the administrator, Keeper's
 * foothold (its base), the application's migrations, the rest of the foothold. Everything may run again; what is there stays.
 */
export async function provisionTill(
  cluster: Cluster,
  passwords: Passwords<TillRole>,
  database = 'till',
): Promise<void> {
  await provision(cluster, tillRoles, passwords, database, 'till_owner');
  const owner = cluster.url('till_owner', passwords.till_owner, database);
  await installFootholdBase(owner);
  await migrateTill(owner);
  await installFoothold(owner);
}

/** Roles, database and schema of Keeper's own database. Everything may run again. */
export async function provisionKeeper(
  cluster: Cluster,
  passwords: Passwords<KeeperRole>,
  database = 'keeper',
): Promise<void> {
  await provision(cluster, keeperRoles, passwords, database, 'keeper_owner');
  await migrateKeeper(cluster.url('keeper_owner', passwords.keeper_owner, database));
}

async function provision(
  cluster: Cluster,
  rolesFile: string,
  passwords: Passwords<string>,
  database: string,
  owner: string,
): Promise<void> {
  const admin = new pg.Client({ connectionString: cluster.adminUrl('postgres'), application_name: 'provision' });
  admin.on('error', () => undefined);
  await admin.connect();
  try {
    await admin.query(await readFile(rolesFile, 'utf8'));
    for (const [role, password] of Object.entries(passwords)) {
      await admin.query(`alter role ${admin.escapeIdentifier(role)} password ${admin.escapeLiteral(password)}`);
    }
    const { rowCount } = await admin.query('select from pg_database where datname = $1::text', [database]);
    if (rowCount === 0)
      await admin.query(`create database ${admin.escapeIdentifier(database)} owner ${admin.escapeIdentifier(owner)}`);
  } finally {
    await admin.end();
  }
}
