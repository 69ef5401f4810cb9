import { change, emit } from '../store/events.ts';
import type { Invoice } from '../store/objects.ts';
import type { Scope } from '../store/scope.ts';
import { customerOf, subscriptionOf } from './invoiceParts.ts';
import { applyFinalAction, invoiceFailed } from './subscriptionStatus.ts';

const daySeconds = 86_400;

export interface FailedAttempt {
  automatic: boolean;
  /** The payment method that must not be charged again for this invoice. */
  refused: string | null;
  /** No charge was attempted, only the schedule moved. */
  silent?: boolean;
}

/** Books a failed attempt: schedules the next one, or does what the policy says when there is none left. */
export function failedAttempt(scope: Scope, invoice: Invoice, attempt: FailedAttempt): Invoice {
  const internal = scope.store.internal('invoice', invoice.id);
  const first = invoice.attempt_count === 0;
  const subscription = subscriptionOf(scope, invoice);
  // An incomplete subscription is never retried: its customer is looking at the screen, or has 23 hours.
  const scheduled = invoice.auto_advance === true && subscription?.status !== 'incomplete';
  const moves = scheduled && (first || attempt.automatic);
  const retries = attempt.automatic && !first ? internal.retries + 1 : internal.retries;
  const afterDays = scope.settings.retryPolicy.afterDays[retries];
  const exhausted = internal.exhausted || (moves && afterDays === undefined);
  const next = moves
    ? afterDays === undefined
      ? null
      : scope.now + afterDays * daySeconds
    : invoice.next_payment_attempt;
  const after = change(
    scope,
    'invoice',
    invoice,
    {
      attempt_count: first || attempt.automatic ? invoice.attempt_count + 1 : invoice.attempt_count,
      attempted: true,
      auto_advance: exhausted ? false : (invoice.auto_advance ?? false),
      next_payment_attempt: next,
    },
    'invoice.updated',
    {
      ...internal,
      retries,
      exhausted,
      refused: attempt.refused ?? internal.refused,
      resumptionEndsAt: scheduled ? internal.resumptionEndsAt : null,
    },
  );
  if (attempt.silent !== true) emit(scope, 'invoice.payment_failed', after);
  const customer = customerOf(scope, after);
  if (customer.delinquent !== true) change(scope, 'customer', customer, { delinquent: true }, 'customer.updated');
  invoiceFailed(scope, after);
  if (exhausted && !internal.exhausted) {
    const now = subscriptionOf(scope, after);
    if (now !== undefined) applyFinalAction(scope, now);
  }
  return after;
}
