import { create } from '../store/events.ts';
import { newId } from '../store/ids.ts';
import type { InvoiceItem, Subscription, SubscriptionItem } from '../store/objects.ts';
import type { Scope } from '../store/scope.ts';
import { periodOf } from './periods.ts';

function share(item: SubscriptionItem, part: number): number {
  return Math.round((item.quantity ?? 1) * (item.price.unit_amount ?? 0) * part);
}

function proration(
  scope: Scope,
  subscription: Subscription,
  item: SubscriptionItem,
  amount: number,
  period: { start: number; end: number },
): InvoiceItem {
  const name = scope.store.get('product', item.price.product)?.name ?? item.price.product;
  const day = Temporal.Instant.fromEpochMilliseconds(scope.now * 1000)
    .toZonedDateTimeISO('UTC')
    .toPlainDate()
    .toString();
  return {
    id: newId('invoiceitem'),
    object: 'invoiceitem',
    amount,
    currency: subscription.currency,
    customer: subscription.customer,
    customer_account: null,
    date: scope.now,
    description: `${amount < 0 ? 'Unused' : 'Remaining'} time on ${name} after ${day}`,
    discountable: false,
    discounts: [],
    invoice: null,
    livemode: false,
    metadata: {},
    net_amount: amount,
    parent: {
      subscription_details: { subscription: subscription.id, subscription_item: item.id },
      type: 'subscription_details',
    },
    period,
    pricing: {
      price_details: { price: item.price.id, product: item.price.product },
      type: 'price_details',
      unit_amount_decimal: item.price.unit_amount_decimal,
    },
    proration: true,
    proration_details: { credited_items: null, discount_amounts: [] },
    quantity: item.quantity ?? 1,
    quantity_decimal: String(item.quantity ?? 1),
    tax_rates: [],
    test_clock: subscription.test_clock,
  };
}

/**
 * Credits the rest of the period at the old items and charges it at the new ones, to the second, as pending invoice
 * items. `after` null only credits: the new items are billed by an invoice of their own.
 */
export function prorate(scope: Scope, before: Subscription, after: SubscriptionItem[] | null, at: number): void {
  const { start, end } = periodOf(before);
  const part = Math.min(1, Math.max(0, (end - at) / (end - start)));
  const same = (item: SubscriptionItem, others: SubscriptionItem[]): boolean =>
    others.some(
      (other) => other.id === item.id && other.price.id === item.price.id && other.quantity === item.quantity,
    );
  const period = { start: at, end };
  for (const item of before.items.data) {
    if (after !== null && same(item, after)) continue;
    const amount = -share(item, part);
    if (amount !== 0)
      create(scope, 'invoiceitem', proration(scope, before, item, amount, period), 'invoiceitem.created');
  }
  for (const item of after ?? []) {
    if (same(item, before.items.data)) continue;
    const amount = share(item, part);
    if (amount !== 0)
      create(scope, 'invoiceitem', proration(scope, before, item, amount, period), 'invoiceitem.created');
  }
}
