export type ReadPriority = 'high' | 'low';

export interface ReadBudget {
  /** Resolves when one read may go out. High priority passes everything of low priority that waits. */
  take(priority: ReadPriority): Promise<void>;
  /** Nothing goes out for this long (machine time): Stripe has just answered 429. */
  pause(milliseconds: number): void;
}

/**
 * Spends at most `perSecond` reads a second, with a burst of a tenth of it, so that no second sees more than 1.1 times the rate.
 * Stripe allows 100 reads a second to a live account and does not retry 429 for us; the rest of that is for people and other programs.
 */
export function createReadBudget(perSecond: number): ReadBudget {
  const burst = Math.max(1, perSecond / 10);
  const waiting: Record<ReadPriority, (() => void)[]> = { high: [], low: [] };
  let tokens = burst;
  let filledAt = performance.now();
  let timer: NodeJS.Timeout | undefined;

  function refill(): void {
    const now = performance.now();
    if (now > filledAt) {
      tokens = Math.min(burst, tokens + ((now - filledAt) / 1_000) * perSecond);
      filledAt = now;
    }
  }

  function serve(): void {
    timer = undefined;
    refill();
    while (tokens >= 1) {
      const next = waiting.high.shift() ?? waiting.low.shift();
      if (next === undefined) return;
      tokens -= 1;
      next();
    }
    if (waiting.high.length + waiting.low.length === 0) return;
    const pause = Math.max(0, filledAt - performance.now());
    timer = setTimeout(serve, Math.ceil(pause + ((1 - tokens) * 1_000) / perSecond));
  }

  return {
    take(priority) {
      return new Promise((resolve) => {
        waiting[priority].push(resolve);
        if (timer === undefined) serve();
      });
    },
    pause(milliseconds) {
      tokens = 0;
      filledAt = Math.max(filledAt, performance.now() + milliseconds);
    },
  };
}
