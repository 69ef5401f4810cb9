import type { Logger } from '@tillkeeper/platform/log';
import { type CashierStats, runCashier } from './cashier.ts';

export interface Shops {
  /** Of all registers together, since the start. */
  readonly stats: Readonly<CashierStats>;
  stop(): Promise<void>;
}

/**
 * The simulated shops: at each of them somebody signs in and sells through Till's HTTP API, whatever happens to the servers. `stop` lets the
 * requests under way end as cancelled.
 */
export function startShops(options: {
  tillUrl: string;
  /** One register each. */
  cashiers: readonly { readonly email: string; readonly password: string }[];
  /** Business time. */
  now: () => Temporal.Instant;
  log: Logger;
  /** Real milliseconds between two sales of one shop, on average; 8 s unless told. */
  everyMs?: number;
}): Shops {
  const { tillUrl, cashiers, now, log, everyMs = 8_000 } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const registers = cashiers.map(() => ({ sold: 0, refused: 0, kept: 0 }));
  const working = cashiers.map(({ email, password }, at) => {
    const stats = registers[at] ?? { sold: 0, refused: 0, kept: 0 };
    return runCashier({ tillUrl, email, password, everyMs, now, log, stats, signal });
  });
  const total = (part: keyof CashierStats): number => registers.reduce((sum, each) => sum + each[part], 0);
  return {
    get stats() {
      return { sold: total('sold'), refused: total('refused'), kept: total('kept') };
    },
    async stop() {
      stopping.abort();
      await Promise.all(working);
    },
  };
}
