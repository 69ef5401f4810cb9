import { randomInt, randomUUIDv7 } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from '@tillkeeper/platform/log';
import { newTillClient, type TillClient } from './tillClient.ts';

interface Product {
  readonly id: string;
  readonly name: string;
  readonly priceMinor: number;
  readonly taxRateBasisPoints: number;
  readonly archivedAt: string | null;
}

/** As Till's API takes it. */
interface Sale {
  readonly id: string;
  readonly receiptNumber: string;
  readonly occurredAt: string;
  readonly tender: 'cash' | 'card';
  readonly totalMinor: number;
  readonly lines: readonly {
    readonly productId: string;
    readonly productName: string;
    readonly quantity: number;
    readonly unitPriceMinor: number;
    readonly taxRateBasisPoints: number;
  }[];
}

export interface CashierStats {
  /** Sales that Till has. */
  sold: number;
  /** Sales that Till did not take: the shop is read-only. */
  refused: number;
  /** Sales kept at the register because Till cannot be reached. */
  kept: number;
}

const mostKept = 500;
/** How often a register that was refused looks whether the shop may sell again; real milliseconds. */
const readOnlyPauseMs = 15_000;

/**
 * A cashier with one register: rings up a sale every few seconds until `signal` is aborted. Sales that cannot be sent are kept and sent again
 * under the same id, so that none is lost or doubled while Till restarts. A shop that is read-only is left in peace for a while.
 */
export async function runCashier(options: {
  tillUrl: string;
  email: string;
  password: string;
  /** Real milliseconds between two sales, on average. */
  everyMs: number;
  /** Business time: the register's clock. */
  now: () => Temporal.Instant;
  log: Logger;
  stats: CashierStats;
  signal: AbortSignal;
}): Promise<void> {
  const { everyMs, now, log, stats, signal } = options;
  const till = newTillClient(options);
  // A register's receipts must not repeat those of its last start, nor of the register beside it.
  const register = `${now().epochMilliseconds.toString(36)}${randomInt(36 ** 3).toString(36)}`.toUpperCase();
  const kept: Sale[] = [];
  let shop: { id: string; products: readonly Product[] } | undefined;
  let receipts = 0;

  function ringUp(products: readonly Product[]): Sale {
    const lines = Array.from({ length: 1 + Math.floor(Math.random() ** 2 * 5) }, () => {
      const product = products[Math.floor(Math.random() ** 1.7 * products.length)];
      if (product === undefined) throw new Error('the shop has no products');
      return {
        productId: product.id,
        productName: product.name,
        quantity: Math.random() < 0.85 ? 1 : 2,
        unitPriceMinor: product.priceMinor,
        taxRateBasisPoints: product.taxRateBasisPoints,
      };
    });
    receipts += 1;
    return {
      id: randomUUIDv7(),
      receiptNumber: `${register}-${String(receipts).padStart(4, '0')}`,
      occurredAt: now().toString({ smallestUnit: 'millisecond' }),
      tender: Math.random() < 0.7 ? 'card' : 'cash',
      totalMinor: lines.reduce((sum, line) => sum + line.quantity * line.unitPriceMinor, 0),
      lines,
    };
  }

  /** False when the shop takes no sales at the moment. */
  async function sendKept(shopId: string): Promise<boolean> {
    for (let sale = kept[0]; sale !== undefined; sale = kept[0]) {
      const answer = await till.post(`/api/v1/shops/${shopId}/sales`, sale);
      kept.shift();
      stats.kept = kept.length;
      if (answer.ok) {
        stats.sold += 1;
        continue;
      }
      stats.refused += 1;
      log.debug({ shopId, status: answer.status, code: answer.code }, 'a sale was not taken');
      if (answer.code === 'read_only' || answer.status === 403) return false;
    }
    return true;
  }

  while (!signal.aborted) {
    let pauseMs = everyMs * (0.5 + Math.random());
    try {
      shop ??= await openShop(till);
      if (kept.length < mostKept) kept.push(ringUp(shop.products));
      stats.kept = kept.length;
      if (!(await sendKept(shop.id))) pauseMs = readOnlyPauseMs;
    } catch (error) {
      if (!signal.aborted) log.debug({ err: error, cashier: options.email }, 'Till cannot be reached; sales are kept');
    }
    await wait(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}

async function openShop(till: TillClient): Promise<{ id: string; products: readonly Product[] }> {
  const shops = await till.get<{ items: readonly { id: string }[] }>('/api/v1/shops');
  if (!shops.ok || shops.body.items[0] === undefined) throw new Error('this cashier has no shop');
  const { id } = shops.body.items[0];
  const page = await till.get<{ items: readonly Product[] }>(`/api/v1/shops/${id}/products?limit=100`);
  const products = page.ok ? page.body.items.filter((product) => product.archivedAt === null) : [];
  if (products.length === 0) throw new Error('the shop has no products');
  return { id, products };
}
