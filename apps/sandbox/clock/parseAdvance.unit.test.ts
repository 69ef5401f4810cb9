import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAdvance } from './parseAdvance.ts';

const from = Temporal.Instant.from('2026-01-31T10:00:00.123456Z');

describe('how far the clock is moved', () => {
  test('calendar units count in UTC', () => {
    expect(parseAdvance('P1M', from).toString()).toBe('2026-02-28T10:00:00.123456Z');
    expect(parseAdvance('P1W', from).toString()).toBe('2026-02-07T10:00:00.123456Z');
    expect(parseAdvance(Temporal.Duration.from({ minutes: 90 }), from).toString()).toBe('2026-01-31T11:30:00.123456Z');
  });

  test('not back, not nowhere, not over two years, and nothing that is no duration', () => {
    for (const by of ['PT0S', '-P1D', 'P2Y1D', 'P999999999D', 'P300000Y', 'tomorrow', '', 'P', '7']) {
      expect(() => parseAdvance(by, from), by).toThrow(
        expect.objectContaining({ code: 'invalid_input', fields: { field: 'by' } }),
      );
    }
    expect(parseAdvance('P2Y', from).toString()).toBe('2028-01-31T10:00:00.123456Z');
  });

  test('any duration up to two years ends after its start', () => {
    const unit = fc.record({ days: fc.nat(300), hours: fc.nat(48), minutes: fc.nat(600), milliseconds: fc.nat(5000) });
    fc.assert(
      fc.property(unit, (parts) => {
        const by = Temporal.Duration.from(parts);
        fc.pre(by.sign > 0);
        const after = parseAdvance(by.toString(), from);
        expect(from.until(after).total('milliseconds')).toBe(
          by.total({ unit: 'milliseconds', relativeTo: '2026-01-31[UTC]' }),
        );
      }),
    );
  });
});
