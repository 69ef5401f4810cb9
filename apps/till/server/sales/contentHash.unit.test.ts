import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentHash } from './contentHash.ts';
import type { NewSale } from './schema.ts';

const line = fc.record({
  productId: fc.uuid(),
  productName: fc.string({ minLength: 1, maxLength: 20 }),
  quantity: fc.integer({ min: 1, max: 9 }),
  unitPriceMinor: fc.integer({ min: 0, max: 10_000 }),
  taxRateBasisPoints: fc.integer({ min: 0, max: 10_000 }),
});
const sale: fc.Arbitrary<NewSale> = fc.record({
  id: fc.uuid(),
  receiptNumber: fc.string({ minLength: 1, maxLength: 10 }),
  occurredAt: fc
    .date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true })
    .map((date) => date.toISOString()),
  tender: fc.constantFrom('cash' as const, 'card' as const),
  totalMinor: fc.integer({ min: 0, max: 1_000_000 }),
  lines: fc.array(line, { minLength: 1, maxLength: 4 }),
});

describe('content hash of a sale', () => {
  it('is the same however the JSON was spelled: order of fields, case of ids, offset of the time', () => {
    fc.assert(
      fc.property(sale, (one) => {
        const spelled = {
          lines: one.lines.map((each) => ({
            taxRateBasisPoints: each.taxRateBasisPoints,
            unitPriceMinor: each.unitPriceMinor,
            quantity: each.quantity,
            productName: each.productName,
            productId: each.productId.toUpperCase(),
          })),
          totalMinor: one.totalMinor,
          tender: one.tender,
          occurredAt: Temporal.Instant.from(one.occurredAt).toString({ timeZone: '+02:00' }),
          receiptNumber: one.receiptNumber,
          id: one.id,
        };
        expect(contentHash(spelled)).toBe(contentHash(one));
      }),
    );
  });

  it('is another one for any other content', () => {
    fc.assert(
      fc.property(sale, sale, (one, other) => {
        const content = ({ id: _id, ...rest }: NewSale): string =>
          JSON.stringify({
            ...rest,
            occurredAt: Date.parse(rest.occurredAt),
            lines: rest.lines.map((each) => Object.values(each)),
          });
        fc.pre(content(one) !== content(other));
        expect(contentHash(other)).not.toBe(contentHash(one));
      }),
    );
  });

  it('changes with each field', () => {
    const base: NewSale = {
      id: '019ab000-0000-7000-8000-000000000001',
      receiptNumber: 'A-1',
      occurredAt: '2026-11-23T10:00:00Z',
      tender: 'cash',
      totalMinor: 500,
      lines: [
        {
          productId: '019ab000-0000-7000-8000-000000000002',
          productName: 'Long black',
          quantity: 1,
          unitPriceMinor: 500,
          taxRateBasisPoints: 1500,
        },
      ],
    };
    const [only] = base.lines;
    if (only === undefined) throw new Error('a sale has a line');
    const changed: NewSale[] = [
      { ...base, receiptNumber: 'A-2' },
      { ...base, occurredAt: '2026-11-23T10:00:01Z' },
      { ...base, tender: 'card' },
      { ...base, totalMinor: 501 },
      { ...base, lines: [only, only] },
      ...(['productName', 'quantity', 'unitPriceMinor', 'taxRateBasisPoints', 'productId'] as const).map((field) => ({
        ...base,
        lines: [{ ...only, [field]: typeof only[field] === 'number' ? 7 : '019ab000-0000-7000-8000-000000000003' }],
      })),
    ];
    expect(new Set([base, ...changed].map(contentHash)).size).toBe(changed.length + 1);
  });
});
