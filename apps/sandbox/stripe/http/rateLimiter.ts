export interface RateLimiter {
  allows(kind: 'reads' | 'writes', rates: { reads: number; writes: number }): boolean;
}

/** A token bucket per kind, one second deep, in real time. */
export function rateLimiter(): RateLimiter {
  const buckets = { reads: { tokens: 0, at: 0 }, writes: { tokens: 0, at: 0 } };
  return {
    allows(kind, rates) {
      const bucket = buckets[kind];
      const now = performance.now();
      const rate = rates[kind];
      bucket.tokens = bucket.at === 0 ? rate : Math.min(rate, bucket.tokens + ((now - bucket.at) / 1000) * rate);
      bucket.at = now;
      if (bucket.tokens < 1) return false;
      bucket.tokens -= 1;
      return true;
    },
  };
}
