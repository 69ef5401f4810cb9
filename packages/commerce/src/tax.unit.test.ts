import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { minor } from './money.ts';
import { saleTotals, type TaxedLine, taxIncludedIn } from './tax.ts';

const rate = fc.constantFrom(0, 700, 1_900, 2_000, 825);
const line: fc.Arbitrary<TaxedLine> = fc.record({
  gross: fc.integer({ min: -100_000, max: 1_000_000 }).map(minor),
  rateBasisPoints: rate,
});

describe('taxIncludedIn', () => {
  it('takes the tax out of a price that includes it', () => {
    expect(taxIncludedIn(minor(11_900), 1_900)).toBe(1_900);
    expect(taxIncludedIn(minor(1_000), 700)).toBe(65);
    expect(taxIncludedIn(minor(-11_900), 1_900)).toBe(-1_900);
    expect(taxIncludedIn(minor(999), 0)).toBe(0);
  });

  it('refuses a rate that is no number of basis points', () => {
    for (const wrong of [-1, 0.19, 10_001, Number.NaN])
      expect(() => taxIncludedIn(minor(100), wrong)).toThrow(RangeError);
  });
});

describe('saleTotals', () => {
  it('rounds once per rate, not once per line', () => {
    // Line by line each 0.99 at 19 % holds 0.1581, rounded 0.16: ten lines would make 1.60. The sale holds 1.58.
    const totals = saleTotals(Array.from({ length: 10 }, () => ({ gross: minor(99), rateBasisPoints: 1_900 })));
    expect(totals).toMatchObject({ gross: 990, tax: 158, net: 832 });
    expect(totals.lineTax.toSorted()).toEqual([15, 15, 16, 16, 16, 16, 16, 16, 16, 16]);
  });

  it('lists the rates apart, lowest first', () => {
    const totals = saleTotals([
      { gross: minor(11_900), rateBasisPoints: 1_900 },
      { gross: minor(10_700), rateBasisPoints: 700 },
    ]);
    expect(totals.byRate).toEqual([
      { rateBasisPoints: 700, gross: 10_700, tax: 700, net: 10_000 },
      { rateBasisPoints: 1_900, gross: 11_900, tax: 1_900, net: 10_000 },
    ]);
    expect(totals).toMatchObject({ gross: 22_600, tax: 2_600, net: 20_000, lineTax: [1_900, 700] });
  });

  it('is empty for an empty sale', () => {
    expect(saleTotals([])).toEqual({ gross: 0, tax: 0, net: 0, byRate: [], lineTax: [] });
  });

  it('agrees to the cent between lines, rates and total, with sales and returns mixed', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
        const totals = saleTotals(lines);
        expect(totals.net + totals.tax).toBe(totals.gross);
        expect(totals.gross).toBe(lines.reduce((sum, each) => sum + each.gross, 0));
        for (const each of totals.byRate) {
          expect(each.tax).toBe(taxIncludedIn(each.gross, each.rateBasisPoints));
          expect(each.net + each.tax).toBe(each.gross);
          const ofRate = totals.lineTax.filter((_, index) => lines[index]?.rateBasisPoints === each.rateBasisPoints);
          expect(ofRate.reduce((sum, tax) => sum + tax, 0)).toBe(each.tax);
        }
      }),
    );
  });

  it('gives no line tax of the wrong sign, nor more than a cent and a rounding away from its own', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
        saleTotals(lines).lineTax.forEach((tax, index) => {
          const { gross, rateBasisPoints } = lines[index] ?? { gross: minor(0), rateBasisPoints: 0 };
          expect(tax * Math.sign(gross)).toBeGreaterThanOrEqual(0);
          expect(Math.abs(tax - taxIncludedIn(gross, rateBasisPoints))).toBeLessThanOrEqual(2);
        });
      }),
    );
  });

  it('does not depend on the order of the lines for its totals', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
        const { byRate } = saleTotals(lines);
        expect(saleTotals(lines.toReversed()).byRate).toEqual(byRate);
      }),
    );
  });
});
