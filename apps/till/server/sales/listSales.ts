import { asTenantPipelined } from '@tillkeeper/platform/database';
import { AppError } from '@tillkeeper/platform/errors';
import type { TillContext } from '../context.ts';
import { type SaleRow, saleColumns, toSale } from './queries.ts';
import type { Sale } from './schema.ts';

/** A shop's sales, newest first by the device's time. Empty for a shop that the caller does not belong to. */
export async function listSales(
  ctx: TillContext,
  input: { readonly shopId: string; readonly limit: number; readonly cursor?: string },
): Promise<{ items: Sale[]; nextCursor: string | null }> {
  const before = input.cursor === undefined ? undefined : readCursor(input.cursor);
  const [found] = await asTenantPipelined(ctx.till, ctx.claims, [
    {
      name: before === undefined ? 'list-sales' : 'list-sales-before',
      text: `select ${saleColumns}
               from sales
              where organization_id = $1::uuid ${before === undefined ? '' : 'and (occurred_at, id) < ($3::timestamptz, $4::uuid)'}
              order by occurred_at desc, id desc
              limit $2::integer + 1`,
      values: [input.shopId, input.limit, ...(before ?? [])],
    },
  ]);
  const rows = (found?.rows ?? []) as SaleRow[];
  const items = rows.slice(0, input.limit).map(toSale);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > input.limit && last !== undefined ? writeCursor(last) : null };
}

function writeCursor(sale: Sale): string {
  return Buffer.from(`${sale.occurredAt} ${sale.id}`).toString('base64url');
}

function readCursor(cursor: string): [occurredAt: string, id: string] {
  const [, at, id] = /^(\S+Z) ([0-9a-f-]{36})$/.exec(Buffer.from(cursor, 'base64url').toString('utf8')) ?? [];
  if (at === undefined || id === undefined)
    throw new AppError('invalid_input', 'this cursor was not made here', { field: 'cursor' });
  return [at, id];
}
