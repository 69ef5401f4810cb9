import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { composeRecord, describeDuration, type RecordedEvent } from './composeRecord.ts';

const at = (seconds: number) => Temporal.Instant.from('2026-11-23T12:00:00Z').add({ seconds });

function timeline(entries: readonly (readonly [kind: string, text: string, seconds: number])[]): RecordedEvent[] {
  return entries.map(([kind, text, seconds], index) => ({ id: `event-${index}`, kind, text, at: at(seconds) }));
}

describe('record', () => {
  it('PAY-11 SYNC-7 tells the chronology in sentences that name their entries', () => {
    const record = composeRecord(
      timeline([
        ['opened', 'Opened at P2 by subscription-sync: The sync trigger is disabled', 0],
        ['step', 'Check trigger and drift: disabled, 3 differ', 1],
        ['failed', 'Compare with Stripe: Failed: no answer', 2],
        ['failed', 'Compare with Stripe: Failed: no answer', 5],
        ['proof', 'Proof clean: zero drift', 60],
        ['proof', 'Proof clean: zero drift', 120],
        ['resolved', 'Resolved: proven at the source', 120],
      ]),
    );
    expect(record).toEqual([
      {
        text: 'Opened at P2 by subscription-sync: The sync trigger is disabled, on 23 Nov 2026, 12:00 UTC.',
        events: ['event-0'],
      },
      { text: 'Check trigger and drift: disabled, 3 differ.', events: ['event-1'] },
      {
        text: 'Compare with Stripe: Failed: no answer (2 times, last on 23 Nov 2026, 12:00 UTC).',
        events: ['event-2', 'event-3'],
      },
      { text: 'Proof clean: zero drift (2 times, last on 23 Nov 2026, 12:02 UTC).', events: ['event-4', 'event-5'] },
      { text: 'Resolved: proven at the source.', events: ['event-6'] },
      { text: 'It was open for 2 min.', events: ['event-0', 'event-6'] },
    ]);
  });

  it('rests every sentence on an entry and leaves no entry out', () => {
    const entry = fc.tuple(
      fc.constantFrom('opened', 'step', 'failed', 'note', 'resolved'),
      fc.constantFrom('a', 'b', 'c'),
      fc.nat(1_000_000),
    );
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 40 }), (entries) => {
        const events = timeline(entries);
        const record = composeRecord(events);
        expect(record.every((sentence) => sentence.events.length > 0 && sentence.text.endsWith('.'))).toBe(true);
        expect(new Set(record.flatMap((sentence) => sentence.events))).toEqual(
          new Set(events.map((event) => event.id)),
        );
      }),
    );
  });

  it.each([
    [0, '0 s'],
    [42, '42 s'],
    [725, '12 min 5 s'],
    [3_600, '1 h'],
    [12_000, '3 h 20 min'],
    [619_200, '7 d 4 h'],
  ])('writes %i seconds as %s', (seconds, expected) => {
    expect(describeDuration(Temporal.Duration.from({ seconds }))).toBe(expected);
  });
});
