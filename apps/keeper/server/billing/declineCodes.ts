/**
 * What a failed payment asks for.
 * - `temporary`: the same card may work later, so wait for Stripe's next attempt
 * - `permanent`: the customer has to do something (another card, a call to the bank), so say so at once
 * - `authentication`: the customer has to confirm the payment on the invoice's page
 * - `fraud`: a person decides; the reason is never told to the customer
 */
export type DeclineClass = 'temporary' | 'permanent' | 'authentication' | 'fraud';

/**
 * Stripe's documented decline codes (docs.stripe.com/declines/codes) and the API error codes that take their place, by Stripe's documented
 * next step: "try again" is temporary, "contact the issuer" or "use another card" is permanent. Codes of card readers cannot occur here.
 */
export const declineCodes: Readonly<Record<string, DeclineClass>> = {
  approve_with_id: 'temporary',
  card_decline_rate_limit_exceeded: 'temporary',
  card_velocity_exceeded: 'temporary',
  duplicate_transaction: 'temporary',
  insufficient_funds: 'temporary',
  issuer_not_available: 'temporary',
  lock_timeout: 'temporary',
  processing_error: 'temporary',
  rate_limit: 'temporary',
  reenter_transaction: 'temporary',
  try_again_later: 'temporary',
  withdrawal_count_limit_exceeded: 'temporary',

  call_issuer: 'permanent',
  card_not_supported: 'permanent',
  currency_not_supported: 'permanent',
  do_not_honor: 'permanent',
  do_not_try_again: 'permanent',
  expired_card: 'permanent',
  generic_decline: 'permanent',
  incorrect_address: 'permanent',
  incorrect_cvc: 'permanent',
  incorrect_number: 'permanent',
  incorrect_zip: 'permanent',
  invalid_account: 'permanent',
  invalid_amount: 'permanent',
  invalid_cvc: 'permanent',
  invalid_expiry_month: 'permanent',
  invalid_expiry_year: 'permanent',
  invalid_number: 'permanent',
  new_account_information_available: 'permanent',
  no_action_taken: 'permanent',
  not_permitted: 'permanent',
  restricted_card: 'permanent',
  revocation_of_all_authorizations: 'permanent',
  revocation_of_authorization: 'permanent',
  service_not_allowed: 'permanent',
  stop_payment_order: 'permanent',
  testmode_decline: 'permanent',
  transaction_not_allowed: 'permanent',

  authentication_not_handled: 'authentication',
  authentication_required: 'authentication',
  invoice_payment_intent_requires_action: 'authentication',
  mobile_device_authentication_required: 'authentication',
  payment_intent_authentication_failure: 'authentication',
  subscription_payment_intent_requires_action: 'authentication',

  elevated_risk_level: 'fraud',
  fraudulent: 'fraud',
  highest_risk_level: 'fraud',
  lost_card: 'fraud',
  merchant_blacklist: 'fraud',
  pickup_card: 'fraud',
  security_violation: 'fraud',
  stolen_card: 'fraud',
};

/**
 * The class of a failed payment from Stripe's error `code` and the bank's `decline_code`, which says more and so wins.
 * A code that nobody has documented is treated like `generic_decline`: one early mail costs less than two of the seven days that the customer
 * has. No code at all blames no card (Stripe failed, or nothing was tried yet), so it waits for the next attempt.
 */
export function classifyDecline(code: string | undefined, declineCode: string | undefined): DeclineClass {
  for (const known of [declineCode, code]) {
    const found = known === undefined || !Object.hasOwn(declineCodes, known) ? undefined : declineCodes[known];
    if (found !== undefined) return found;
  }
  return code === undefined && declineCode === undefined ? 'temporary' : 'permanent';
}
