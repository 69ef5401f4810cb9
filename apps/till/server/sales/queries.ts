import type { Sale } from './schema.ts';

export interface SaleRow {
  readonly id: string;
  readonly receipt_number: string;
  readonly cashier_id: string;
  readonly tender: 'cash' | 'card';
  readonly currency: string;
  readonly total_minor: number;
  readonly tax_minor: number;
  readonly occurred_at: Temporal.Instant;
  readonly received_at: Temporal.Instant;
}

export const saleColumns =
  'id, receipt_number, cashier_id, tender, currency, total_minor, tax_minor, occurred_at, received_at';

export function toSale(row: SaleRow): Sale {
  return {
    id: row.id,
    receiptNumber: row.receipt_number,
    cashierId: row.cashier_id,
    tender: row.tender,
    currency: row.currency,
    totalMinor: row.total_minor,
    taxMinor: row.tax_minor,
    occurredAt: row.occurred_at.toString(),
    receivedAt: row.received_at.toString(),
  };
}
