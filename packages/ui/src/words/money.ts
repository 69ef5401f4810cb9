const formatters = new Map<string, Intl.NumberFormat>();

function formatter(currency: string, cents: boolean): Intl.NumberFormat {
  const key = `${currency} ${cents}`;
  const known = formatters.get(key);
  if (known) return known;
  const made = new Intl.NumberFormat('en-US', {
    style: 'currency',
    currency,
    ...(cents ? {} : { minimumFractionDigits: 0, maximumFractionDigits: 0 }),
  });
  formatters.set(key, made);
  return made;
}

/**
 * An amount in the currency's minor unit (cents; whole yen) as `$99.00`, or `$184,234` where cents do not matter: then it is cut, not
 * rounded up, since a figure must not promise more than there is.
 */
export function money(minor: number, currency: string, cents: 'cents' | 'whole' = 'cents'): string {
  const upper = currency.toUpperCase();
  const digits = formatter(upper, true).resolvedOptions().maximumFractionDigits ?? 2;
  const value = minor / 10 ** digits;
  return formatter(upper, cents === 'cents')
    .format(cents === 'cents' ? value : Math.trunc(value))
    .replace('-', '−');
}

const counts = new Intl.NumberFormat('en-US');

/** `18,204` */
export function count(value: number): string {
  return counts.format(value).replace('-', '−');
}

/** `1 organization`, `37 organizations` */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}
