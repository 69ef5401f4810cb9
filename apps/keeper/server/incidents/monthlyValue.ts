export interface RecurringSum {
  readonly currency: string;
  /** month, year, week or day. */
  readonly interval: string;
  /** Sum of unit amount times quantity, in the currency's minor unit. */
  readonly minor: number;
}

export interface Amount {
  readonly currency: string;
  readonly minor: number;
}

/** A month's share of one interval, in twelfths: so that a year's twelfth stays exact until it is shown. */
const twelfths: Readonly<Record<string, bigint>> = { month: 12n, year: 1n, week: 52n, day: 365n };

/**
 * Monthly value per currency: month 1, year 1/12, week 52/12, day 365/12 (the house definition of MRR). Summed exactly and rounded once, half
 * away from zero, to the minor unit. Throws on an interval that Stripe does not have.
 */
export function monthlyValue(sums: readonly RecurringSum[]): Amount[] {
  const byCurrency = new Map<string, bigint>();
  for (const { currency, interval, minor } of sums) {
    const factor = Object.hasOwn(twelfths, interval) ? twelfths[interval] : undefined;
    if (factor === undefined) throw new Error(`no monthly value for the interval ${interval}`);
    const name = currency.toUpperCase();
    byCurrency.set(name, (byCurrency.get(name) ?? 0n) + BigInt(minor) * factor);
  }
  return [...byCurrency.entries()]
    .map(([currency, sum]) => ({ currency, minor: Number((sum < 0n ? sum - 6n : sum + 6n) / 12n) }))
    .filter(({ minor }) => minor !== 0)
    .sort((a, b) => b.minor - a.minor || (a.currency < b.currency ? -1 : 1));
}
