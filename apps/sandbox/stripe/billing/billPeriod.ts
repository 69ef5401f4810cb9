import type { Stripe } from 'stripe';
import type { Invoice, Subscription } from '../store/objects.ts';
import { need, type Scope } from '../store/scope.ts';
import { itemLine, type Period, pendingItems } from './invoiceLines.ts';
import { createInvoice } from './newInvoice.ts';

export interface BillOptions {
  reason: Stripe.Invoice.BillingReason;
  /** What is billed; null bills only what is pending. */
  period: Period | null;
  trial?: boolean;
  part?: number;
  autoAdvance?: boolean;
  resumptionEndsAt?: number;
}

/** Creates a subscription's invoice as a draft: its items for the period, and what was pending. */
export function billPeriod(scope: Scope, subscription: Subscription, options: BillOptions): Invoice {
  const customer = need(scope, 'customer', subscription.customer, 'customer');
  const { period } = options;
  const items = options.trial === true ? [] : pendingItems(scope, customer.id, subscription.id);
  const billed = period === null ? [] : subscription.items.data;
  const lines = billed.map((item) => {
    const productName = scope.store.get('product', item.price.product)?.name ?? item.price.product;
    return itemLine(subscription, item, {
      period: period ?? { start: scope.now, end: scope.now },
      trial: options.trial === true,
      productName,
      ...(options.part === undefined ? {} : { part: options.part }),
    });
  });
  const collection = subscription.pause_collection;
  return createInvoice(scope, {
    customer,
    subscription,
    reason: options.reason,
    lines,
    items,
    period: period ?? { start: scope.now, end: scope.now },
    currency: subscription.currency,
    autoAdvance: (options.autoAdvance ?? true) && collection?.behavior !== 'keep_as_draft',
    ...(options.resumptionEndsAt === undefined ? {} : { resumptionEndsAt: options.resumptionEndsAt }),
  });
}
