import type { InternalOf, Kind, Kinds } from './objects.ts';

/** Work that falls due for an object; `due` in seconds of the time in which the object lives. */
export interface Timer {
  action:
    | 'cancel'
    | 'delete_clock'
    | 'expire_checkout'
    | 'expire_incomplete'
    | 'expire_resumption'
    | 'finalize'
    | 'period_end'
    | 'retry_payment'
    | 'trial_will_end';
  due: number;
}

/** Three days before a trial's end Stripe announces it. */
export const trialNoticeSeconds = 3 * 86_400;

/** A first invoice that nobody pays within 23 hours ends its subscription. */
export const incompleteSeconds = 23 * 3_600;

function subscriptionTimers(subscription: Kinds['subscription'], internal: InternalOf<'subscription'>): Timer[] {
  const { status, trial_end: trialEnd, cancel_at: cancelAt } = subscription;
  if (status === 'canceled' || status === 'incomplete_expired') return [];
  const timers: Timer[] = [];
  if (status === 'incomplete') {
    timers.push({ action: 'expire_incomplete', due: subscription.created + incompleteSeconds });
    return timers;
  }
  if (cancelAt !== null) timers.push({ action: 'cancel', due: cancelAt });
  if (status === 'paused') return timers;
  if (status === 'trialing' && trialEnd !== null && internal.trialWillEndFor !== trialEnd) {
    timers.push({ action: 'trial_will_end', due: trialEnd - trialNoticeSeconds });
  }
  const periodEnd = Math.min(...subscription.items.data.map((item) => item.current_period_end));
  // An end that coincides with the period's end comes first: nothing is billed for a period that never starts.
  if (Number.isFinite(periodEnd) && (cancelAt === null || cancelAt > periodEnd)) {
    timers.push({ action: 'period_end', due: periodEnd });
  }
  return timers;
}

function invoiceTimers(invoice: Kinds['invoice'], internal: InternalOf<'invoice'>): Timer[] {
  const timers: Timer[] = [];
  if (invoice.status === 'draft' && invoice.automatically_finalizes_at !== null) {
    timers.push({ action: 'finalize', due: invoice.automatically_finalizes_at });
  }
  if (invoice.status === 'open' && invoice.next_payment_attempt !== null) {
    timers.push({ action: 'retry_payment', due: invoice.next_payment_attempt });
  }
  if (invoice.status === 'open' && internal.resumptionEndsAt !== null) {
    timers.push({ action: 'expire_resumption', due: internal.resumptionEndsAt });
  }
  return timers;
}

/** All that will fall due for this object as it now is. */
export function timersOf<K extends Kind>(kind: K, object: Kinds[K], internal: InternalOf<K>): Timer[] {
  switch (kind) {
    case 'subscription':
      return subscriptionTimers(object as Kinds['subscription'], internal as InternalOf<'subscription'>);
    case 'invoice':
      return invoiceTimers(object as Kinds['invoice'], internal as InternalOf<'invoice'>);
    case 'checkout.session': {
      const session = object as Kinds['checkout.session'];
      return session.status === 'open' ? [{ action: 'expire_checkout', due: session.expires_at }] : [];
    }
    case 'test_helpers.test_clock':
      return [{ action: 'delete_clock', due: (object as Kinds['test_helpers.test_clock']).deletes_after }];
    default:
      return [];
  }
}
