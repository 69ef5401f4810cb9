import { createHash } from 'node:crypto';
import type { NewSale } from './schema.ts';

/**
 * SHA-256 (hex) of what was sold. Two sendings of one sale agree in it; who sends is left out, because the next shift sends what the last one
 * could not. Fields are written in a fixed order and the time as an instant, so that the spelling of the JSON does not count.
 */
export function contentHash(sale: NewSale): string {
  const content = [
    sale.receiptNumber,
    Temporal.Instant.from(sale.occurredAt).toString(),
    sale.tender,
    sale.totalMinor,
    sale.lines.map((line) => [
      line.productId.toLowerCase(),
      line.productName,
      line.quantity,
      line.unitPriceMinor,
      line.taxRateBasisPoints,
    ]),
  ];
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}
