import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextShown, type Shown, waitingWords } from './steadyRows.ts';

interface Row {
  id: string;
  number: number;
}

const row = (number: number): Row => ({ id: `id-${number}`, number });
const page = (...numbers: number[]) => ({ items: numbers.map(row) });
const numbers = (shown: Shown<Row>): number[] => shown.rows.map((each) => each.number);
const start: Shown<Row> = { key: 'open', pages: 0, rows: [] };

describe('the rows under the reader', () => {
  it('are the list when it comes', () => {
    expect(numbers(nextShown(start, 'open', [page(3, 2, 1)]))).toEqual([3, 2, 1]);
  });

  it('stay when one is added and one leaves', () => {
    const shown = nextShown(start, 'open', [page(3, 2, 1)]);
    expect(nextShown(shown, 'open', [page(4, 3, 1)])).toBe(shown);
  });

  it('show the first incident at once, since an empty list has nobody to disturb', () => {
    const empty = nextShown(start, 'open', [page()]);
    expect(numbers(nextShown(empty, 'open', [page(101)]))).toEqual([101]);
  });

  it('start afresh for another tab', () => {
    const shown = nextShown(start, 'open', [page(3, 2, 1)]);
    expect(numbers(nextShown(shown, 'resolved', [page(9, 8)]))).toEqual([9, 8]);
  });

  it('grow at the end when the reader asks for more, and still not at the top', () => {
    const shown = nextShown(start, 'open', [page(9, 8)]);
    expect(numbers(nextShown(shown, 'open', [page(10, 9), page(8, 7)]))).toEqual([9, 8, 7]);
  });

  it('never move, whatever the list does', () => {
    const list = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 1 });
    fc.assert(
      fc.property(list, fc.array(list, { maxLength: 8 }), (first, later) => {
        let shown = nextShown(start, 'open', [page(...first.toSorted((a, b) => b - a))]);
        const before = numbers(shown);
        for (const each of later) shown = nextShown(shown, 'open', [page(...each.toSorted((a, b) => b - a))]);
        expect(numbers(shown)).toEqual(before);
      }),
    );
  });
});

describe('the button', () => {
  it('says what waits, new ones first, and is not there when nothing does', () => {
    expect(waitingWords(2, 3)).toBe('Show 2 new');
    expect(waitingWords(0, 3)).toBe('Remove 3 resolved');
    expect(waitingWords(0, 0)).toBeUndefined();
  });
});
