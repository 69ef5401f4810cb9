import { invalid, missing, missingParameter } from '../http/errors.ts';
import { mergeMetadata } from '../http/params.ts';
import type { Subscription, SubscriptionItem } from '../store/objects.ts';
import type { Scope } from '../store/scope.ts';
import { periodOf } from './periods.ts';
import { assertOneRhythm, needRecurring, newSubscriptionItem, repriced } from './subscriptionItem.ts';

export interface ItemChange {
  id?: string;
  price?: string;
  quantity?: number;
  deleted?: boolean;
  metadata?: Record<string, string | null> | null;
}

/** The items that a subscription has after these changes: named ones changed or removed, nameless ones added. */
export function changedItems(scope: Scope, subscription: Subscription, changes: ItemChange[]): SubscriptionItem[] {
  let items = subscription.items.data;
  changes.forEach((change, index) => {
    if (change.id === undefined) {
      if (change.price === undefined) throw missingParameter(`items[${index}][price]`);
      const price = needRecurring(scope, change.price, `items[${index}][price]`);
      const metadata = mergeMetadata({}, change.metadata);
      const added = {
        subscription: subscription.id,
        price,
        quantity: change.quantity ?? 1,
        metadata,
        period: periodOf(subscription),
      };
      items = [...items, newSubscriptionItem(added, scope.now)];
      return;
    }
    const found = items.find((item) => item.id === change.id);
    if (found === undefined) throw missing('subscription item', change.id, `items[${index}][id]`, 400);
    if (change.deleted === true) {
      items = items.filter((item) => item !== found);
      return;
    }
    const priced =
      change.price === undefined
        ? found
        : repriced(found, needRecurring(scope, change.price, `items[${index}][price]`));
    const fresh = {
      ...priced,
      metadata: mergeMetadata(found.metadata, change.metadata),
      ...(change.quantity === undefined ? {} : { quantity: change.quantity }),
    };
    items = items.map((item) => (item === found ? fresh : item));
  });
  if (items.length === 0)
    throw invalid('A subscription must have at least one active plan. To cancel it, delete the subscription.');
  assertOneRhythm(items.map((item) => item.price));
  return items;
}
