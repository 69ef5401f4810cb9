import type { DeliveryStats } from './webhooks/deliverer.ts';

/** What the stand-in has seen since it started, or since `reset`. */
export interface Stats {
  /** Calls by method and path pattern: `POST /v1/customers/:id`. */
  requests: Record<string, number>;
  webhooks: DeliveryStats;
  /** Calls that were answered from the record of an earlier one with the same key. */
  idempotencyHits: number;
  reset(): void;
}

export function newStats(): Stats {
  const stats: Stats = {
    requests: {},
    webhooks: { attempts: 0, delivered: 0, failed: 0 },
    idempotencyHits: 0,
    reset() {
      stats.requests = {};
      // The deliverer counts into this very object.
      Object.assign(stats.webhooks, { attempts: 0, delivered: 0, failed: 0 });
      stats.idempotencyHits = 0;
    },
  };
  return stats;
}
