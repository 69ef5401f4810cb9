import type { Stripe } from 'stripe';

export interface Recurrence {
  interval: Stripe.Price.Recurring['interval'];
  interval_count: number;
}

function instant(seconds: number): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(seconds * 1000).toZonedDateTimeISO('UTC');
}

/**
 * The n-th boundary counted from the anchor. Always counted from the anchor itself and never from the previous
 * boundary: a subscription of 31 January renews on 28 February and on 31 March again.
 */
export function boundary(anchor: number, { interval, interval_count: every }: Recurrence, n: number): number {
  const steps = every * n;
  const start = instant(anchor);
  const moved =
    interval === 'day'
      ? start.add({ days: steps })
      : interval === 'week'
        ? start.add({ weeks: steps })
        : interval === 'year'
          ? start.add({ years: steps })
          : start.add({ months: steps });
  return Math.floor(moved.epochMilliseconds / 1000);
}

const roughSeconds: Record<string, number> = { day: 86_400, week: 604_800, month: 2_629_746, year: 31_556_952 };

/** The period `[start, end)` that holds `at`, for a subscription with that anchor (which may lie in the future). */
export function periodAt(anchor: number, recurrence: Recurrence, at: number): { start: number; end: number } {
  const length = (roughSeconds[recurrence.interval] ?? 86_400) * recurrence.interval_count;
  let n = Math.floor((at - anchor) / length);
  while (boundary(anchor, recurrence, n) > at) n -= 1;
  while (boundary(anchor, recurrence, n + 1) <= at) n += 1;
  return { start: boundary(anchor, recurrence, n), end: boundary(anchor, recurrence, n + 1) };
}
