import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { graver, severityOf } from './severity.ts';

const severities = ['P0', 'P1', 'P2', 'P3'] as const;
const severity = fc.constantFrom(...severities);

describe('severity', () => {
  it('PAY-2 leaves the failed card of one customer at P3, so that it pages nobody', () => {
    expect(severityOf({ severity: 'P3' }, 'case', { payersLockedOut: 1 })).toBe('P3');
  });

  it.each([
    ['P2', 0, 'P2'],
    ['P2', 1, 'P1'],
    ['P2', 24, 'P1'],
    ['P2', 25, 'P0'],
    ['P1', 0, 'P1'],
    ['P1', 3, 'P1'],
    ['P0', 3, 'P0'],
  ] as const)('begins at %s, with %i payers locked out is %s', (begins, payersLockedOut, expected) => {
    expect(severityOf({ severity: begins }, 'systemic', { payersLockedOut })).toBe(expected);
  });

  it('is never milder than where the playbook begins, and never milder for more harm', () => {
    fc.assert(
      fc.property(severity, fc.nat(100), fc.nat(100), (begins, locked, more) => {
        const now = severityOf({ severity: begins }, 'systemic', { payersLockedOut: locked });
        const worse = severityOf({ severity: begins }, 'systemic', { payersLockedOut: locked + more });
        expect(graver(now, begins)).toBe(now);
        expect(graver(worse, now)).toBe(worse);
      }),
    );
  });
});
