/** What Stripe does when the automatic retries of an invoice are used up. */
export type FinalAction = 'past_due' | 'unpaid' | 'cancel' | 'pause';

export interface RetryPolicy {
  /** Days from each failed attempt to the next; the first entry follows the first failure. */
  afterDays: readonly number[];
  finalAction: FinalAction;
}

/** Four retries over 14 days, and the subscription stays past due: the clock that suspends a shop is ours, not Stripe's. */
export const defaultRetryPolicy: RetryPolicy = { afterDays: [1, 3, 5, 5], finalAction: 'past_due' };

export interface Settings {
  /** Where browsers reach the hosted pages, without a slash at the end. */
  publicUrl: () => string;
  apiVersion: string;
  accountId: string;
  retryPolicy: RetryPolicy;
  /** Real seconds that a billing portal link works. */
  portalSessionSeconds: number;
}
