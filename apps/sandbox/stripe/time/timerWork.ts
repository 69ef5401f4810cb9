import { advanceDraft } from '../billing/advanceDraft.ts';
import { cancelSubscription } from '../billing/cancelSubscription.ts';
import { expireCheckout } from '../billing/checkout.ts';
import { invoicesOf } from '../billing/invoiceParts.ts';
import { payInvoice } from '../billing/payInvoice.ts';
import { announceTrialEnd, endPeriod } from '../billing/renewSubscription.ts';
import { voidInvoice } from '../billing/voidInvoice.ts';
import { deleteClock } from '../resources/testClocks.ts';
import type { Invoice, Subscription } from '../store/objects.ts';
import { need, type Scope } from '../store/scope.ts';
import type { DueTimer } from '../store/store.ts';

type OnSubscription = (scope: Scope, subscription: Subscription) => void;
type OnInvoice = (scope: Scope, invoice: Invoice) => void;

const onSubscription: Partial<Record<DueTimer['action'], OnSubscription>> = {
  cancel: (scope, subscription) => {
    cancelSubscription(scope, subscription, { reason: 'cancellation_requested', scheduled: true });
  },
  expire_incomplete: (scope, subscription) => {
    const open = invoicesOf(scope, subscription.id).filter((invoice) => invoice.status === 'open');
    // Voiding its first invoice is what ends an incomplete subscription.
    for (const invoice of open) voidInvoice(scope, invoice);
  },
  period_end: endPeriod,
  trial_will_end: announceTrialEnd,
};

const onInvoice: Partial<Record<DueTimer['action'], OnInvoice>> = {
  expire_resumption: (scope, invoice) => {
    voidInvoice(scope, invoice);
  },
  finalize: advanceDraft,
  retry_payment: (scope, invoice) => {
    payInvoice(scope, invoice, { automatic: true });
  },
};

/** Does what fell due, at the second at which it fell due. */
export function doTimerWork(scope: Scope, timer: DueTimer): void {
  const forSubscription = onSubscription[timer.action];
  if (forSubscription !== undefined) forSubscription(scope, need(scope, 'subscription', timer.object));
  const forInvoice = onInvoice[timer.action];
  if (forInvoice !== undefined) forInvoice(scope, need(scope, 'invoice', timer.object));
  if (timer.action === 'expire_checkout') expireCheckout(scope, need(scope, 'checkout.session', timer.object));
  if (timer.action === 'delete_clock') deleteClock(scope, timer.object);
}
