import { randomUUID } from 'node:crypto';
import { testDatabases } from '@tillkeeper/sandbox/testing/database';
import { afterAll, describe, expect, it } from 'vitest';
import { makeShop, type TestShop } from '../../database/testShop.ts';
import { openTestTill } from '../testTill.ts';
import { listSales } from './listSales.ts';
import { recordSale } from './recordSale.ts';
import type { NewSale } from './schema.ts';

const { till } = await testDatabases();
const server = openTestTill(till);
afterAll(() => server.close());

const shop = await makeShop(till.admin, { currency: 'NZD' });
const other = await makeShop(till.admin);

function saleOf(of: TestShop, change: Partial<NewSale> = {}): NewSale {
  return {
    id: randomUUID(),
    receiptNumber: `R-${randomUUID()}`,
    occurredAt: '2026-11-23T20:00:00Z',
    tender: 'cash',
    totalMinor: 1750,
    lines: [
      {
        productId: of.productId,
        productName: 'Flat white',
        quantity: 2,
        unitPriceMinor: 550,
        taxRateBasisPoints: 1500,
      },
      {
        productId: of.productId,
        productName: 'Cinnamon roll',
        quantity: 1,
        unitPriceMinor: 650,
        taxRateBasisPoints: 1500,
      },
    ],
    ...change,
  };
}

const send = (userId: string, shopId: string, sale: NewSale): ReturnType<typeof recordSale> =>
  recordSale(server.as(userId), { shopId, sale });

async function storedLines(saleId: string): Promise<Record<string, unknown>[]> {
  const { rows } = await till.admin.query(
    `select line_number, product_name, quantity, unit_price_minor::integer, tax_minor::integer, total_minor::integer
       from public.sale_lines where sale_id = $1 order by line_number`,
    [saleId],
  );
  return rows;
}

describe('recording a sale', () => {
  it('stores what was sold with the tax that is in it, in the shop’s currency and the cashier’s name', async () => {
    const sale = saleOf(shop);
    const { sale: kept, stored } = await send(shop.cashier, shop.id, sale);
    expect(stored).toBe(true);
    // 1750 * 15 / 115 = 228.26, rounded once for the sale and shared out to the lines.
    expect(kept).toMatchObject({
      id: sale.id,
      receiptNumber: sale.receiptNumber,
      cashierId: shop.cashier,
      tender: 'cash',
      currency: 'NZD',
      totalMinor: 1750,
      taxMinor: 228,
      occurredAt: '2026-11-23T20:00:00Z',
    });
    expect(await storedLines(sale.id)).toEqual([
      {
        line_number: 1,
        product_name: 'Flat white',
        quantity: 2,
        unit_price_minor: 550,
        tax_minor: 143,
        total_minor: 1100,
      },
      {
        line_number: 2,
        product_name: 'Cinnamon roll',
        quantity: 1,
        unit_price_minor: 650,
        tax_minor: 85,
        total_minor: 650,
      },
    ]);
  });

  it('stores it once, however often and by whomever it is sent', async () => {
    const sale = saleOf(shop);
    const first = await send(shop.cashier, shop.id, sale);
    const again = await send(shop.manager, shop.id, { ...sale, occurredAt: '2026-11-23T22:00:00+02:00' });
    expect(again).toEqual({ sale: first.sale, stored: false });
    expect(await storedLines(sale.id)).toHaveLength(2);
  });

  it('stores it once when it is sent ten times in the same moment', async () => {
    const sale = saleOf(shop);
    const results = await Promise.all(Array.from({ length: 10 }, () => send(shop.cashier, shop.id, sale)));
    expect(results.filter((result) => result.stored)).toHaveLength(1);
    expect(new Set(results.map((result) => JSON.stringify(result.sale))).size).toBe(1);
    expect(await storedLines(sale.id)).toHaveLength(2);
  });

  it('refuses another sale under the same id or receipt number, and keeps the first', async () => {
    const sale = saleOf(shop);
    await send(shop.cashier, shop.id, sale);
    await expect(send(shop.cashier, shop.id, { ...sale, tender: 'card' })).rejects.toMatchObject({
      code: 'conflict',
      fields: { field: 'id' },
    });
    const twin = saleOf(shop, { receiptNumber: sale.receiptNumber });
    await expect(send(shop.cashier, shop.id, twin)).rejects.toMatchObject({
      code: 'conflict',
      fields: { field: 'receiptNumber' },
    });
    expect(await storedLines(twin.id)).toEqual([]);
    expect((await send(shop.cashier, shop.id, sale)).sale.tender).toBe('cash');
  });

  it('refuses a total that the lines do not make, amounts that cannot be counted exactly, and products that are not the shop’s', async () => {
    await expect(send(shop.cashier, shop.id, saleOf(shop, { totalMinor: 1751 }))).rejects.toMatchObject({
      code: 'invalid_input',
      fields: { field: 'totalMinor', expected: 1750 },
    });
    const [line] = saleOf(shop).lines;
    if (line === undefined) throw new Error('a sale has lines');
    const huge = { ...line, unitPriceMinor: Number.MAX_SAFE_INTEGER };
    await expect(
      send(shop.cashier, shop.id, saleOf(shop, { lines: [huge], totalMinor: Number.MAX_SAFE_INTEGER })),
    ).rejects.toMatchObject({
      code: 'invalid_input',
    });
    for (const productId of [randomUUID(), other.productId]) {
      const sale = saleOf(shop, { lines: [{ ...line, productId }], totalMinor: 1100 });
      await expect(send(shop.cashier, shop.id, sale)).rejects.toMatchObject({
        code: 'invalid_input',
        fields: { field: 'lines' },
      });
      expect(await storedLines(sale.id)).toEqual([]);
    }
  });

  it('finds no shop for those who do not work there, and stores nothing', async () => {
    for (const userId of [other.owner, shop.revoked, randomUUID()]) {
      const sale = saleOf(shop);
      await expect(send(userId, shop.id, sale)).rejects.toMatchObject({ code: 'not_found' });
      expect(await storedLines(sale.id)).toEqual([]);
    }
    await expect(send(shop.cashier, randomUUID(), saleOf(shop))).rejects.toMatchObject({ code: 'not_found' });
  });

  it('never stops a shop at the counter: the month’s limit of the plan refuses nothing', async () => {
    const busy = await makeShop(till.admin, { plan: 'free' });
    await till.admin.query(
      `insert into public.sales (organization_id, id, receipt_number, cashier_id, tender, currency, total_minor, tax_minor, content_hash, occurred_at)
       select $1, gen_random_uuid(), 'B-' || n, $2, 'cash', 'USD', 100, 0, 'x', ops.now() from generate_series(1, 500) n`,
      [busy.id, busy.cashier],
    );
    const [{ now } = { now: '' }] = (
      await till.admin.query<{ now: string }>(`select to_json(ops.now()) #>> '{}' as now`)
    ).rows;
    expect((await send(busy.cashier, busy.id, saleOf(busy, { occurredAt: now }))).stored).toBe(true);
  });

  it('stores a sale with its lines or not at all', async () => {
    const sale = saleOf(shop);
    await send(shop.cashier, shop.id, sale);
    const { rows } = await till.admin.query<{ sale: string; lines: string[] }>(
      `select s.xmin::text as sale, array(select distinct l.xmin::text from public.sale_lines l where l.sale_id = s.id) as lines
         from public.sales s where s.id = $1`,
      [sale.id],
    );
    expect(rows[0]?.lines).toEqual([rows[0]?.sale]);
  });
});

describe('listing sales', () => {
  it('gives every sale once, newest first, page by page, also where times are equal', async () => {
    const listed = await makeShop(till.admin);
    const ids: string[] = [];
    for (const minute of [5, 1, 3, 3, 3, 2]) {
      const sale = saleOf(listed, { occurredAt: `2026-11-23T20:0${minute}:00Z` });
      ids.push((await send(listed.cashier, listed.id, sale)).sale.id);
    }
    const seen: string[] = [];
    const times: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listSales(server.as(listed.cashier), {
        shopId: listed.id,
        limit: 2,
        ...(cursor === undefined ? {} : { cursor }),
      });
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items.map((sale) => sale.id));
      times.push(...page.items.map((sale) => sale.occurredAt));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(new Set(seen)).toEqual(new Set([...ids, listed.saleId]));
    expect(seen).toHaveLength(7);
    expect(times).toEqual(times.toSorted().toReversed());
  });

  it('shows nothing of a shop to strangers, and refuses a cursor from elsewhere', async () => {
    expect(await listSales(server.as(other.owner), { shopId: shop.id, limit: 10 })).toEqual({
      items: [],
      nextCursor: null,
    });
    for (const cursor of ['nonsense', Buffer.from("2026-11-23T20:00:00Z ' or true --").toString('base64url')]) {
      await expect(listSales(server.as(shop.cashier), { shopId: shop.id, limit: 10, cursor })).rejects.toMatchObject({
        code: 'invalid_input',
      });
    }
  });
});
