declare const minorBrand: unique symbol;

/** An amount in the smallest unit of its currency: cents, yen, fils. A safe integer, negative for what is given back. */
export type Minor = number & { readonly [minorBrand]: 'Minor' };

/** The number as an amount. Throws `RangeError` for fractions and for what a number cannot hold exactly. */
export function minor(value: number): Minor {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is no whole number of minor units`);
  // -0 would print as "-$0.00".
  return (value === 0 ? 0 : value) as Minor;
}

export const zero: Minor = minor(0);

/** The sum; 0 for none. Throws `RangeError` where it cannot be held exactly. */
export function add(...amounts: readonly Minor[]): Minor {
  let sum = 0;
  // Checked at each step: a sum that leaves the safe range and comes back has lost cents.
  for (const amount of amounts) sum = minor(sum + amount);
  return minor(sum);
}

export function subtract(from: Minor, amount: Minor): Minor {
  return minor(from - amount);
}

/** `quantity` of it, a whole number. Throws `RangeError` where the product cannot be held exactly. */
export function multiply(amount: Minor, quantity: number): Minor {
  if (!Number.isSafeInteger(quantity)) throw new RangeError(`${quantity} is no whole quantity`);
  return minor(amount * quantity);
}

/** `amount * numerator / denominator`, rounded half away from zero, as receipts are. Exact in between. */
export function scale(amount: Minor, numerator: number, denominator: number): Minor {
  if (!Number.isSafeInteger(numerator) || !Number.isSafeInteger(denominator))
    throw new RangeError('a ratio has whole numbers');
  if (denominator <= 0) throw new RangeError('a denominator is above 0');
  const product = BigInt(amount) * BigInt(numerator);
  const size = product < 0n ? -product : product;
  const over = BigInt(denominator);
  const rounded = (2n * size + over) / (2n * over);
  return minor(Number(product < 0n ? -rounded : rounded));
}

/**
 * Divides an amount by weights so that the parts add up to it exactly: each gets its share rounded towards zero, and what is left goes, one
 * unit each, to the largest remainders (the first of equals). Throws `RangeError` for weights that are negative, broken, or all 0 where there
 * is something to divide.
 */
export function allocate(amount: Minor, weights: readonly number[]): Minor[] {
  for (const weight of weights) {
    if (!Number.isSafeInteger(weight) || weight < 0)
      throw new RangeError(`${weight} is no weight: a whole number from 0`);
  }
  const whole = weights.reduce((sum, weight) => sum + BigInt(weight), 0n);
  if (whole === 0n) {
    if (amount !== 0) throw new RangeError('there is nobody to give it to');
    return weights.map(() => zero);
  }
  const size = BigInt(Math.abs(amount));
  const shares = weights.map((weight, index) => {
    const product = size * BigInt(weight);
    return { index, units: product / whole, remainder: product % whole };
  });
  let left = Number(size - shares.reduce((sum, share) => sum + share.units, 0n));
  // Fewer units are left than there are shares with a remainder, so nobody without one gets any.
  const byRemainder = shares.toSorted((a, b) =>
    a.remainder === b.remainder ? a.index - b.index : a.remainder < b.remainder ? 1 : -1,
  );
  for (const share of byRemainder) {
    if (left === 0) break;
    share.units += 1n;
    left -= 1;
  }
  return shares.map(({ units }) => minor(Number(amount < 0 ? -units : units)));
}

const formats = new Map<string, Intl.NumberFormat>();

function formatOf(currency: string, locale: string): Intl.NumberFormat {
  const key = `${locale} ${currency}`;
  const known = formats.get(key);
  if (known !== undefined) return known;
  const made = new Intl.NumberFormat(locale, { style: 'currency', currency });
  formats.set(key, made);
  return made;
}

/** Digits after the point of a currency (ISO 4217): 2 for USD, 0 for JPY, 3 for KWD. Throws `RangeError` for what is no currency code. */
export function exponentOf(currency: string): number {
  return formatOf(currency.toUpperCase(), 'en').resolvedOptions().maximumFractionDigits ?? 2;
}

/** `$1,234.50`, `¥1,235`, `KWD 1.234`. The currency in either case; the amount exactly, whatever its size. */
export function formatMoney(amount: Minor, currency: string, locale = 'en'): string {
  const code = currency.toUpperCase();
  // As text, since a division would go through binary fractions.
  const digits = exponentOf(code);
  const size = String(Math.abs(amount)).padStart(digits + 1, '0');
  const decimal = digits === 0 ? size : `${size.slice(0, -digits)}.${size.slice(-digits)}`;
  return formatOf(code, locale).format(`${amount < 0 ? '-' : ''}${decimal}` as Intl.StringNumericLiteral);
}
