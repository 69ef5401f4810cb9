import { describe, expect, it } from 'vitest';
import { describeLifecycle, type LifecycleFacts } from './lifecycle.ts';

const at = (text: string) => Temporal.Instant.from(`${text}T00:00:00Z`);

type Subscription = NonNullable<LifecycleFacts['subscription']>;

function facts(
  of: Partial<Omit<LifecycleFacts, 'subscription'>> & { readonly subscription?: Partial<Subscription> | null },
) {
  const { subscription, ...rest } = of;
  return describeLifecycle({
    status: 'active',
    access: 'full',
    accessSince: at('2026-01-01'),
    accessReason: null,
    createdAt: at('2026-01-01'),
    changed: null,
    nextPaymentAttempt: null,
    ...rest,
    subscription:
      subscription === null
        ? null
        : {
            startedAt: at('2026-02-01'),
            currentPeriodEnd: at('2026-04-01'),
            trialEnd: null,
            cancelAtPeriodEnd: false,
            endedAt: null,
            ...subscription,
          },
  });
}

describe('the state of an organization in words', () => {
  it('is that of the free plan without a subscription: since its sign-up, and nothing comes', () => {
    expect(facts({ subscription: null })).toEqual({
      state: 'active',
      since: at('2026-01-01'),
      why: 'The shop is on the free plan and has no subscription at Stripe.',
      next: [],
    });
  });

  it('is active since the subscription began, or since the last change, and an invoice comes', () => {
    expect(facts({})).toEqual({
      state: 'active',
      since: at('2026-02-01'),
      why: 'The subscription is paid.',
      next: [{ at: at('2026-04-01'), what: 'The next invoice is made' }],
    });
    const changed = { at: at('2026-03-05'), before: 'past_due', after: 'active' };
    expect(facts({ changed })).toMatchObject({
      since: at('2026-03-05'),
      why: 'The subscription is paid. Stripe’s word changed it from past_due to active.',
    });
  });

  it('tells the end of a trial, and that nothing happens after one without a card', () => {
    const trialEnd = at('2026-02-15');
    expect(facts({ status: 'trialing', subscription: { trialEnd } })).toMatchObject({
      state: 'trialing',
      next: [{ at: trialEnd, what: 'The trial ends' }],
    });
    expect(facts({ status: 'trialing', subscription: { trialEnd, cancelAtPeriodEnd: true } }).next).toEqual([
      { at: trialEnd, what: 'The subscription ends, as the shop asked' },
    ]);
    expect(facts({ status: 'paused', subscription: { trialEnd } })).toMatchObject({
      state: 'paused',
      next: [{ at: null, what: 'Stripe goes on when a card is added' }],
    });
  });

  it('does not take the end of a trial long ago for the end of the subscription', () => {
    const subscription = { trialEnd: at('2026-02-15'), cancelAtPeriodEnd: true };
    expect(facts({ subscription }).next).toEqual([
      { at: at('2026-04-01'), what: 'The subscription ends, as the shop asked' },
    ]);
  });

  it('tells when a failed payment is tried again, that it is not, and that nobody knows', () => {
    const next = (nextPaymentAttempt: LifecycleFacts['nextPaymentAttempt']) =>
      facts({ status: 'past_due', nextPaymentAttempt }).next;
    expect(next(at('2026-03-04'))).toEqual([{ at: at('2026-03-04'), what: 'Stripe tries the payment again' }]);
    expect(next(null)).toEqual([{ at: null, what: 'No further attempt is planned at Stripe' }]);
    expect(next(undefined)).toEqual([{ at: null, what: 'Stripe did not say when it tries the payment again' }]);
  });

  it('is suspended while the shop cannot work, whatever Stripe says, for the reason that was stored', () => {
    const suspended = facts({
      status: 'past_due',
      access: 'read_only',
      accessSince: at('2026-03-12'),
      accessReason: 'The deadline of 12 March passed unpaid.',
    });
    expect(suspended).toMatchObject({
      state: 'suspended',
      since: at('2026-03-12'),
      why: 'The deadline of 12 March passed unpaid.',
    });
    expect(facts({ access: 'none' })).toMatchObject({
      state: 'suspended',
      why: 'Access was taken away; the reason was not stored.',
    });
  });

  it.each([
    ['canceled', 'full', 'The subscription was cancelled.'],
    ['canceled', 'read_only', 'Access was taken away; the reason was not stored.'],
    ['incomplete_expired', 'full', 'The first payment never went through.'],
  ] as const)('is cancelled for good with %s and access %s', (status, access, why) => {
    expect(facts({ status, access })).toMatchObject({ state: 'cancelled', why, next: [] });
  });

  it('keeps a status that nobody knows yet, and says whose word it is', () => {
    expect(facts({ status: 'dormant' })).toMatchObject({ state: 'dormant', why: 'Stripe says dormant.' });
  });
});
