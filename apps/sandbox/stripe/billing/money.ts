import type { Price } from '../store/objects.ts';

/** `$29.00`, for descriptions and pages. */
export function formatMoney(amount: number, currency: string): string {
  const format = new Intl.NumberFormat('en-US', { style: 'currency', currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(amount / 10 ** digits);
}

/** `$29.00 / month` */
export function formatPrice(price: Price): string {
  const amount = formatMoney(price.unit_amount ?? 0, price.currency);
  if (price.recurring === null) return amount;
  const { interval, interval_count: every } = price.recurring;
  return every === 1 ? `${amount} / ${interval}` : `${amount} every ${every} ${interval}s`;
}
