import { createHash } from 'node:crypto';

export interface TestCard {
  /** As in `pm_card_<name>`; `tok_<name>` works too. */
  name: string;
  number: string;
  brand: 'visa' | 'mastercard' | 'amex' | 'discover';
  funding: 'credit' | 'debit' | 'prepaid';
  /** Refused when it is attached to a customer or set up. */
  refusedAtOnce?: string;
  /** Attaches, but every charge is refused with this decline code. */
  refusedWhenCharged?: string;
  /** Every payment must be authenticated by the card holder. */
  authenticates?: boolean;
}

// Stripe's documented test cards, as far as a subscription meets them.
const cards: readonly TestCard[] = [
  { name: 'visa', number: '4242424242424242', brand: 'visa', funding: 'credit' },
  { name: 'visa_debit', number: '4000056655665556', brand: 'visa', funding: 'debit' },
  { name: 'mastercard', number: '5555555555554444', brand: 'mastercard', funding: 'credit' },
  { name: 'mastercard_debit', number: '5200828282828210', brand: 'mastercard', funding: 'debit' },
  { name: 'mastercard_prepaid', number: '5105105105105100', brand: 'mastercard', funding: 'prepaid' },
  { name: 'amex', number: '378282246310005', brand: 'amex', funding: 'credit' },
  { name: 'discover', number: '6011111111111117', brand: 'discover', funding: 'credit' },
  {
    name: 'chargeCustomerFail',
    number: '4000000000000341',
    brand: 'visa',
    funding: 'credit',
    refusedWhenCharged: 'generic_decline',
  },
  { name: 'authenticationRequired', number: '4000002760003184', brand: 'visa', funding: 'credit', authenticates: true },
  {
    name: 'visa_chargeDeclined',
    number: '4000000000000002',
    brand: 'visa',
    funding: 'credit',
    refusedAtOnce: 'generic_decline',
  },
  {
    name: 'visa_chargeDeclinedInsufficientFunds',
    number: '4000000000009995',
    brand: 'visa',
    funding: 'credit',
    refusedAtOnce: 'insufficient_funds',
  },
  {
    name: 'visa_chargeDeclinedLostCard',
    number: '4000000000009987',
    brand: 'visa',
    funding: 'credit',
    refusedAtOnce: 'lost_card',
  },
  {
    name: 'visa_chargeDeclinedStolenCard',
    number: '4000000000009979',
    brand: 'visa',
    funding: 'credit',
    refusedAtOnce: 'stolen_card',
  },
  {
    name: 'visa_chargeDeclinedVelocityLimitExceeded',
    number: '4000000000006975',
    brand: 'visa',
    funding: 'credit',
    refusedAtOnce: 'card_velocity_exceeded',
  },
  {
    name: 'chargeDeclinedExpiredCard',
    number: '4000000000000069',
    brand: 'visa',
    funding: 'credit',
    refusedAtOnce: 'expired_card',
  },
  {
    name: 'chargeDeclinedIncorrectCvc',
    number: '4000000000000127',
    brand: 'visa',
    funding: 'credit',
    refusedAtOnce: 'incorrect_cvc',
  },
  {
    name: 'chargeDeclinedProcessingError',
    number: '4000000000000119',
    brand: 'visa',
    funding: 'credit',
    refusedAtOnce: 'processing_error',
  },
];

const byName = new Map(cards.map((card) => [card.name, card]));
// Stripe's documentation writes some tokens with and some without the brand.
for (const alias of [
  'chargeDeclined',
  'chargeDeclinedInsufficientFunds',
  'chargeDeclinedLostCard',
  'chargeDeclinedStolenCard',
  'chargeDeclinedVelocityLimitExceeded',
]) {
  const card = byName.get(`visa_${alias}`);
  if (card !== undefined) byName.set(alias, card);
}

export function cardByName(name: string): TestCard | undefined {
  return byName.get(name);
}

/** The card that a test token stands for: `pm_card_visa`, `tok_visa`. */
export function cardByToken(token: string): TestCard | undefined {
  const match = /^(?:pm_card|tok)_(\w+)$/.exec(token);
  return match?.[1] === undefined ? undefined : byName.get(match[1]);
}

export function cardByNumber(number: string): TestCard | undefined {
  return cards.find((card) => card.number === number);
}

/** Equal for every payment method made of the same card number, as Stripe's is within one account. */
export function fingerprint(card: TestCard): string {
  return createHash('sha256').update(card.number).digest('base64url').replaceAll(/[-_]/g, 'x').slice(0, 16);
}

export interface Decline {
  /** Stripe's error code. */
  code: string;
  declineCode: string;
  message: string;
  /** Charging the same card again is pointless: Stripe does not. */
  final: boolean;
  /** What the network advises. */
  advice: 'confirm_card_data' | 'do_not_try_again' | 'try_again_later';
}

const ownCodes: Record<string, string> = {
  authentication_required: 'Your card was declined. This transaction requires authentication.',
  expired_card: 'Your card has expired.',
  incorrect_cvc: "Your card's security code is incorrect.",
  processing_error: 'An error occurred while processing your card. Try again in a little bit.',
};

const messages: Record<string, string> = {
  ...ownCodes,
  card_velocity_exceeded:
    'Your card was declined for making repeated attempts too frequently or exceeding its amount limit.',
  insufficient_funds: 'Your card has insufficient funds.',
};

// Codes after which automatic retries wait for another payment method.
const finalCodes: ReadonlySet<string> = new Set([
  'authentication_required',
  'highest_risk_level',
  'incorrect_number',
  'lost_card',
  'pickup_card',
  'revocation_of_all_authorizations',
  'revocation_of_authorization',
  'stolen_card',
  'transaction_not_allowed',
]);

const dataCodes: ReadonlySet<string> = new Set(['expired_card', 'incorrect_cvc', 'incorrect_number']);

/** What an issuer's decline code means. */
export function declineOf(declineCode: string): Decline {
  const final = finalCodes.has(declineCode);
  return {
    code: declineCode in ownCodes ? declineCode : 'card_declined',
    declineCode,
    message: messages[declineCode] ?? 'Your card was declined.',
    final,
    advice: final ? 'do_not_try_again' : dataCodes.has(declineCode) ? 'confirm_card_data' : 'try_again_later',
  };
}
