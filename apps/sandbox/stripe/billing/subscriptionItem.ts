import { invalid } from '../http/errors.ts';
import { newId } from '../store/ids.ts';
import type { Price, SubscriptionItem } from '../store/objects.ts';
import { need, type Scope } from '../store/scope.ts';
import type { Period } from './invoiceLines.ts';

/** The legacy face of a recurring price, still part of every subscription item. */
function planOf(price: Price): SubscriptionItem['plan'] {
  return {
    id: price.id,
    object: 'plan',
    active: price.active,
    amount: price.unit_amount,
    amount_decimal: price.unit_amount_decimal,
    billing_scheme: price.billing_scheme,
    created: price.created,
    currency: price.currency,
    interval: price.recurring?.interval ?? 'month',
    interval_count: price.recurring?.interval_count ?? 1,
    livemode: false,
    metadata: price.metadata,
    meter: null,
    nickname: price.nickname,
    product: price.product,
    tiers_mode: null,
    transform_usage: null,
    trial_period_days: null,
    usage_type: 'licensed',
  };
}

/** A price that a subscription can bill, or Stripe's error. */
export function needRecurring(scope: Scope, id: string, param: string): Price {
  const price = need(scope, 'price', id, param);
  if (!price.active) {
    throw invalid(`The price specified is inactive. This field only accepts active prices.`, { param });
  }
  if (price.recurring === null) {
    throw invalid(
      `The price specified is set to \`type=one_time\` but this field only accepts prices with \`type=recurring\`.`,
      { param },
    );
  }
  return price;
}

export interface NewItem {
  subscription: string;
  price: Price;
  quantity: number;
  metadata: Record<string, string>;
  period: Period;
}

export function newSubscriptionItem(options: NewItem, now: number): SubscriptionItem {
  return {
    id: newId('subscription_item'),
    object: 'subscription_item',
    billing_thresholds: null,
    created: now,
    current_period_end: options.period.end,
    current_period_start: options.period.start,
    current_trial: null,
    discounts: [],
    metadata: options.metadata,
    plan: planOf(options.price),
    price: options.price,
    quantity: options.quantity,
    subscription: options.subscription,
    tax_rates: [],
  };
}

/** The same item with another price. */
export function repriced(item: SubscriptionItem, price: Price): SubscriptionItem {
  return { ...item, price, plan: planOf(price) };
}

/** All items of a subscription are billed together: one currency, one interval. */
export function assertOneRhythm(prices: Price[]): void {
  const [first] = prices;
  for (const price of prices) {
    const same =
      price.currency === first?.currency &&
      price.recurring?.interval === first.recurring?.interval &&
      price.recurring?.interval_count === first.recurring?.interval_count;
    if (!same) {
      throw invalid(
        'Currency and interval fields must match across all plans on this subscription. Found mismatch in interval or currency field.',
      );
    }
  }
  if (new Set(prices.map((price) => price.id)).size < prices.length) {
    throw invalid('Cannot add multiple subscription items with the same plan.');
  }
}
