import { ownedPaymentMethod } from '../billing/paymentMethods.ts';
import { periodOf } from '../billing/periods.ts';
import { invalid } from '../http/errors.ts';
import { mergeMetadata } from '../http/params.ts';
import type { Subscription } from '../store/objects.ts';
import type { Scope } from '../store/scope.ts';

interface PlainChange {
  cancel_at?: number | null;
  cancel_at_period_end?: boolean;
  cancellation_details?: { comment?: string | null; feedback?: string | null };
  default_payment_method?: string | null;
  description?: string | null;
  metadata?: Record<string, string | null> | null;
  pause_collection?: { behavior: string } | null;
  payment_settings?: { save_default_payment_method?: 'off' | 'on_subscription' };
  trial_settings?: { end_behavior: { missing_payment_method?: 'cancel' | 'create_invoice' | 'pause' } };
}

const noDetails = { comment: null, feedback: null, feedback_option: null, reason: null };

/** When a subscription is to end, and who said so; taking it back leaves no trace. */
function endPatch(scope: Scope, stored: Subscription, params: PlainChange): Partial<Subscription> {
  const details = { ...(stored.cancellation_details ?? noDetails), ...params.cancellation_details };
  const ends = (at: number, atPeriodEnd: boolean): Partial<Subscription> => ({
    cancel_at: at,
    cancel_at_period_end: atPeriodEnd,
    canceled_at: scope.now,
    cancellation_details: { ...details, reason: 'cancellation_requested' },
  });
  if (params.cancel_at_period_end === true) {
    return stored.cancel_at_period_end ? { cancellation_details: details } : ends(periodOf(stored).end, true);
  }
  if (typeof params.cancel_at === 'number') {
    if (params.cancel_at <= scope.now) throw invalid('`cancel_at` must be in the future.', { param: 'cancel_at' });
    return ends(params.cancel_at, false);
  }
  const takenBack = (params.cancel_at_period_end === false && stored.cancel_at_period_end) || params.cancel_at === null;
  if (takenBack) {
    return {
      cancel_at: null,
      cancel_at_period_end: false,
      canceled_at: null,
      cancellation_details: { ...noDetails, ...params.cancellation_details },
    };
  }
  return params.cancellation_details === undefined ? {} : { cancellation_details: details };
}

/** What an update says about the subscription itself, apart from items, periods and money. */
export function subscriptionPatch(scope: Scope, stored: Subscription, params: PlainChange): Partial<Subscription> {
  const patch: Partial<Subscription> = {
    metadata: mergeMetadata(stored.metadata, params.metadata),
    ...endPatch(scope, stored, params),
  };
  if (params.default_payment_method !== undefined) {
    if (params.default_payment_method !== null) {
      ownedPaymentMethod(scope, params.default_payment_method, stored.customer, 'default_payment_method');
    }
    patch.default_payment_method = params.default_payment_method;
  }
  if (params.description !== undefined) patch.description = params.description;
  if (params.pause_collection !== undefined) {
    patch.pause_collection =
      params.pause_collection === null ? null : { behavior: params.pause_collection.behavior, resumes_at: null };
  }
  const saves = params.payment_settings?.save_default_payment_method;
  if (saves !== undefined && stored.payment_settings !== null) {
    patch.payment_settings = { ...stored.payment_settings, save_default_payment_method: saves };
  }
  const missing_payment_method = params.trial_settings?.end_behavior.missing_payment_method;
  if (missing_payment_method !== undefined) {
    patch.trial_settings = { end_behavior: { billing_cycle_anchor: null, missing_payment_method } };
  }
  return patch;
}
