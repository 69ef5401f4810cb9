import type { DemonstrationShop } from './demonstrationShops.ts';
import { fixedUuid, random } from './random.ts';

/** The state of a shop's subscription in time: when it began, what failed, since when it is shut. */
export interface SubscriptionPast {
  readonly startedAt: Temporal.Instant;
  readonly trialEnd?: Temporal.Instant;
  readonly canceledAt?: Temporal.Instant;
  /** Renewals counted from the start. */
  readonly failedRenewals: ReadonlySet<number>;
  readonly refusedFrom?: number;
  readonly finalAction: 'past_due' | 'unpaid';
  readonly access: {
    readonly state: 'full' | 'read_only' | 'none';
    readonly since?: Temporal.Instant;
    readonly reason?: string;
  };
  /** When the shop stopped selling; still does if missing. */
  readonly closedAt?: Temporal.Instant;
}

const day = (count: number): Temporal.Duration => Temporal.Duration.from({ hours: 24 * count });

/** Always the same for the same seed, so that a seed that was interrupted finds what it has made. */
export function organizationIdOf(shop: DemonstrationShop, seed: string): string {
  // The time in it is spread as well, or the first digits of all ids, which people go by, would be alike.
  const hours = random(seed, shop.key, 'organization').between(0, 8_760);
  return fixedUuid(Temporal.Instant.from('2025-01-01T00:00:00Z').add({ hours }), seed, shop.key, 'organization');
}

export function signedUpAt(shop: DemonstrationShop, now: Temporal.Instant): Temporal.Instant {
  // Not all at the same time of day.
  const minutes = (shop.key.length * 97 + shop.products * 31) % (22 * 60);
  return now.subtract(day(shop.age)).add({ minutes });
}

/** Months between two renewals' ends, at most a year's payments, and never before the shop signed up. */
function paidMonths(shop: DemonstrationShop): number {
  return Math.max(1, Math.min(12, Math.floor((shop.age - 30) / 31)));
}

/** How long ago the period under way began, in days. */
function daysIntoPeriod(shop: DemonstrationShop): number {
  switch (shop.state) {
    // One has just been refused for the second time, the other for the first.
    case 'past_due':
      return shop.plan === 'basic' ? 2.25 : 0.5;
    // Retries take 14 days; then it is unpaid.
    case 'unpaid':
      return shop.plan === 'basic' ? 19 : 25;
    case 'canceled':
      return shop.plan === 'basic' ? 12 : 24;
    default:
      // Spread over the month, and not within the next hours: a sandbox that was just opened is calm.
      return 1 + ((shop.key.length * 7 + shop.products) % 26);
  }
}

function trialPast(shop: DemonstrationShop, now: Temporal.Instant): SubscriptionPast {
  const startedAt = signedUpAt(shop, now);
  // Fourteen days of the shop's own calendar, the first one included, up to midnight.
  const trialEnd = startedAt.toZonedDateTimeISO(shop.timezone).startOfDay().add({ days: 14 }).startOfDay().toInstant();
  const over = { state: 'read_only', since: trialEnd, reason: 'trial_ended' } as const;
  return {
    startedAt,
    trialEnd,
    failedRenewals: new Set(),
    finalAction: 'past_due',
    access: shop.state === 'paused' ? over : { state: 'full' },
    ...(shop.state === 'paused' ? { closedAt: trialEnd } : {}),
  };
}

/** What happened between a shop and its bank so far. Times follow from `now` and the shop's state alone. */
export function subscriptionPast(shop: DemonstrationShop, now: Temporal.Instant): SubscriptionPast {
  if (shop.state === 'trialing' || shop.state === 'paused') return trialPast(shop, now);
  const months = paidMonths(shop);
  const hours = Math.round(24 * daysIntoPeriod(shop));
  const latest = now.subtract({ hours }).toZonedDateTimeISO('UTC').round('second');
  const start = latest.subtract({ months });
  const past = {
    startedAt: start.toInstant(),
    failedRenewals: new Set((shop.failedMonths ?? []).map((ago) => months - ago)),
    finalAction: 'past_due',
    access: { state: 'full' },
  } as const;
  // A month that is too short moves the renewal; what counts is the one that the subscription itself reckons.
  const renewed = start.add({ months }).toInstant();
  if (shop.state === 'past_due') return { ...past, refusedFrom: months };
  if (shop.state === 'unpaid') {
    const since = renewed.add(day(7));
    const access = { state: 'read_only', since, reason: 'unpaid' } as const;
    return { ...past, refusedFrom: months, finalAction: 'unpaid', access, closedAt: since };
  }
  if (shop.state === 'canceled') {
    const access = { state: 'none', since: renewed, reason: 'canceled' } as const;
    return { ...past, canceledAt: renewed, access, closedAt: renewed };
  }
  return past;
}
