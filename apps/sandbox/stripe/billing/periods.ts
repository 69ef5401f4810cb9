import type { Subscription } from '../store/objects.ts';
import type { Recurrence } from './calendar.ts';

/** How often a subscription renews; all its items renew together. */
export function recurrenceOf(subscription: Subscription): Recurrence {
  const recurring = subscription.items.data[0]?.price.recurring;
  if (recurring === undefined || recurring === null)
    throw new Error(`The subscription ${subscription.id} has no recurring price.`);
  return recurring;
}

/** The current period. */
export function periodOf(subscription: Subscription): { start: number; end: number } {
  const item = subscription.items.data[0];
  if (item === undefined) throw new Error(`The subscription ${subscription.id} has no item.`);
  return { start: item.current_period_start, end: item.current_period_end };
}

/** The same items in another period. */
export function withPeriod(
  items: Subscription['items'],
  period: { start: number; end: number },
): Subscription['items'] {
  const data = items.data.map((item) => ({
    ...item,
    current_period_start: period.start,
    current_period_end: period.end,
  }));
  return { ...items, data };
}
