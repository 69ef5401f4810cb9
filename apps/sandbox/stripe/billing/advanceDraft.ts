import type { Invoice } from '../store/objects.ts';
import type { Scope } from '../store/scope.ts';
import { finalizeInvoice } from './finalizeInvoice.ts';
import { subscriptionOf } from './invoiceParts.ts';
import { draftSeconds, hasUndeliveredWebhooks } from './newInvoice.ts';
import { payInvoice } from './payInvoice.ts';
import { markUncollectible, voidInvoice } from './voidInvoice.ts';

/** However long an endpoint fails, an invoice is not held back longer than this. */
const longestDraftSeconds = 72 * 3600;

/**
 * What happens when a draft's hour is over: it is made final and charged. While an endpoint has not acknowledged the
 * draft's creation it waits, hour by hour, for up to 72 hours: a failing endpoint delays revenue.
 */
export function advanceDraft(scope: Scope, draft: Invoice): void {
  const waitedOut = scope.now >= draft.created + longestDraftSeconds;
  if (!waitedOut && hasUndeliveredWebhooks(scope, draft.id)) {
    const next = Math.min(scope.now + draftSeconds, draft.created + longestDraftSeconds);
    scope.store.put('invoice', { ...draft, automatically_finalizes_at: next, next_payment_attempt: next });
    return;
  }
  const open = finalizeInvoice(scope, draft, true);
  if (open.status !== 'open') return;
  const collection = subscriptionOf(scope, open)?.pause_collection?.behavior;
  if (collection === 'void') voidInvoice(scope, open);
  else if (collection === 'mark_uncollectible') markUncollectible(scope, open, 'subscription_paused');
  else payInvoice(scope, open, { automatic: true });
}
