import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agreement } from './proofRounds.ts';

/** Newest first, as the query gives them. */
const rows = (...verdicts: ('clean' | 'refuted' | 'lost')[]) =>
  verdicts.map((verdict, index) => ({ verdict, due_in_ms: index === 0 ? 700 : 0 }));

describe('rounds of proof', () => {
  it.each([
    [[], 0, undefined, 0],
    [['clean'], 1, 'clean', 700],
    [['clean', 'clean'], 2, 'clean', 700],
    [['lost', 'lost'], 2, 'lost', 700],
    // Paid, and then cancelled: the count begins again.
    [['lost', 'clean'], 1, 'lost', 700],
    [['clean', 'refuted', 'clean'], 1, 'clean', 700],
    [['refuted', 'clean', 'clean'], 0, undefined, 0],
  ] as const)('%j agree in %i', (verdicts, agreeing, verdict, dueInMs) => {
    expect(agreement(rows(...verdicts))).toEqual({ agreeing, verdict, dueInMs });
  });

  it('never count a refuted one, nor one that is older than a different one', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('clean', 'refuted', 'lost')), (verdicts) => {
        const { agreeing, verdict } = agreement(rows(...verdicts));
        expect(verdicts.slice(0, agreeing).every((each) => each === verdict)).toBe(true);
        expect(agreeing === 0 || verdicts[agreeing] !== verdict).toBe(true);
        expect(agreeing === 0).toBe(verdicts.length === 0 || verdicts[0] === 'refuted');
      }),
    );
  });
});
