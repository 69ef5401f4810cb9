import { newId } from '../store/ids.ts';
import type { InvoiceItem, InvoiceLine, Subscription, SubscriptionItem } from '../store/objects.ts';
import type { Scope } from '../store/scope.ts';
import { formatPrice } from './money.ts';

export interface Period {
  start: number;
  end: number;
}

interface LineOptions {
  amount: number;
  currency: string;
  description: string | null;
  period: Period;
  parent: InvoiceLine['parent'];
  pricing: InvoiceLine['pricing'];
  quantity: number;
  subscription: string | null;
}

function line(options: LineOptions): InvoiceLine {
  return {
    id: newId('line_item'),
    object: 'line_item',
    amount: options.amount,
    currency: options.currency,
    description: options.description,
    discount_amounts: [],
    discountable: true,
    discounts: [],
    invoice: null,
    livemode: false,
    metadata: {},
    parent: options.parent,
    period: options.period,
    pretax_credit_amounts: [],
    pricing: options.pricing,
    quantity: options.quantity,
    quantity_decimal: String(options.quantity),
    subscription: options.subscription,
    subtotal: options.amount,
    taxes: [],
  };
}

export interface ItemLineOptions {
  period: Period;
  /** Free of charge. */
  trial: boolean;
  productName: string;
  /** The part of the price that is billed, for a period cut short; all of it if left out. */
  part?: number;
}

/** One subscription item for one period. */
export function itemLine(
  subscription: Subscription,
  item: SubscriptionItem,
  { period, trial, productName: name, part = 1 }: ItemLineOptions,
): InvoiceLine {
  const quantity = item.quantity ?? 1;
  return line({
    amount: trial ? 0 : Math.round(quantity * (item.price.unit_amount ?? 0) * part),
    currency: item.price.currency,
    description: trial ? `Trial period for ${name}` : `${quantity} × ${name} (at ${formatPrice(item.price)})`,
    period,
    parent: {
      invoice_item_details: null,
      subscription_item_details: {
        invoice_item: null,
        proration: false,
        proration_details: { credited_items: null },
        subscription: subscription.id,
        subscription_item: item.id,
      },
      type: 'subscription_item_details',
    },
    pricing: {
      price_details: { price: item.price.id, product: item.price.product },
      type: 'price_details',
      unit_amount_decimal: trial ? '0' : item.price.unit_amount_decimal,
    },
    quantity,
    subscription: subscription.id,
  });
}

/** A pending invoice item, as the line that it becomes. */
export function invoiceItemLine(item: InvoiceItem): InvoiceLine {
  const subscription = item.parent?.subscription_details?.subscription ?? null;
  const subscriptionItem = item.parent?.subscription_details?.subscription_item;
  const details = {
    invoice_item: item.id,
    proration: item.proration,
    proration_details: { credited_items: null },
    subscription,
  };
  return line({
    amount: item.amount,
    currency: item.currency,
    description: item.description,
    period: item.period,
    parent:
      subscriptionItem === undefined
        ? { invoice_item_details: details, subscription_item_details: null, type: 'invoice_item_details' }
        : {
            invoice_item_details: null,
            subscription_item_details: { ...details, subscription_item: subscriptionItem },
            type: 'subscription_item_details',
          },
    pricing: item.pricing,
    quantity: item.quantity,
    subscription,
  });
}

/** Invoice items of that customer that wait for an invoice: those of the subscription and those of none. */
export function pendingItems(scope: Scope, customer: string, subscription: string | null): InvoiceItem[] {
  const where = [{ sql: 'customer = ?', values: [customer] }];
  const items = scope.store.list({ kind: 'invoiceitem', where, limit: 1000, order: 'asc' });
  return items.filter((item) => {
    const of = item.parent?.subscription_details?.subscription ?? null;
    return item.invoice === null && (of === null || of === subscription);
  });
}
