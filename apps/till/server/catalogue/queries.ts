import type { Product } from './schema.ts';

export interface ProductRow {
  readonly id: string;
  readonly name: string;
  readonly sku: string;
  readonly barcode: string | null;
  readonly category: string;
  readonly price_minor: number;
  readonly tax_rate_basis_points: number;
  readonly archived_at: Temporal.Instant | null;
}

export const productColumns = 'id, name, sku, barcode, category, price_minor, tax_rate_basis_points, archived_at';

export function toProduct(row: ProductRow): Product {
  return {
    id: row.id,
    name: row.name,
    sku: row.sku,
    barcode: row.barcode,
    category: row.category,
    priceMinor: row.price_minor,
    taxRateBasisPoints: row.tax_rate_basis_points,
    archivedAt: row.archived_at?.toString() ?? null,
  };
}
