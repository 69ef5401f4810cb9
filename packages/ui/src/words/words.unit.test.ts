import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { count, counted, money } from './money.ts';
import { age, clockTime, dayAndTime, fullStamp, relative, running, stamp, took } from './time.ts';

const at = Date.parse('2026-11-25T02:14:20Z');
const hour = 3_600_000;

describe('moments', () => {
  it('are written in the zone that was asked for, with a 24 hour clock', () => {
    expect(clockTime(at, 'Europe/Berlin')).toBe('03:14:20');
    expect(clockTime(Date.parse('2026-11-25T00:00:00Z'), 'UTC')).toBe('00:00:00');
    expect(dayAndTime(at, 'Pacific/Auckland')).toBe('Wed 25 Nov 2026 15:14');
    expect(fullStamp(at, 'Europe/Berlin')).toContain('Wed 25 Nov 2026 03:14:20');
    expect(fullStamp(at, 'Europe/Berlin')).toContain('02:14:20 UTC');
  });

  it('call September by three letters, like every other month', () => {
    expect(stamp(Date.parse('2026-09-02T10:00:00Z'), at, 'UTC')).toBe('2 Sep 10:00');
  });

  it('name the year only when it is another one, and no day when it is today', () => {
    expect(stamp(Date.parse('2025-10-24T15:02:00Z'), at, 'UTC')).toBe('24 Oct 2025 15:02');
    expect(stamp(at - hour, at, 'UTC')).toBe('01:14');
  });

  it('are relative under 24 hours and a stamp beyond', () => {
    expect(relative(at - 42_000, at, 'UTC')).toBe('42 s ago');
    expect(relative(at + 16 * 60_000, at, 'UTC')).toBe('in 16 min');
    expect(relative(at - 25 * hour, at, 'UTC')).toBe('24 Nov 01:14');
  });
});

describe('lengths', () => {
  it('count down as 41:12, then 23:43:56, then days', () => {
    expect(running(41 * 60_000 + 12_000)).toBe('41:12');
    expect(running(23 * hour + 43 * 60_000 + 56_000)).toBe('23:43:56');
    expect(running(7 * 24 * hour + 20 * hour)).toBe('7 d 20 h');
    expect(running(-1)).toBe('0:00');
  });

  it('are rough as an age and exact as a duration', () => {
    expect(age(16 * 60_000 + 59_000)).toBe('16 min');
    expect(age(47 * hour)).toBe('47 h');
    expect(took(1_840)).toBe('1.8 s');
    expect(took(229_000)).toBe('3 min 49 s');
    expect(took(125 * 60_000)).toBe('2 h 5 min');
  });

  it('never claim more time than has passed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 * 24 * hour }), (ms) => {
        const [value, unit] = age(ms).split(' ');
        const unitMs = { s: 1_000, min: 60_000, h: hour, d: 24 * hour }[unit ?? ''] ?? Number.NaN;
        const claimed = Number(value) * unitMs;
        expect(claimed).toBeLessThanOrEqual(ms);
        expect(ms - claimed).toBeLessThan(unitMs);
      }),
    );
  });
});

describe('amounts', () => {
  it('follow the currency: cents, whole yen, a true minus sign', () => {
    expect(money(9_900, 'usd')).toBe('$99.00');
    expect(money(-139_200, 'usd')).toBe('−$1,392.00');
    expect(money(18_423_499, 'usd', 'whole')).toBe('$184,234');
    expect(money(1_200, 'jpy')).toBe('¥1,200');
    expect(money(2_900, 'eur')).toBe('€29.00');
  });

  it('agree with their noun', () => {
    expect(counted(1, 'organization')).toBe('1 organization');
    expect(counted(18_204, 'organization')).toBe('18,204 organizations');
    expect(count(-1_000)).toBe('−1,000');
  });
});
