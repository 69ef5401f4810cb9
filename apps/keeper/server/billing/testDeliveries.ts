import type Stripe from 'stripe';
import { outsideTransaction } from './outsideTransaction.ts';
import { processDeliveries } from './processDeliveries.ts';
import type { BillingBench, Shop } from './testBench.ts';

let sent = 0;

/** The event under an id of its own, so that one story can be delivered many times. */
export function renamed<Event extends object>(
  event: Event,
  more: Record<string, unknown> = {},
): Event & { id: string } {
  sent += 1;
  return { ...event, id: `evt_sent_${sent}`, ...more };
}

/** The first event of that type about a shop, as Stripe lists it. */
export async function eventOf(
  bench: BillingBench,
  shop: Shop,
  type = 'customer.subscription.created',
): Promise<Stripe.Event> {
  const event = (await bench.eventsOf(shop)).find((each) => each.type === type);
  if (event === undefined) throw new Error(`Stripe has no ${type}`);
  return event;
}

/** One pass of the worker, whatever waits after it. */
export async function processOnce(bench: BillingBench, atMost?: number, holder = 'test'): Promise<{ claimed: number }> {
  const ctx = outsideTransaction(await bench.context({ kind: 'webhook', source: 'stripe' }));
  return processDeliveries(ctx, { holder, ...(atMost === undefined ? {} : { atMost }) });
}

export async function deliveryOf(bench: BillingBench, id: string) {
  return (await bench.deliveries()).find((delivery) => delivery.id === id);
}
