import { describe, expect, it } from 'vitest';
import { summaryOf, withAmounts, words } from './evidenceFacts.ts';

describe('evidence', () => {
  it('names its facts in words', () => {
    expect(words('amountDueMinor')).toBe('Amount due minor');
    expect(words('decline_code')).toBe('Decline code');
    expect(words('failuresLast2Minutes')).toBe('Failures last 2 minutes');
  });

  it('shows an amount with its currency as one fact', () => {
    expect(withAmounts({ amountDueMinor: 9_900, currency: 'usd', attemptCount: 2 })).toEqual({
      amountDue: { minor: 9_900, currency: 'usd' },
      attemptCount: 2,
    });
  });

  it('leaves a currency alone that belongs to no amount', () => {
    expect(withAmounts({ currency: 'usd', amountDueMinor: null })).toEqual({ currency: 'usd', amountDueMinor: null });
  });

  it('has a summary only if that is text', () => {
    expect(summaryOf({ summary: '37 differ' })).toBe('37 differ');
    expect(summaryOf({ summary: 37 })).toBeUndefined();
    expect(summaryOf(undefined)).toBeUndefined();
  });
});
