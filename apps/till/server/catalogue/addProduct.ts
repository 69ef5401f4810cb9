import { randomUUIDv7 } from 'node:crypto';
import { asTenant } from '@tillkeeper/platform/database';
import { AppError } from '@tillkeeper/platform/errors';
import pg from 'pg';
import type { TillContext } from '../context.ts';
import { type ProductRow, productColumns, toProduct } from './queries.ts';
import type { NewProduct, Product } from './schema.ts';

interface Room {
  readonly plan: string;
  readonly most: number | null;
  readonly current: number;
  readonly role: string;
}

/**
 * Adds a product to a shop's catalogue, with its audit row in the same transaction. Errors: `not_found` for a shop that is not the caller's,
 * `forbidden` for a cashier, `limit_exceeded` {limit, current, plan} when the plan holds no more, `conflict` {field} for a SKU or id in use.
 */
export async function addProduct(
  ctx: TillContext,
  input: { readonly shopId: string; readonly product: NewProduct },
): Promise<Product> {
  const { shopId, product } = input;
  const id = product.id ?? randomUUIDv7();
  return asTenant(ctx.till, ctx.claims, async (tx) => {
    // Two products at once must not both take the last place, so one shop's catalogue grows one product at a time.
    await tx.query(`select pg_advisory_xact_lock(hashtextextended('products of ' || $1::text, 0))`, [shopId]);
    const [room] = await tx.query<Room>(
      `select o.subscription_plan as plan, (p.limits ->> 'products')::integer as most, m.role,
              (select count(*)::integer from products where organization_id = o.id and archived_at is null) as current
         from organizations o
         join plans p on p.id = o.subscription_plan
         join organization_members m on m.organization_id = o.id and m.user_id = auth.uid() and m.revoked_at is null
        where o.id = $1::uuid`,
      [shopId],
    );
    if (room === undefined) throw new AppError('not_found', 'there is no such shop', { shopId });
    if (room.role === 'cashier')
      throw new AppError('forbidden', 'adding products takes a manager', { role: room.role });
    if (room.most !== null && room.current >= room.most) {
      throw new AppError('limit_exceeded', `the ${room.plan} plan holds ${room.most} products`, {
        limit: room.most,
        current: room.current,
        plan: room.plan,
      });
    }
    const rows = await tx
      .query<ProductRow>(
        `insert into products (organization_id, id, name, sku, barcode, category, price_minor, tax_rate_basis_points)
         values ($1::uuid, $2::uuid, $3::text, $4::text, $5::text, coalesce($6::text, 'Other'), $7::bigint, $8::integer)
         returning ${productColumns}`,
        [
          shopId,
          id,
          product.name,
          product.sku,
          product.barcode ?? null,
          product.category ?? null,
          product.priceMinor,
          product.taxRateBasisPoints ?? 0,
        ],
      )
      .catch((error: unknown) => {
        throw takenBy(error) ?? error;
      });
    await tx.query(`select private.record_change($1::uuid, $2::text, 'product_added', $3::jsonb)`, [
      shopId,
      `product_added:${id}`,
      JSON.stringify({ productId: id, name: product.name, sku: product.sku, requestId: ctx.requestId }),
    ]);
    const [added] = rows;
    if (added === undefined) throw new Error('insert returned no row');
    return toProduct(added);
  });
}

function takenBy(error: unknown): AppError | undefined {
  if (!(error instanceof pg.DatabaseError) || error.code !== '23505') return undefined;
  const field = error.constraint === 'products_organization_id_sku_key' ? 'sku' : 'id';
  return new AppError(
    'conflict',
    `another product has this ${field === 'sku' ? 'SKU' : 'id'}`,
    { field },
    { cause: error },
  );
}
