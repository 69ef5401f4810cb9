import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testDatabases } from '@tillkeeper/sandbox/testing/database.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrate } from './migrate.ts';

const { keeper } = await testDatabases();
const url = keeper.url('keeper_owner');
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tillkeeper-migrate-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
  await keeper.admin.query('drop schema if exists book cascade; drop schema if exists made cascade');
});

const run = (): Promise<string[]> => migrate({ url, folder, table: 'book.kept' });
const put = (name: string, sql: string): Promise<void> => writeFile(join(folder, name), sql);
async function names(): Promise<string[]> {
  const { rows } = await keeper.admin.query('select name from book.kept order by name');
  return rows.map((row: { name: string }) => row.name);
}
async function exists(relation: string): Promise<boolean> {
  const { rows } = await keeper.admin.query('select to_regclass($1) is not null as there', [relation]);
  return rows[0].there;
}

describe('migrate', () => {
  it('runs each file once, in order, and says which ran', async () => {
    await put('0001_made.sql', 'create schema made; create table made.one (a integer);');
    await put('0002_column.sql', 'alter table made.one add column b integer;');
    expect(await run()).toEqual(['0001_made.sql', '0002_column.sql']);
    expect(await run()).toEqual([]);
    await put('0003_table.sql', 'create table made.two (a integer);');
    expect(await run()).toEqual(['0003_table.sql']);
    expect(await names()).toEqual(['0001_made.sql', '0002_column.sql', '0003_table.sql']);
  });

  it('keeps nothing of a file that fails, names its place, and keeps those before it', async () => {
    await put('0001_made.sql', 'create schema made;');
    await put('0002_broken.sql', '-- größe\ncreate table made.one (a integer);\nselect nothing from made.one;');
    await expect(run()).rejects.toThrow('0002_broken.sql line 3: column "nothing" does not exist');
    expect(await names()).toEqual(['0001_made.sql']);
    expect(await exists('made.one')).toBe(false);
    await put('0002_broken.sql', 'create table made.one (a integer);');
    expect(await run()).toEqual(['0002_broken.sql']);
  });

  it('refuses, before it runs anything, a file that was changed, is gone, or comes too late', async () => {
    await put('0001_made.sql', 'create schema made;');
    await put('0003_table.sql', 'create table made.three (a integer);');
    await run();
    await put('0004_more.sql', 'create table made.four (a integer);');

    await put('0001_made.sql', 'create schema if not exists made;');
    await expect(run()).rejects.toThrow('0001_made.sql was changed after it ran');
    await rm(join(folder, '0001_made.sql'));
    await expect(run()).rejects.toThrow('the database is newer than this release');
    await put('0001_made.sql', 'create schema made;');
    await put('0002_late.sql', 'create table made.two (a integer);');
    await expect(run()).rejects.toThrow('0002_late.sql has a number before 0003_table.sql');
    expect(await exists('made.four')).toBe(false);
  });

  it('does not take turned line ends for a change', async () => {
    await put('0001_made.sql', 'create schema made;\ncreate table made.one (a integer);\n');
    await run();
    await put('0001_made.sql', 'create schema made;\r\ncreate table made.one (a integer);\r\n');
    expect(await run()).toEqual([]);
  });

  it('refuses files that are not named in the form, and numbers that are there twice', async () => {
    await put('notes.txt', 'not for here');
    await expect(run()).rejects.toThrow('is not named like');
    await rm(join(folder, 'notes.txt'));
    await put('0001_one.sql', 'select 1;');
    await put('001_other.sql', 'select 1;');
    await expect(run()).rejects.toThrow('have the same number');
    await expect(migrate({ url, folder, table: 'kept' })).rejects.toThrow('not of the form schema.table');
  });

  it('lets one process at a time migrate, and the others find it done', async () => {
    await put('0001_made.sql', 'create schema made; select pg_sleep(0.1); create table made.one (a integer);');
    const ran = await Promise.all([run(), run(), run()]);
    expect(ran.flat()).toEqual(['0001_made.sql']);
  });

  it('runs a statement that refuses a transaction outside of one', async () => {
    await put('0001_made.sql', 'create schema made; create table made.one (a integer);');
    await put(
      '0002_index.sql',
      '-- no-transaction: the table is large\ncreate index concurrently if not exists one_a on made.one (a);\n',
    );
    expect(await run()).toHaveLength(2);
    expect(await exists('made.one_a')).toBe(true);
  });

  it('does not carry a role over from one file to the next', async () => {
    await put(
      '0001_made.sql',
      'create schema made authorization keeper_app; set role keeper_app; create table made.one (a integer);',
    );
    await put(
      '0002_owner.sql',
      'create schema if not exists made; create table public.two as select current_user::text as who;',
    );
    await run();
    const { rows } = await keeper.admin.query('select who from public.two');
    expect(rows).toEqual([{ who: 'keeper_owner' }]);
    await keeper.admin.query('drop table public.two');
  });
});
