import pg from 'pg';
import { expect, inject, test } from 'vitest';
import { cloneDatabases } from './cloneDatabases.ts';
import { testDatabases } from './database.ts';

const databases = await testDatabases();

test('a file has both databases to itself, as superuser and as each role', async () => {
  await databases.keeper.admin.query('create table public.only_here (a integer)');
  const other = await cloneDatabases(inject('testCluster'));
  const { rows } = await other.keeper.admin.query(`select to_regclass('public.only_here') as found`);
  expect(rows).toEqual([{ found: null }]);
  await other.close();

  const roles = [
    ...(['till_owner', 'till_app', 'till_identity', 'keeper_ops'] as const).map(
      (role) => [role, databases.till.url(role)] as const,
    ),
    ...(['keeper_owner', 'keeper_app'] as const).map((role) => [role, databases.keeper.url(role)] as const),
  ];
  for (const [role, url] of roles) {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const said = await client.query(
      'select current_user::text as who, rolsuper as super from pg_roles where rolname = current_user',
    );
    expect(said.rows).toEqual([{ who: role, super: false }]);
    await client.end();
  }
});

test('a connection that was left open is named when the databases are closed', async () => {
  const other = await cloneDatabases(inject('testCluster'));
  const forgotten = new pg.Client({ connectionString: other.till.url('till_app'), application_name: 'forgotten-pool' });
  forgotten.on('error', () => undefined);
  await forgotten.connect();
  await expect(other.close()).rejects.toThrow('1 connections were left open, by: forgotten-pool (till_app)');
  await forgotten.end().catch(() => undefined);
});
