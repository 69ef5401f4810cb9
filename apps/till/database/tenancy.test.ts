import { readCatalog, readCatalogIn } from '@tillkeeper/platform/catalog/readCatalog';
import { testDatabases } from '@tillkeeper/sandbox/testing/database';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { declaredAs, tenancyProblems } from './tenancyProblems.ts';

const { till } = await testDatabases();

describe('tables of the till database', () => {
  it('declare their class and their erasure, are secured, keyed by organization and granted narrowly', async () => {
    const catalog = await readCatalog(till.adminUrl);
    expect(tenancyProblems(catalog)).toEqual([]);
    const classes = Object.groupBy(catalog.relations, (relation) => declaredAs(relation)?.class ?? 'none');
    expect(classes.tenant?.map((table) => table.name)).toEqual(
      expect.arrayContaining(['organizations', 'products', 'sales', 'sale_lines', 'effects']),
    );
    expect(classes.lookup?.map((table) => table.name)).toEqual(['stripe_customers']);
    expect(classes.identity?.map((table) => table.name)).toEqual(['account', 'session', 'user', 'verification']);
  });

  // Each rule is broken once, so that none of them is one that cannot fail.
  it.each([
    [
      'a table that says nothing of itself',
      'create table public.notes (organization_id uuid primary key)',
      /public\.notes does not declare/,
    ],
    [
      'a tenant table without forced row security',
      `create table public.notes (organization_id uuid primary key); comment on table public.notes is 'tenant; erasure: delete. Notes.';
       alter table public.notes enable row level security`,
      /public\.notes: row security is not enabled and forced/,
    ],
    [
      'row security that was switched off',
      'alter table public.sales disable row level security',
      /public\.sales: row security/,
    ],
    [
      'row security that the owner escapes',
      'alter table public.sales no force row level security',
      /public\.sales: row security/,
    ],
    [
      'a unique key over all organizations',
      'create unique index on public.products (barcode)',
      /products_barcode_idx does not begin with organization_id/,
    ],
    [
      'a reference that may cross',
      'create unique index u on public.products (organization_id, id, sku); alter table public.sale_lines add constraint wrong foreign key (product_id, organization_id) references public.products (id, organization_id)',
      /wrong may lead to another organization/,
    ],
    [
      'a lookup that the app may read',
      'grant select on public.stripe_customers to authenticated',
      /stripe_customers: select is granted to authenticated/,
    ],
    ['an anonymous reader', 'grant select on public.products to anon', /products: select is granted to anon/],
    ['a grant to everybody', 'grant select on public.plans to public', /plans: select is granted to public/],
    ['a deletion right', 'grant delete on public.sales to authenticated', /sales: delete is granted to authenticated/],
    [
      'sign-in data that the app may read',
      'grant select on identity.session to till_app',
      /identity\.session: select is granted to till_app/,
    ],
    [
      'a function for everybody',
      'grant execute on function ops.mark_relayed(uuid[], text[]) to public',
      /mark_relayed.* is executable by everybody/,
    ],
    [
      'a clock that nobody may read',
      'revoke execute on function ops.now() from public',
      /ops\.now\(\) is not executable/,
    ],
    [
      'a definer function of the owner',
      'alter function private.my_organizations() owner to till_owner',
      /my_organizations\(\) runs as till_owner/,
    ],
    [
      'a definer function with a path',
      'alter function private.my_organizations() reset search_path',
      /my_organizations\(\) takes its caller's search_path/,
    ],
    [
      'an app role that owns something',
      'alter view billing.effective_subscriptions owner to till_app',
      /till_app owns effective_subscriptions/,
    ],
    [
      'a tenant table whose key may be null',
      'alter table ops.effects drop constraint effects_pkey; alter table ops.effects alter organization_id drop not null',
      /ops\.effects\.organization_id may be null/,
    ],
  ])('would not hide %s', async (_what, break_it, sentence) => {
    const client = new pg.Client(till.adminUrl);
    await client.connect();
    try {
      await client.query('begin');
      await client.query(break_it);
      expect(tenancyProblems(await readCatalogIn(client)).join('\n')).toMatch(sentence);
    } finally {
      await client.query('rollback');
      await client.end();
    }
  });
});
