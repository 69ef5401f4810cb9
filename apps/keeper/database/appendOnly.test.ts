import { readCatalog } from '@tillkeeper/platform/catalog/readCatalog';
import { testDatabases } from '@tillkeeper/sandbox/testing/database';
import { describe, expect, it } from 'vitest';

const { keeper } = await testDatabases();
const appendOnly = ['public.audit', 'public.proofs', 'public.timeline'];

async function refusal(role: string, sql: string): Promise<string | undefined> {
  const client = await keeper.admin.connect();
  try {
    await client.query('begin');
    await client.query(`set local role ${role}`);
    await client.query(sql);
    return undefined;
  } catch (error) {
    return (error as { code?: string }).code;
  } finally {
    await client.query('rollback');
    client.release();
  }
}

describe('what is written down', () => {
  it('is added to and never changed: not by Keeper, not by the owner, not by the administrator', async () => {
    const catalog = await readCatalog(keeper.adminUrl, ['pgboss']);
    const guarded = catalog.relations.filter((relation) =>
      relation.triggers.some((trigger) => trigger.name === 'append_only' && trigger.enabled === 'O'),
    );
    expect(guarded.map((relation) => `${relation.schema}.${relation.name}`)).toEqual(appendOnly);
    for (const table of appendOnly) {
      for (const sql of [`update ${table} set at = at`, `delete from ${table}`, `truncate ${table}`]) {
        expect([sql, await refusal('keeper_app', sql)]).toEqual([sql, '42501']);
        for (const role of ['keeper_owner', 'postgres'])
          expect([role, sql, await refusal(role, sql)]).toEqual([role, sql, 'TK004']);
      }
    }
  });

  it('takes new rows from Keeper', async () => {
    const added = await refusal(
      'keeper_app',
      `insert into audit (actor, action, subject_id) values ('{"kind":"system","job":"test"}', 'test.made', 'x')`,
    );
    expect(added).toBeUndefined();
  });
});
