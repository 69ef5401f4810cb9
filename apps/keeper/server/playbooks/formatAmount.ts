import { formatMoney, minor } from '@tillkeeper/commerce/money';

/** `$29.00`, from the currency's minor unit, as mails and timelines write it. */
export function formatAmount(amount: number, currency: string): string {
  return formatMoney(minor(amount), currency.toUpperCase());
}

/** `$120.00 and €30.00 a month`, or that nothing is at stake. */
export function formatMonthly(amounts: readonly { readonly currency: string; readonly minor: number }[]): string {
  if (amounts.length === 0) return 'no recurring revenue';
  return `${amounts.map((amount) => formatAmount(amount.minor, amount.currency)).join(' and ')} a month`;
}
