import { type Minor, minor, multiply } from '@tillkeeper/commerce/money';
import { saleTotals } from '@tillkeeper/commerce/tax';
import { asTenantPipelined } from '@tillkeeper/platform/database';
import { AppError } from '@tillkeeper/platform/errors';
import pg from 'pg';
import type { TillContext } from '../context.ts';
import { contentHash } from './contentHash.ts';
import { type SaleRow, saleColumns, toSale } from './queries.ts';
import type { NewSale, Sale } from './schema.ts';

// The currency comes from the shop, so a shop that the caller does not belong to stores nothing: row security hides it. Of two sendings of one
// sale at the same moment the second waits for the first and then stores nothing either.
const storeSale = `
  with sale as (
    insert into sales (organization_id, id, receipt_number, cashier_id, tender, currency, total_minor, tax_minor, content_hash, occurred_at)
    select o.id, $2::uuid, $3::text, auth.uid(), $4::text, o.currency, $5::bigint, $6::bigint, $7::text, $8::timestamptz
      from organizations o
     where o.id = $1::uuid
    on conflict (organization_id, id) do nothing
    returning organization_id, id
  )
  insert into sale_lines (organization_id, sale_id, line_number, product_id, product_name, quantity, unit_price_minor, tax_rate_basis_points,
                          tax_minor, total_minor)
  select sale.organization_id, sale.id, line.number, line.product_id, line.product_name, line.quantity, line.unit_price_minor, line.tax_rate,
         line.tax_minor, line.total_minor
    from sale,
         unnest($9::uuid[], $10::text[], $11::integer[], $12::bigint[], $13::integer[], $14::bigint[], $15::bigint[])
           with ordinality as line(product_id, product_name, quantity, unit_price_minor, tax_rate, tax_minor, total_minor, number)`;

const readSale = `select ${saleColumns}, content_hash from sales where organization_id = $1::uuid and id = $2::uuid`;

/**
 * Stores a sale once, however often it is sent: `stored` is false when it was there already. No limit of a plan refuses it; a shop is never
 * stopped at the counter. One wait for the database. Errors: `invalid_input` for a total that is not the lines' or a product that the shop does
 * not have, `not_found` for a shop that is not the caller's, `conflict` when the id or the receipt number stands for another sale.
 */
export async function recordSale(
  ctx: TillContext,
  input: { readonly shopId: string; readonly sale: NewSale },
): Promise<{ sale: Sale; stored: boolean }> {
  const { shopId, sale } = input;
  const { gross, tax, lineGross, lineTax, hash } = workOut(sale);
  const results = await asTenantPipelined(ctx.till, ctx.claims, [
    {
      name: 'store-sale',
      text: storeSale,
      values: [
        shopId,
        sale.id,
        sale.receiptNumber,
        sale.tender,
        gross,
        tax,
        hash,
        sale.occurredAt,
        sale.lines.map((line) => line.productId),
        sale.lines.map((line) => line.productName),
        sale.lines.map((line) => line.quantity),
        sale.lines.map((line) => line.unitPriceMinor),
        sale.lines.map((line) => line.taxRateBasisPoints),
        lineTax,
        lineGross,
      ],
    },
    { name: 'read-sale', text: readSale, values: [shopId, sale.id] },
  ]).catch((error: unknown) => {
    throw refusal(error, sale) ?? error;
  });
  const kept = results[1]?.rows[0] as (SaleRow & { readonly content_hash: string }) | undefined;
  if (kept === undefined) throw new AppError('not_found', 'there is no such shop', { shopId });
  if (kept.content_hash !== hash) {
    throw new AppError('conflict', 'this id stands for another sale', { field: 'id', saleId: sale.id });
  }
  return { sale: toSale(kept), stored: (results[0]?.rowCount ?? 0) > 0 };
}

/** What the register should have come to, by the rules that it shares with the server. */
function workOut(sale: NewSale) {
  try {
    const lineGross: Minor[] = sale.lines.map((line) => multiply(minor(line.unitPriceMinor), line.quantity));
    const totals = saleTotals(
      sale.lines.map((line, at) => ({ gross: lineGross[at] ?? minor(0), rateBasisPoints: line.taxRateBasisPoints })),
    );
    if (totals.gross !== sale.totalMinor) {
      throw new AppError('invalid_input', 'the total is not the sum of the lines', {
        field: 'totalMinor',
        expected: totals.gross,
      });
    }
    return { gross: totals.gross, tax: totals.tax, lineGross, lineTax: totals.lineTax, hash: contentHash(sale) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new AppError('invalid_input', 'an amount or the time cannot be counted exactly', {}, { cause: error });
  }
}

function refusal(error: unknown, sale: NewSale): AppError | undefined {
  if (!(error instanceof pg.DatabaseError)) return undefined;
  if (error.constraint === 'sales_organization_id_receipt_number_key') {
    return new AppError(
      'conflict',
      'this receipt number stands for another sale',
      { field: 'receiptNumber', receiptNumber: sale.receiptNumber },
      { cause: error },
    );
  }
  if (error.constraint === 'sale_lines_organization_id_product_id_fkey') {
    return new AppError('invalid_input', 'the shop has no such product', { field: 'lines' }, { cause: error });
  }
  return undefined;
}
