import { expect, it } from 'vitest';
import { referenceOf } from './reference.ts';

it('knows an incident by its number, with or without the sign', () => {
  expect(referenceOf('#412')).toEqual({ kind: 'number', id: '412' });
  expect(referenceOf(' 412 ')).toEqual({ kind: 'number', id: '412' });
});

it('knows ids of ours and of Stripe, however they were pasted', () => {
  expect(referenceOf('0192F3A1-77C4-7D1E-8A00-000000000001')?.id).toBe('0192f3a1-77c4-7d1e-8a00-000000000001');
  expect(referenceOf('cus_RkT2aQ9hLw4m')?.kind).toBe('stripe');
});

it('takes everything else for words', () => {
  for (const text of ['', 'harbour', '#', '412 Main Street', 'cus_', 'in_the_box of books'])
    expect(referenceOf(text)).toBeUndefined();
});
