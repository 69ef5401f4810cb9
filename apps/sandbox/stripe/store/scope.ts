import { missing } from '../http/errors.ts';
import type { Settings } from '../settings.ts';
import type { Kind, Kinds } from './objects.ts';
import type { Store } from './store.ts';

/** One unit of work: the store, the second at which it happens, and the request that caused it (none for timers). */
export interface Scope {
  readonly store: Store;
  readonly settings: Settings;
  /** Seconds, in the time of the objects touched: business time, or their test clock's. */
  readonly now: number;
  /** The test clock whose time that is. */
  readonly clock: string | null;
  /** Business time in milliseconds: when webhooks of this work are due, also for objects on a test clock. */
  readonly businessMs: number;
  readonly request: { id: string | null; idempotencyKey: string | null };
}

/** The same work, seen in the time of that customer: a customer on a test clock lives in the clock's time. */
export function inTimeOf(scope: Scope, customer: Kinds['customer'] | Kinds['subscription'] | Kinds['invoice']): Scope {
  const clock = customer.test_clock ?? null;
  if (clock === scope.clock) return scope;
  if (clock === null) return { ...scope, clock, now: Math.floor(scope.businessMs / 1000) };
  const found = scope.store.get('test_helpers.test_clock', clock);
  if (found === undefined) throw missing('test clock', clock, 'test_clock');
  return { ...scope, clock, now: found.frozen_time };
}

const words: Record<Kind, string> = {
  'billing_portal.configuration': 'configuration',
  'billing_portal.session': 'session',
  'checkout.session': 'checkout.session',
  'test_helpers.test_clock': 'test clock',
  charge: 'charge',
  customer: 'customer',
  invoice: 'invoice',
  invoice_payment: 'invoice payment',
  invoiceitem: 'invoiceitem',
  payment_intent: 'payment_intent',
  payment_method: 'PaymentMethod',
  price: 'price',
  product: 'product',
  refund: 'refund',
  setup_intent: 'setupintent',
  subscription: 'subscription',
  webhook_endpoint: 'webhook endpoint',
};

/** The object, or Stripe's `resource_missing`: 404 when the path names it, 400 when a parameter does. */
export function need<K extends Kind>(scope: Scope, kind: K, id: string, param = 'id'): Kinds[K] {
  const found = scope.store.get(kind, id);
  if (found === undefined) throw missing(words[kind], id, param, param === 'id' ? 404 : 400);
  return found;
}

export function word(kind: Kind): string {
  return words[kind];
}
