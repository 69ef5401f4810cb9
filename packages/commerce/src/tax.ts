import { add, allocate, type Minor, minor, scale, subtract } from './money.ts';

/** 19 % is 1,900. */
const wholeInBasisPoints = 10_000;

/** The tax inside a price that includes it: gross * rate / (100 % + rate), rounded half away from zero. Rates are basis points, 0 to 100 %. */
export function taxIncludedIn(gross: Minor, rateBasisPoints: number): Minor {
  if (!Number.isSafeInteger(rateBasisPoints) || rateBasisPoints < 0 || rateBasisPoints > wholeInBasisPoints) {
    throw new RangeError(`${rateBasisPoints} is no tax rate in basis points`);
  }
  return scale(gross, rateBasisPoints, wholeInBasisPoints + rateBasisPoints);
}

export interface TaxedLine {
  /** What the customer pays for the line, tax included, discounts taken off. Negative for what comes back. */
  readonly gross: Minor;
  readonly rateBasisPoints: number;
}

export interface SaleTotals {
  readonly gross: Minor;
  readonly tax: Minor;
  readonly net: Minor;
  /** One row per rate, lowest first, as the receipt prints them. */
  readonly byRate: readonly {
    readonly rateBasisPoints: number;
    readonly gross: Minor;
    readonly tax: Minor;
    readonly net: Minor;
  }[];
  /** The tax of each line, in the order given. Within a rate they add up to the rate's tax. */
  readonly lineTax: readonly Minor[];
}

/**
 * Totals of a sale at prices that include tax. Tax is rounded once per rate and sale, since rounding each line would drift by a cent every
 * few lines, and then divided among the lines by largest remainder, so that lines, rates and total agree to the cent.
 */
export function saleTotals(lines: readonly TaxedLine[]): SaleTotals {
  const lineTax: Minor[] = lines.map(() => minor(0));
  const rates = [...new Set(lines.map((line) => line.rateBasisPoints))].sort((a, b) => a - b);
  const byRate = rates.map((rateBasisPoints) => {
    const members = [...lines.entries()].filter(([, line]) => line.rateBasisPoints === rateBasisPoints);
    const gross = add(...members.map(([, line]) => line.gross));
    const tax = taxIncludedIn(gross, rateBasisPoints);
    for (const [at, share] of shareTax(tax, rateBasisPoints, members)) lineTax[at] = share;
    return { rateBasisPoints, gross, tax, net: subtract(gross, tax) };
  });
  const gross = add(...byRate.map((rate) => rate.gross));
  const tax = add(...byRate.map((rate) => rate.tax));
  return { gross, tax, net: subtract(gross, tax), byRate, lineTax };
}

/**
 * Sold and returned lines are shared out apart: weights have one sign. The larger side takes what rounding leaves, so no line gets tax of the
 * wrong sign.
 */
function shareTax(
  tax: Minor,
  rateBasisPoints: number,
  members: readonly (readonly [number, TaxedLine])[],
): [number, Minor][] {
  const sold = members.filter(([, line]) => line.gross > 0);
  const returned = members.filter(([, line]) => line.gross < 0);
  const soldGross = add(...sold.map(([, line]) => line.gross));
  const returnedGross = add(...returned.map(([, line]) => line.gross));
  const soldLarger = soldGross >= -returnedGross;
  const returnedTax = soldLarger
    ? taxIncludedIn(returnedGross, rateBasisPoints)
    : subtract(tax, taxIncludedIn(soldGross, rateBasisPoints));
  const soldTax = subtract(tax, returnedTax);
  return [...divide(soldTax, sold), ...divide(returnedTax, returned)];
}

function divide(tax: Minor, members: readonly (readonly [number, TaxedLine])[]): [number, Minor][] {
  const shares = allocate(
    tax,
    members.map(([, line]) => Math.abs(line.gross)),
  );
  return members.map(([at], index) => [at, shares[index] ?? minor(0)]);
}
