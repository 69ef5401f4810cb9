import { asTenantPipelined } from '@tillkeeper/platform/database';
import type { TillContext } from '../context.ts';
import { type ProductRow, productColumns, toProduct } from './queries.ts';
import type { Product } from './schema.ts';

/** A shop's products that are not archived, in the order in which they were added. Empty for a shop that the caller does not belong to. */
export async function listProducts(
  ctx: TillContext,
  input: { readonly shopId: string; readonly limit: number; readonly cursor?: string },
): Promise<{ items: Product[]; nextCursor: string | null }> {
  const [found] = await asTenantPipelined(ctx.till, ctx.claims, [
    {
      name: 'list-products',
      text: `select ${productColumns}
               from products
              where organization_id = $1::uuid and archived_at is null and ($2::uuid is null or id > $2::uuid)
              order by id
              limit $3::integer + 1`,
      values: [input.shopId, input.cursor ?? null, input.limit],
    },
  ]);
  const rows = (found?.rows ?? []) as ProductRow[];
  const items = rows.slice(0, input.limit).map(toProduct);
  return { items, nextCursor: rows.length > input.limit ? (items.at(-1)?.id ?? null) : null };
}
