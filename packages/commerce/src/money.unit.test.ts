import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add, allocate, exponentOf, formatMoney, minor, multiply, scale, subtract } from './money.ts';

const amount = fc.integer({ min: -1_000_000_000_000, max: 1_000_000_000_000 }).map(minor);
const price = fc.integer({ min: -10_000_000_000, max: 10_000_000_000 }).map(minor);
const weights = fc.array(fc.integer({ min: 0, max: 1_000_000_000 }), { minLength: 1, maxLength: 30 });

describe('amounts', () => {
  it('refuses what is no whole, exact number of minor units', () => {
    for (const value of [0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])
      expect(() => minor(value)).toThrow(RangeError);
    expect(Object.is(minor(-0), 0)).toBe(true);
  });

  it('refuses a sum and a product that a number cannot hold', () => {
    const large = minor(Number.MAX_SAFE_INTEGER);
    expect(() => add(large, minor(1))).toThrow(RangeError);
    expect(() => add(large, minor(1), minor(-1))).toThrow(RangeError);
    expect(() => multiply(large, 2)).toThrow(RangeError);
    expect(() => multiply(minor(100), 1.5)).toThrow(RangeError);
  });

  it('adds, subtracts and multiplies', () => {
    expect(add()).toBe(0);
    expect(add(minor(1), minor(2), minor(-5))).toBe(-2);
    expect(subtract(minor(100), minor(250))).toBe(-150);
    expect(multiply(minor(-250), 3)).toBe(-750);
  });

  it('rounds half away from zero, on both sides alike', () => {
    expect(scale(minor(5), 1, 2)).toBe(3);
    expect(scale(minor(-5), 1, 2)).toBe(-3);
    expect(scale(minor(4), 1, 3)).toBe(1);
    expect(() => scale(minor(1), 1, 0)).toThrow(RangeError);
    fc.assert(
      fc.property(
        price,
        fc.integer({ min: 0, max: 20_000 }),
        fc.integer({ min: 1, max: 20_000 }),
        (value, over, under) => {
          const exact = BigInt(value) * BigInt(over);
          const off = BigInt(scale(value, over, under)) * BigInt(under) - exact;
          const size = off < 0n ? -off : off;
          expect(2n * size <= BigInt(under)).toBe(true);
          expect(scale(minor(-value), over, under)).toBe(minor(-scale(value, over, under)));
        },
      ),
    );
  });
});

describe('allocate', () => {
  it('gives the largest remainders the units that are left', () => {
    expect(allocate(minor(100), [1, 1, 1])).toEqual([34, 33, 33]);
    expect(allocate(minor(-100), [1, 1, 1])).toEqual([-34, -33, -33]);
    expect(allocate(minor(10), [5, 3, 0, 2])).toEqual([5, 3, 0, 2]);
    expect(allocate(minor(1), [1, 3])).toEqual([0, 1]);
    expect(allocate(minor(0), [0, 0])).toEqual([0, 0]);
    expect(allocate(minor(0), [])).toEqual([]);
  });

  it('refuses weights that divide nothing', () => {
    expect(() => allocate(minor(1), [])).toThrow(RangeError);
    expect(() => allocate(minor(1), [0, 0])).toThrow(RangeError);
    expect(() => allocate(minor(1), [1, -1])).toThrow(RangeError);
    expect(() => allocate(minor(1), [0.5])).toThrow(RangeError);
  });

  it('adds up to the cent, stays within one unit of the exact share, and gives nothing for no weight', () => {
    fc.assert(
      fc.property(amount, weights, (value, parts) => {
        const whole = parts.reduce((sum, part) => sum + BigInt(part), 0n);
        fc.pre(whole > 0n);
        const shares = allocate(value, parts);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(value);
        shares.forEach((share, index) => {
          const part = BigInt(parts[index] ?? 0);
          const off = BigInt(share) * whole - BigInt(value) * part;
          expect((off < 0n ? -off : off) < whole).toBe(true);
          if (part === 0n) expect(share).toBe(0);
        });
      }),
    );
  });

  it('never gives a larger weight less', () => {
    fc.assert(
      fc.property(amount, weights, (value, parts) => {
        fc.pre(parts.some((part) => part > 0));
        const sorted = parts.toSorted((a, b) => b - a);
        const sizes = allocate(value, sorted).map(Math.abs);
        expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
      }),
    );
  });
});

describe('formatMoney', () => {
  it('follows the exponent of the currency', () => {
    expect(formatMoney(minor(123_450), 'usd')).toBe('$1,234.50');
    expect(formatMoney(minor(1_235), 'JPY')).toBe('¥1,235');
    expect(formatMoney(minor(1_234), 'KWD')).toBe('KWD\u00a01.234');
    expect(formatMoney(minor(-5), 'USD')).toBe('-$0.05');
    expect(formatMoney(minor(0), 'EUR', 'de')).toBe('0,00\u00a0€');
    expect([exponentOf('usd'), exponentOf('jpy'), exponentOf('kwd')]).toEqual([2, 0, 3]);
  });

  it('keeps every digit of an amount that a division would lose', () => {
    expect(formatMoney(minor(Number.MAX_SAFE_INTEGER), 'USD')).toBe('$90,071,992,547,409.91');
  });

  it('refuses what is no currency code', () => {
    expect(() => formatMoney(minor(1), 'dollars')).toThrow(RangeError);
  });
});
