import { randomUUID } from 'node:crypto';
import { type Relation, readCatalog } from '@tillkeeper/platform/catalog/readCatalog';
import { testDatabases } from '@tillkeeper/sandbox/testing/database';
import { describe, expect, it } from 'vitest';
import { declaredAs } from './tenancyProblems.ts';
import { attempt, type Caller } from './testClaims.ts';
import { makeShop, type TestShop } from './testShop.ts';

const databases = await testDatabases();
const { admin } = databases.till;
const catalog = await readCatalog(databases.till.adminUrl);
const tables = catalog.relations.filter((relation) => relation.kind === 'table' && relation.schema !== 'migrations');
const tenantTables = tables.filter((table) => declaredAs(table)?.class === 'tenant');
const [mine, theirs] = [await makeShop(admin), await makeShop(admin)];

const refused = '42501';
const person = (sub: string): Caller => ({ role: 'authenticated', sub });
const outsiders: readonly (readonly [string, Caller])[] = [
  ['an owner of another shop', person(mine.owner)],
  ['a manager of another shop', person(mine.manager)],
  ['a cashier of another shop', person(mine.cashier)],
  ['an owner who was revoked', person(theirs.revoked)],
  ['a person without a shop', person(randomUUID())],
  ['a session without claims', { role: 'authenticated' }],
  ['nobody', { role: 'anon' }],
];

const qualified = (table: Relation): string => `${table.schema}.${table.name}`;
const keyOf = (table: Relation): string => (table.name === 'organizations' ? 'id' : 'organization_id');
const allowed = (table: Relation, privilege: string): boolean =>
  table.grants.some((grant) => grant.grantee === 'authenticated' && grant.privilege === privilege);

/** A column that a signed-in person may write and no key uses; the key itself when there is none, so that the statement is still a valid one. */
function writableColumn(table: Relation): string {
  const grant = table.grants.find((each) => each.grantee === 'authenticated' && each.privilege === 'update');
  if (grant === undefined) return keyOf(table);
  const keys = table.constraints.map((constraint) => constraint.definition).join(' ');
  return (
    grant.column ?? table.columns.find((column) => !new RegExp(`\\b${column.name}\\b`).test(keys))?.name ?? keyOf(table)
  );
}

/** What has to be new in a copy of a row, so that no unique key refuses what row security let through. */
function renewed(table: Relation, caller: string): Record<string, unknown> {
  if (table.name === 'products') return { id: randomUUID(), sku: randomUUID() };
  if (table.name === 'sales') return { id: randomUUID(), receipt_number: randomUUID(), cashier_id: caller };
  if (table.name === 'sale_lines') return { line_number: 2 };
  return {};
}

async function rowOf(table: Relation, shop: TestShop): Promise<Record<string, unknown>> {
  const { rows } = await admin.query<{ row: Record<string, unknown> }>(
    `select to_jsonb(t) as row from ${qualified(table)} t where ${keyOf(table)} = $1 limit 1`,
    [shop.id],
  );
  if (rows[0] === undefined)
    throw new Error(`makeShop writes no row of ${qualified(table)}, so nothing here would be proven of it`);
  return rows[0].row;
}

const insertCopy = (table: Relation): string =>
  `insert into ${qualified(table)} select * from jsonb_populate_record(null::${qualified(table)}, $1)`;

describe.each(tenantTables.map((table) => [qualified(table), table] as const))('%s', (name, table) => {
  const key = keyOf(table);

  it.each(outsiders)('RLS: %s reads, adds, changes and deletes nothing in a shop', async (_who, caller) => {
    const theirRow = await rowOf(table, theirs);
    for (const sql of [
      `select * from ${name} where ${key} = $1`,
      `select * from ${name} where ${key} = $1 for update`,
    ]) {
      const read = await attempt(admin, caller, sql, [theirs.id]);
      expect([sql, read.rows]).toEqual([sql, []]);
    }
    const added = await attempt(admin, caller, insertCopy(table), [
      { ...theirRow, ...renewed(table, caller.sub ?? randomUUID()) },
    ]);
    expect(added.refused).toBe(refused);

    const column = writableColumn(table);
    const untouched = async (client: {
      query(sql: string, values: unknown[]): Promise<{ rows: unknown[] }>;
    }): Promise<void> => {
      const { rows } = await client.query(
        `select to_jsonb(t) as row, t.xmin::text = pg_current_xact_id()::xid::text as written from ${name} t where ${key} = $1`,
        [theirs.id],
      );
      expect(rows).toContainEqual({ row: theirRow, written: false });
      expect(rows).not.toContainEqual(expect.objectContaining({ written: true }));
    };
    for (const [sql, values] of [
      [`update ${name} set ${column} = ${column} where ${key} = $1`, [theirs.id]],
      // Without a condition and without reading a column only the policy for updates holds; those for reading do not come to its aid.
      [`update ${name} set ${column} = $1`, [theirRow[column]]],
      [`delete from ${name} where ${key} = $1`, [theirs.id]],
      [`delete from ${name}`, []],
      [`truncate ${name} cascade`, []],
    ] as const) {
      const outcome = await attempt(admin, caller, sql, values, untouched);
      if (sql.includes(' where ') && outcome.refused === undefined) expect([sql, outcome.touched]).toEqual([sql, 0]);
      if (outcome.refused !== undefined) expect([sql, outcome.refused]).toEqual([sql, refused]);
    }
  });

  it('RLS: nobody moves a row of theirs into another shop', async () => {
    for (const [sql, values] of [
      [`update ${name} set ${key} = $2 where ${key} = $1`, [mine.id, theirs.id]],
      [`update ${name} set ${key} = $1`, [theirs.id]],
    ] as const) {
      expect([sql, (await attempt(admin, person(mine.owner), sql, values)).refused]).toEqual([sql, refused]);
    }
  });

  // The same statements on one's own shop: they fail for the reason that is claimed, and not because they never work.
  it('opens to its own members what is granted', async () => {
    const row = await rowOf(table, mine);
    const hasPolicy = (command: string): boolean =>
      table.policies.some((policy) => policy.command === command && policy.roles.includes('authenticated'));
    const read = await attempt(admin, person(mine.owner), `select ${key} from ${name}`);
    if (allowed(table, 'select')) {
      expect(hasPolicy('select')).toBe(true);
      expect(read.rows.length).toBeGreaterThan(0);
      expect(new Set(read.rows.map((each) => each[key]))).toEqual(new Set([mine.id]));
    } else {
      expect(read.refused).toBe(refused);
    }
    const added = await attempt(admin, person(mine.owner), insertCopy(table), [
      { ...row, ...renewed(table, mine.owner) },
    ]);
    expect([added.refused, added.touched]).toEqual(allowed(table, 'insert') ? [undefined, 1] : [refused, 0]);
    const column = writableColumn(table);
    for (const condition of ['', ` where ${key} = '${mine.id}'`]) {
      const changed = await attempt(admin, person(mine.owner), `update ${name} set ${column} = $1${condition}`, [
        row[column],
      ]);
      expect([condition, changed.refused, changed.touched]).toEqual(
        allowed(table, 'update') ? [condition, undefined, 1] : [condition, refused, 0],
      );
    }
    const deleted = await attempt(admin, person(mine.owner), `delete from ${name}`);
    expect(deleted.refused).toBe(refused);
  });
});

describe('the whole database', () => {
  it('RLS: is closed to the login of Till’s servers until it becomes somebody', async () => {
    for (const table of tables) {
      const outcome = await attempt(admin, { role: 'till_app' }, `select 1 from ${qualified(table)}`);
      expect([qualified(table), outcome.refused]).toEqual([qualified(table), refused]);
    }
  });

  it('keeps lookups and sign-in data from people', async () => {
    const closed = tables.filter((table) => ['lookup', 'identity'].includes(declaredAs(table)?.class ?? ''));
    expect(closed.length).toBeGreaterThanOrEqual(5);
    for (const table of closed) {
      for (const role of ['anon', 'authenticated']) {
        const outcome = await attempt(admin, { role, sub: mine.owner }, `select 1 from ${qualified(table)}`);
        expect([qualified(table), role, outcome.refused]).toEqual([qualified(table), role, refused]);
      }
    }
  });

  it('shows plans to everybody and prices’ ids to nobody', async () => {
    const plans = await attempt(admin, { role: 'anon' }, 'select id from public.plans order by rank');
    expect(plans.rows.map((row) => row.id)).toEqual(['free', 'basic', 'pro', 'enterprise']);
    expect((await attempt(admin, person(mine.owner), 'select 1 from public.plan_prices')).refused).toBe(refused);
  });

  it('does not sell one shop’s product on another shop’s receipt', async () => {
    const crossed = await attempt(
      admin,
      person(mine.cashier),
      `insert into public.sale_lines select * from jsonb_populate_record(null::public.sale_lines, $1)`,
      [
        {
          ...(await rowOf(tables.find((table) => table.name === 'sale_lines') ?? fail(), mine)),
          line_number: 2,
          product_id: theirs.productId,
        },
      ],
    );
    // Foreign keys are checked at the end of the statement, past row security: the key itself has to name the organization.
    expect(crossed.refused).toBe('23503');
  });

  it('lets only owners change a shop’s settings, and nobody its plan, status or access', async () => {
    const rename = `update public.organizations set name = 'Renamed' where id = $1`;
    expect((await attempt(admin, person(mine.owner), rename, [mine.id])).touched).toBe(1);
    expect((await attempt(admin, person(mine.manager), rename, [mine.id])).touched).toBe(0);
    for (const column of ['subscription_plan', 'subscription_status', 'access', 'created_at', 'id']) {
      const outcome = await attempt(admin, person(mine.owner), `update public.organizations set ${column} = ${column}`);
      expect([column, outcome.refused]).toEqual([column, refused]);
    }
  });

  it('leaves products to managers, and the ringing up of sales to whoever stands at the register, in their own name', async () => {
    const product = `insert into public.products (organization_id, name, sku, price_minor) values ($1, 'Tea', 'T', 300)`;
    expect((await attempt(admin, person(mine.manager), product, [mine.id])).touched).toBe(1);
    expect((await attempt(admin, person(mine.cashier), product, [mine.id])).refused).toBe(refused);
    const sale = `insert into public.sales (organization_id, id, receipt_number, cashier_id, tender, currency, total_minor, tax_minor, content_hash, occurred_at)
                  values ($1, gen_random_uuid(), 'X', $2, 'card', 'USD', 0, 0, 'x', ops.now())`;
    expect((await attempt(admin, person(mine.cashier), sale, [mine.id, mine.cashier])).touched).toBe(1);
    expect((await attempt(admin, person(mine.cashier), sale, [mine.id, mine.manager])).refused).toBe(refused);
  });

  it('records a member’s change only for their own shop, in their own name and under Till’s own kinds', async () => {
    const record = `select private.record_change($1, 'k', 'product_added', '{}')`;
    await attempt(admin, person(mine.manager), record, [mine.id], async (client) => {
      const { rows } = await client.query(
        `select occurrence_key, kind, actor from ops.effects where organization_id = $1 and kind like 'till.%'`,
        [mine.id],
      );
      expect(rows).toEqual([
        {
          occurrence_key: 'till:k',
          kind: 'till.product_added',
          actor: { kind: 'member', userId: mine.manager, organizationId: mine.id },
        },
      ]);
    });
    expect((await attempt(admin, person(mine.manager), record, [theirs.id])).refused).toBe(refused);
    expect((await attempt(admin, { role: 'authenticated' }, record, [mine.id])).refused).toBe(refused);
    expect((await attempt(admin, { role: 'anon' }, record, [mine.id])).refused).toBe(refused);
  });
});

function fail(): never {
  throw new Error('the table is gone');
}
