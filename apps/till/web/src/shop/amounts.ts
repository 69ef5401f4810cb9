import { exponentOf, formatMoney, minor } from '@tillkeeper/commerce/money';

const formats = new Map<string, Intl.NumberFormat>();

/** What the browser knows of the shop's locale; a shop may have set one that no browser knows. */
function known(locale: string): string {
  try {
    return Intl.NumberFormat.supportedLocalesOf(locale)[0] ?? 'en';
  } catch {
    return 'en';
  }
}

/** Minor units as the shop's country writes money, with the currency's sign: for totals and prices of the plan. */
export function money(amountMinor: number, currency: string, locale: string): string {
  return formatMoney(minor(amountMinor), currency, known(locale));
}

/** The same without the sign, for rows that are all in the shop's own currency. */
export function amount(amountMinor: number, currency: string, locale: string): string {
  const digits = exponentOf(currency);
  const key = `${locale} ${digits}`;
  const format =
    formats.get(key) ??
    new Intl.NumberFormat(known(locale), { minimumFractionDigits: digits, maximumFractionDigits: digits });
  formats.set(key, format);
  return format.format(amountMinor / 10 ** digits);
}
