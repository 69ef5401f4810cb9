import { fileURLToPath } from 'node:url';
import { migrate } from '@tillkeeper/platform/migrate';

/** Roles; run by the cluster's administrator before the first migration. */
export const bootstrapFile = fileURLToPath(new URL('./bootstrap.sql', import.meta.url));

/** Brings the keeper database to this release, as `keeper_owner`. Returns the names of the migrations that ran. */
export function migrateKeeper(url: string): Promise<string[]> {
  return migrate({ url, folder: fileURLToPath(new URL('./migrations', import.meta.url)), table: 'migrations.keeper' });
}

/** The part of the foothold that needs no table of the application: clock and effects. Runs before the application's own migrations. */
export function installFootholdBase(url: string): Promise<string[]> {
  return migrate({
    url,
    folder: fileURLToPath(new URL('../foothold/base', import.meta.url)),
    table: 'migrations.foothold_base',
  });
}

/** The part that reads and repairs the application's tables. Runs after the application's migrations. */
export function installFoothold(url: string): Promise<string[]> {
  return migrate({
    url,
    folder: fileURLToPath(new URL('../foothold/application', import.meta.url)),
    table: 'migrations.foothold',
  });
}
