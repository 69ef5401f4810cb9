import { describe, expect, it } from 'vitest';
import { declineCodes } from '../../billing/declineCodes.ts';
import type { PaymentFacts } from '../../billing/paymentFacts.ts';
import { formatDay, formatMoment } from '../formatDate.ts';
import { declineClass, describeCard, describeError, newerChoice, paymentState } from './caseFacts.ts';
import { declineReason } from './declineReasons.ts';
import { judgeCase } from './proveCase.ts';

const card = (id: string, created: number) => ({
  id,
  brand: 'visa',
  last4: '4242',
  expMonth: 7,
  expYear: 2031,
  created,
});
const subscription = (status: string) => ({
  id: 'sub_1',
  status,
  plan: 'basic',
  priceId: 'price_1',
  currentPeriodEnd: undefined,
  latestInvoiceId: 'in_1',
});
const openInvoice = {
  id: 'in_1',
  amountDueMinor: 2_900,
  currency: 'usd',
  attemptCount: 1,
  nextAttemptAt: undefined,
  hostedUrl: undefined,
  status: 'open',
};

const facts = (change: Partial<PaymentFacts> = {}): PaymentFacts => ({
  organizationId: 'o',
  customerId: 'cus_1',
  subscription: subscription('past_due'),
  openInvoice,
  paymentMethod: { ...card('pm_old', 100), source: 'subscription' },
  customerDefault: undefined,
  lastError: undefined,
  ...change,
});
const comparison = (equal: boolean) => ({
  organizationId: 'o',
  equal,
  fields: [
    {
      field: 'status',
      label: 'Status',
      stripe: 'active',
      subscriptionRow: 'active',
      organizationRow: equal ? 'active' : 'past_due',
      differs: !equal,
    },
  ],
});

describe('a payment case', () => {
  it.each([
    ['past_due', true, 'open'],
    ['active', true, 'open'],
    ['active', false, 'paid'],
    ['trialing', false, 'paid'],
    ['past_due', false, 'open'],
    ['unpaid', false, 'open'],
    ['a_status_of_tomorrow', false, 'open'],
    ['canceled', true, 'ended'],
    ['incomplete_expired', false, 'ended'],
  ] as const)('%s with an open invoice %s is %s', (status, hasInvoice, expected) => {
    const state = paymentState({
      subscription: subscription(status),
      openInvoice: hasInvoice ? openInvoice : undefined,
    });
    expect(state).toBe(expected);
  });

  it('PAY-10 is clean only when Stripe says paid and both rows here say the same', () => {
    const paid = facts({ subscription: subscription('active'), openInvoice: undefined });
    expect(judgeCase(paid, comparison(true)).verdict).toBe('clean');
    expect(judgeCase(paid, comparison(false))).toMatchObject({
      verdict: 'refuted',
      findings: { summary: 'Stripe and we differ: Status: active at Stripe, past_due here' },
    });
    expect(judgeCase(paid, undefined).verdict).toBe('refuted');
    expect(judgeCase(facts(), comparison(true))).toMatchObject({
      verdict: 'refuted',
      findings: { summary: 'Stripe says past_due, $29.00 is open' },
    });
    expect(judgeCase(facts({ subscription: subscription('canceled') }), comparison(true)).verdict).toBe('lost');
    expect(judgeCase(facts({ subscription: subscription('canceled') }), comparison(false)).verdict).toBe('refuted');
  });

  it('takes the card that the customer chose last, never an older one', () => {
    expect(newerChoice(facts({ customerDefault: card('pm_new', 200) }))?.id).toBe('pm_new');
    expect(newerChoice(facts({ customerDefault: card('pm_new', 100) }))?.id).toBe('pm_new');
    expect(newerChoice(facts({ customerDefault: card('pm_older', 50) }))).toBeUndefined();
    expect(newerChoice(facts({ customerDefault: card('pm_old', 100) }))).toBeUndefined();
    expect(newerChoice(facts({ paymentMethod: undefined, customerDefault: card('pm_any', 1) }))?.id).toBe('pm_any');
  });

  it("names the card and Stripe's words", () => {
    expect(describeCard(card('pm', 1))).toBe('Visa ending 4242, expires 07/2031');
    expect(
      describeError({ lastError: { code: 'card_declined', declineCode: 'insufficient_funds', message: '' } }),
    ).toBe('card_declined, insufficient_funds');
    expect(describeError({ lastError: { code: 'expired_card', declineCode: 'expired_card', message: '' } })).toBe(
      'expired_card',
    );
    expect(describeError({ lastError: undefined })).toBe('Stripe gives no reason');
    expect(declineClass({ lastError: { code: 'card_declined', declineCode: 'stolen_card', message: '' } })).toBe(
      'fraud',
    );
  });

  it('tells a customer nothing of a suspicion, and something of every decline', () => {
    const suspicious = Object.entries(declineCodes).filter(([, kind]) => kind === 'fraud');
    expect(suspicious.length).toBeGreaterThan(3);
    for (const [code] of suspicious) expect(declineReason('card_declined', code)).toBe('The bank declined the card.');
    for (const code of Object.keys(declineCodes)) expect(declineReason('card_declined', code)).toMatch(/^[A-Z].+\.$/);
    expect(declineReason(undefined, undefined)).toBe('No card could be charged.');
    expect(declineReason('constructor', 'toString')).toBe('The bank declined the card.');
  });

  it("MAIL-1 writes the deadline as a day of the shop's own calendar", () => {
    const late = Temporal.Instant.from('2026-12-01T22:30:00Z');
    expect(formatDay(late, 'UTC')).toBe('Tuesday, 1 December');
    expect(formatDay(late, 'Europe/Vienna')).toBe('Tuesday, 1 December');
    expect(formatDay(late, 'Pacific/Auckland')).toBe('Wednesday, 2 December');
    expect(formatMoment(late)).toBe('1 Dec 2026, 22:30 UTC');
  });
});
