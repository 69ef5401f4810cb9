/**
 * What a customer is told of a decline. Only what the customer can act on; a suspected fraud is the bank's word to its customer, not ours, so it
 * reads like any other decline.
 */
const reasons: Readonly<Record<string, string>> = {
  insufficient_funds: 'The bank says that there are not enough funds on the card.',
  expired_card: 'The card has expired.',
  incorrect_cvc: 'The security code of the card did not match.',
  incorrect_number: 'The card number is not correct.',
  card_velocity_exceeded: 'The card has reached its limit.',
  withdrawal_count_limit_exceeded: 'The card has reached its limit.',
  authentication_required: 'The bank asks you to confirm this payment.',
  subscription_payment_intent_requires_action: 'The bank asks you to confirm this payment.',
  invoice_payment_intent_requires_action: 'The bank asks you to confirm this payment.',
  payment_intent_authentication_failure: 'The payment was not confirmed with the bank.',
  processing_error: 'The bank could not process the payment.',
};

const otherwise = 'The bank declined the card.';

/** A sentence for the customer, from Stripe's `code` and the bank's `decline_code`, which says more. */
export function declineReason(code: string | undefined, declineCode: string | undefined): string {
  for (const known of [declineCode, code]) {
    if (known !== undefined && Object.hasOwn(reasons, known)) return reasons[known] ?? otherwise;
  }
  return code === undefined && declineCode === undefined ? 'No card could be charged.' : otherwise;
}
