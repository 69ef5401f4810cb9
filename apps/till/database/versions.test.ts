import { readFileSync } from 'node:fs';
import { dumpSchema, firstDifference } from '@tillkeeper/platform/catalog/dumpSchema';
import { readCatalog } from '@tillkeeper/platform/catalog/readCatalog';
import { withProvisioned } from '@tillkeeper/sandbox/testing/provisioned';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { attempt } from './testClaims.ts';
import { makeShop } from './testShop.ts';

const committed = (file: string): string => readFileSync(new URL(file, import.meta.url), 'utf8');

describe.each([15, 17, 18] as const)('PostgreSQL %i', (version) => {
  it('takes the migrations, gives the committed schema, and keeps shops apart', () =>
    withProvisioned(version, async (urls) => {
      const till = dumpSchema(await readCatalog(urls.till), 'The till database');
      expect(firstDifference(committed('./schema.dump.sql'), till)).toBeUndefined();
      const keeper = dumpSchema(await readCatalog(urls.keeper, ['pgboss']), 'The keeper database');
      expect(firstDifference(committed('../../keeper/database/schema.dump.sql'), keeper)).toBeUndefined();

      const admin = new pg.Pool({ connectionString: urls.till, max: 2 });
      // The server stops right after the pool has said goodbye, and may be faster than the sockets.
      admin.on('error', () => undefined);
      try {
        const [a, b] = [await makeShop(admin), await makeShop(admin)];
        for (const shop of [a, b]) {
          const cashier = { role: 'authenticated', sub: shop.cashier };
          const { rows } = await attempt(admin, cashier, 'select organization_id from public.sales');
          expect(rows).toEqual([{ organization_id: shop.id }]);
        }
        // A session’s own types are found before the system’s, in definer functions too.
        for (const role of ['anon', 'authenticated', 'till_app', 'till_identity', 'keeper_ops']) {
          for (const schema of ['pg_temp', 'public', 'ops']) {
            const made = await attempt(admin, { role }, `create table ${schema}.clock (x integer)`);
            expect([role, schema, made.refused]).toEqual([role, schema, '42501']);
          }
        }
      } finally {
        await admin.end();
      }
    }));
});
