import { randomUUID } from 'node:crypto';
import { testDatabases } from '@tillkeeper/sandbox/testing/database';
import { afterAll, describe, expect, it } from 'vitest';
import { makeShop, type TestShop } from '../../database/testShop.ts';
import { openTestTill } from '../testTill.ts';
import { addProduct } from './addProduct.ts';
import { listProducts } from './listProducts.ts';
import type { NewProduct } from './schema.ts';

const { till } = await testDatabases();
const server = openTestTill(till);
afterAll(() => server.close());

const shop = await makeShop(till.admin, { plan: 'free' });
const tea = (change: Partial<NewProduct> = {}): NewProduct => ({
  name: 'Tea',
  sku: randomUUID(),
  priceMinor: 450,
  ...change,
});
const add = (userId: string, shopId: string, product: NewProduct): ReturnType<typeof addProduct> =>
  addProduct(server.as(userId), { shopId, product });

/** Fills a shop of the free plan (100 products) until so many places are left. */
async function leavePlaces(of: TestShop, places: number): Promise<void> {
  await till.admin.query(
    `insert into public.products (organization_id, name, sku, price_minor)
     select $1, 'Product ' || n, 'F-' || n, 100
       from generate_series(1, 100 - $2::integer - (select count(*)::integer from public.products where organization_id = $1 and archived_at is null)) n`,
    [of.id, places],
  );
}

async function changesOf(of: TestShop): Promise<Record<string, unknown>[]> {
  const { rows } = await till.admin.query(
    `select occurrence_key, actor, payload - 'requestId' as payload from ops.effects where organization_id = $1 and kind = 'till.product_added' order by recorded_at`,
    [of.id],
  );
  return rows;
}

describe('adding a product', () => {
  it('puts it on the shelf and writes down who did it', async () => {
    const added = await add(
      shop.manager,
      shop.id,
      tea({ sku: 'TEA', barcode: '9400000000017', category: 'Tea', taxRateBasisPoints: 1500 }),
    );
    expect(added).toMatchObject({
      name: 'Tea',
      sku: 'TEA',
      barcode: '9400000000017',
      category: 'Tea',
      priceMinor: 450,
      taxRateBasisPoints: 1500,
      archivedAt: null,
    });
    expect(await changesOf(shop)).toEqual([
      {
        occurrence_key: `till:product_added:${added.id}`,
        actor: { kind: 'member', userId: shop.manager, organizationId: shop.id },
        payload: { productId: added.id, name: 'Tea', sku: 'TEA' },
      },
    ]);
  });

  it('refuses a SKU or an id that is taken, and writes nothing down then', async () => {
    const changes = (await changesOf(shop)).length;
    await expect(add(shop.owner, shop.id, tea({ sku: 'LB' }))).rejects.toMatchObject({
      code: 'conflict',
      fields: { field: 'sku' },
    });
    await expect(add(shop.owner, shop.id, tea({ id: shop.productId }))).rejects.toMatchObject({
      code: 'conflict',
      fields: { field: 'id' },
    });
    expect(await changesOf(shop)).toHaveLength(changes);
  });

  it('takes a manager or an owner of this very shop', async () => {
    const other = await makeShop(till.admin);
    await expect(add(shop.cashier, shop.id, tea())).rejects.toMatchObject({ code: 'forbidden' });
    for (const userId of [other.owner, shop.revoked, randomUUID()]) {
      await expect(add(userId, shop.id, tea())).rejects.toMatchObject({ code: 'not_found' });
    }
  });

  it('stops at the plan’s limit and says limit, current and plan; an archived product makes room', async () => {
    const full = await makeShop(till.admin, { plan: 'free' });
    await leavePlaces(full, 1);
    await add(full.owner, full.id, tea());
    await expect(add(full.owner, full.id, tea())).rejects.toMatchObject({
      code: 'limit_exceeded',
      fields: { limit: 100, current: 100, plan: 'free' },
    });
    await till.admin.query(
      'update public.products set archived_at = ops.now() where organization_id = $1 and id = $2',
      [full.id, full.productId],
    );
    await add(full.owner, full.id, tea());
    await till.admin.query(`update public.organizations set subscription_plan = 'enterprise' where id = $1`, [full.id]);
    await add(full.owner, full.id, tea());
  });

  it('gives the last places to as many as there are, however many come at once', async () => {
    const crowded = await makeShop(till.admin, { plan: 'free' });
    await leavePlaces(crowded, 3);
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => add(crowded.manager, crowded.id, tea())));
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(3);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'limit_exceeded' });
    const { rows } = await till.admin.query(
      'select count(*)::integer as n from public.products where organization_id = $1',
      [crowded.id],
    );
    expect(rows).toEqual([{ n: 100 }]);
    expect(await changesOf(crowded)).toHaveLength(3);
  });
});

describe('listing products', () => {
  it('gives each product that is not archived once, page by page, and none to strangers', async () => {
    const listed = await makeShop(till.admin, { plan: 'pro' });
    const names = ['A', 'B', 'C', 'D', 'E'];
    for (const name of names) await add(listed.owner, listed.id, tea({ name }));
    await till.admin.query(
      'update public.products set archived_at = ops.now() where organization_id = $1 and id = $2',
      [listed.id, listed.productId],
    );
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listProducts(server.as(listed.cashier), {
        shopId: listed.id,
        limit: 2,
        ...(cursor === undefined ? {} : { cursor }),
      });
      seen.push(...page.items.map((product) => product.name));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toEqual(names);
    expect((await listProducts(server.as(shop.owner), { shopId: listed.id, limit: 10 })).items).toEqual([]);
  });
});
