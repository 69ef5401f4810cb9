import { cardByName } from '../stripe/billing/cards.ts';
import { newCustomer } from '../stripe/billing/newCustomer.ts';
import { startSubscription } from '../stripe/billing/newSubscription.ts';
import { attachPaymentMethod, createPaymentMethod } from '../stripe/billing/paymentMethods.ts';
import type { ImportItem } from '../stripe/importObjects.ts';
import { defaultRetryPolicy, type RetryPolicy } from '../stripe/settings.ts';
import { create } from '../stripe/store/events.ts';
import type { Price, Product } from '../stripe/store/objects.ts';
import type { Scope } from '../stripe/store/scope.ts';
import { type DueTimer, openStore } from '../stripe/store/store.ts';
import { doTimerWork } from '../stripe/time/timerWork.ts';

export interface PaymentHistory {
  readonly customerId: string;
  /** For the stand-in's `importObjects`. */
  readonly items: ImportItem[];
}

export interface PaymentHistoryOptions {
  readonly customer: { readonly name: string; readonly email: string; readonly metadata: Record<string, string> };
  readonly product: Product;
  readonly price: Price;
  readonly card: 'visa' | 'mastercard' | 'amex' | null;
  readonly startedAt: Temporal.Instant;
  /** The trial's end; without one the first month is paid at once. */
  readonly trialEnd?: Temporal.Instant;
  /** The subscription ends then. */
  readonly canceledAt?: Temporal.Instant;
  /** Renewals, counted from 1, whose first charge is refused; the retry of the next day goes through. */
  readonly failedRenewals: ReadonlySet<number>;
  /** From that renewal on every charge is refused. */
  readonly refusedFrom?: number;
  readonly finalAction: RetryPolicy['finalAction'];
  readonly now: Temporal.Instant;
  /** Where the stand-in's hosted pages are. */
  readonly publicUrl: string;
}

const seconds = (instant: Temporal.Instant): number => Math.floor(instant.epochMilliseconds / 1000);

/**
 * What Stripe would hold of a customer by now: the stand-in's own billing, run through the past in a store of its own, so that every invoice,
 * charge and retry is as the stand-in makes them. Nobody is told, since that store has no webhook endpoint.
 */
export function paymentHistory(options: PaymentHistoryOptions): PaymentHistory {
  const store = openStore(':memory:');
  try {
    const retryPolicy = { ...defaultRetryPolicy, finalAction: options.finalAction };
    const settings = {
      publicUrl: () => options.publicUrl,
      apiVersion: '',
      accountId: '',
      retryPolicy,
      portalSessionSeconds: 0,
    };
    const scopeAt = (now: number): Scope => ({
      store,
      settings,
      now,
      clock: null,
      businessMs: now * 1000,
      request: { id: null, idempotencyKey: null },
    });
    const begin = scopeAt(seconds(options.startedAt));
    store.put('product', options.product);
    store.put('price', options.price);
    const blank = newCustomer(begin.now, options.customer);
    const card = options.card === null ? undefined : cardByName(options.card);
    const { name, email } = options.customer;
    const method =
      card === undefined
        ? undefined
        : attachPaymentMethod(
            begin,
            createPaymentMethod(begin, card, { name, email }),
            create(begin, 'customer', blank, null),
          );
    const customer = {
      ...blank,
      invoice_settings: { ...blank.invoice_settings, default_payment_method: method?.id ?? null },
    };
    store.put('customer', customer);

    function refuse(declineCode: string | null): void {
      if (method !== undefined && card !== undefined) {
        store.put('payment_method', method, { card: card.name, decline: declineCode });
      }
    }

    startSubscription(begin, {
      customer,
      items: [{ price: options.price, quantity: 1, metadata: {} }],
      defaultPaymentMethod: method?.id ?? null,
      trialEnd: options.trialEnd === undefined ? null : seconds(options.trialEnd),
      missingPaymentMethod: 'pause',
      paymentBehavior: 'allow_incomplete',
      saveDefaultPaymentMethod: 'on_subscription',
      metadata: options.customer.metadata,
      description: null,
      cancelAt: options.canceledAt === undefined ? null : seconds(options.canceledAt),
      cancelAtPeriodEnd: false,
      billingMode: 'flexible',
    });

    let renewal = 0;
    const refusedFrom = options.refusedFrom ?? Number.POSITIVE_INFINITY;
    function perform(timer: DueTimer): void {
      store.dropTimer(timer.object, timer.action);
      if (timer.action === 'period_end') {
        renewal += 1;
        refuse(
          renewal >= refusedFrom
            ? 'insufficient_funds'
            : options.failedRenewals.has(renewal)
              ? 'processing_error'
              : null,
        );
      }
      if (timer.action === 'retry_payment' && renewal < refusedFrom) refuse(null);
      doTimerWork(scopeAt(timer.due), timer);
    }
    const until = seconds(options.now);
    for (let timer = store.dueTimer(null, until); timer !== undefined; timer = store.dueTimer(null, until))
      perform(timer);

    const rows = store.all(
      `select kind, body, internal from objects where kind not in ('product', 'price') order by seq`,
    );
    const items = rows.map((row) => {
      const internal = typeof row.internal === 'string' ? { internal: JSON.parse(row.internal) as unknown } : {};
      return { kind: row.kind, object: JSON.parse(String(row.body)) as unknown, ...internal } as ImportItem;
    });
    return { customerId: customer.id, items };
  } finally {
    store.close();
  }
}
