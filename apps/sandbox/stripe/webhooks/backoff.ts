const hourMs = 3_600_000;

/** Stripe gives up after three days. It does not publish the steps; these triple from five minutes to twelve hours. */
const giveUpMs = 72 * hourMs;
const firstMs = 5 * 60_000;
const longestMs = 12 * hourMs;

/**
 * When the next attempt follows the `attempts`-th failure, in business milliseconds. The last one is made when the three
 * days since the first are over; undefined after it.
 */
export function nextAttemptMs(attempts: number, firstAtMs: number, failedAtMs: number): number | undefined {
  const lastMs = firstAtMs + giveUpMs;
  if (failedAtMs >= lastMs) return undefined;
  return Math.min(lastMs, failedAtMs + Math.min(longestMs, firstMs * 3 ** (attempts - 1)));
}
