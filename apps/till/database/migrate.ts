import { fileURLToPath } from 'node:url';
import { migrate } from '@tillkeeper/platform/migrate';

/** Roles; run by the cluster's administrator before the first migration. */
export const bootstrapFile = fileURLToPath(new URL('./bootstrap.sql', import.meta.url));

/**
 * Brings the till database to this release, as `till_owner`. The foothold's base (schema `ops`) must be there: Till's defaults read business
 * time from it. Returns the names of the migrations that ran.
 */
export function migrateTill(url: string): Promise<string[]> {
  return migrate({ url, folder: fileURLToPath(new URL('./migrations', import.meta.url)), table: 'migrations.till' });
}
