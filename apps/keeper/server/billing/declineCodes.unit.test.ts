import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classifyDecline, declineCodes } from './declineCodes.ts';

describe('decline codes', () => {
  it.each([
    ['card_declined', 'insufficient_funds', 'temporary'],
    ['card_declined', 'try_again_later', 'temporary'],
    ['processing_error', undefined, 'temporary'],
    ['expired_card', undefined, 'permanent'],
    ['card_declined', 'generic_decline', 'permanent'],
    ['card_declined', 'authentication_required', 'authentication'],
    ['invoice_payment_intent_requires_action', undefined, 'authentication'],
    ['card_declined', 'stolen_card', 'fraud'],
    ['card_declined', 'fraudulent', 'fraud'],
  ] as const)('%s / %s is %s', (code, declineCode, expected) => {
    expect(classifyDecline(code, declineCode)).toBe(expected);
  });

  it('lets the decline code win over the error code', () => {
    expect(classifyDecline('processing_error', 'lost_card')).toBe('fraud');
  });

  it('falls back to the error code when the decline code is unknown', () => {
    expect(classifyDecline('expired_card', 'a_code_of_next_year')).toBe('permanent');
    expect(classifyDecline('processing_error', 'a_code_of_next_year')).toBe('temporary');
  });

  it('tells the customer early about a reason that nobody knows, and blames no card without any reason', () => {
    expect(classifyDecline('card_declined', undefined)).toBe('permanent');
    expect(classifyDecline('card_declined', 'a_code_of_next_year')).toBe('permanent');
    expect(classifyDecline(undefined, undefined)).toBe('temporary');
  });

  it('knows no code by inheritance', () => {
    expect(classifyDecline('constructor', '__proto__')).toBe('permanent');
  });

  it('gives one of four classes to whatever comes', () => {
    fc.assert(
      fc.property(
        fc.option(fc.string(), { nil: undefined }),
        fc.option(fc.constantFrom(...Object.keys(declineCodes)), { nil: undefined }),
        (code, known) => {
          const found = classifyDecline(code, known);
          expect(['temporary', 'permanent', 'authentication', 'fraud']).toContain(found);
          if (known !== undefined) expect(found).toBe(declineCodes[known]);
        },
      ),
    );
  });
});
