import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { monthlyValue } from './monthlyValue.ts';

describe('monthly value', () => {
  it('takes a month whole, a year by twelfths, a week 52/12 and a day 365/12', () => {
    expect(monthlyValue([{ currency: 'usd', interval: 'month', minor: 2900 }])).toEqual([
      { currency: 'USD', minor: 2900 },
    ]);
    expect(monthlyValue([{ currency: 'usd', interval: 'year', minor: 120_000 }])).toEqual([
      { currency: 'USD', minor: 10_000 },
    ]);
    expect(monthlyValue([{ currency: 'usd', interval: 'week', minor: 1200 }])).toEqual([
      { currency: 'USD', minor: 5200 },
    ]);
    expect(monthlyValue([{ currency: 'usd', interval: 'day', minor: 1200 }])).toEqual([
      { currency: 'USD', minor: 36_500 },
    ]);
  });

  it('rounds the sum once, not each part', () => {
    // Three yearly subscriptions of 10 cents a year are 2.5 cents a month together and 0.83 each.
    const yearly = { currency: 'usd', interval: 'year', minor: 10 };
    expect(monthlyValue([yearly, yearly, yearly])).toEqual([{ currency: 'USD', minor: 3 }]);
  });

  it('keeps currencies apart and leaves out what is nothing', () => {
    expect(
      monthlyValue([
        { currency: 'eur', interval: 'month', minor: 100 },
        { currency: 'usd', interval: 'month', minor: 300 },
        { currency: 'EUR', interval: 'month', minor: 50 },
        { currency: 'chf', interval: 'month', minor: 0 },
      ]),
    ).toEqual([
      { currency: 'USD', minor: 300 },
      { currency: 'EUR', minor: 150 },
    ]);
  });

  it('is within half a minor unit of the exact value, in any order', () => {
    const sum = fc.record({
      currency: fc.constant('usd'),
      interval: fc.constantFrom('month', 'year', 'week', 'day'),
      minor: fc.integer({ min: 0, max: 10_000_000 }),
    });
    fc.assert(
      fc.property(fc.array(sum, { maxLength: 30 }), (sums) => {
        const factor: Record<string, number> = { month: 12, year: 1, week: 52, day: 365 };
        const exactTwelfths = sums.reduce(
          (total, each) => total + each.minor * (factor[each.interval] ?? Number.NaN),
          0,
        );
        const value = monthlyValue(sums)[0]?.minor ?? 0;
        expect(Math.abs(value * 12 - exactTwelfths)).toBeLessThanOrEqual(6);
        expect(monthlyValue(sums.toReversed())).toEqual(monthlyValue(sums));
      }),
    );
  });

  it('refuses an interval that nobody knows', () => {
    expect(() => monthlyValue([{ currency: 'usd', interval: 'constructor', minor: 1 }])).toThrow('constructor');
  });
});
