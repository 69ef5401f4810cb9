import { invalid, StripeFault } from '../http/errors.ts';
import { change, create, emit } from '../store/events.ts';
import { newId } from '../store/ids.ts';
import type { Customer, PaymentMethod, Subscription } from '../store/objects.ts';
import { need, type Scope } from '../store/scope.ts';
import { cardByName, cardByToken, declineOf, fingerprint, type TestCard } from './cards.ts';

export interface CardDetails {
  expMonth?: number;
  expYear?: number;
  name?: string | null;
  email?: string | null;
}

const displayBrands = {
  visa: 'visa',
  mastercard: 'mastercard',
  amex: 'american_express',
  discover: 'discover',
} as const;

/** The wire form of a card payment method, attached to nobody yet. */
export function cardPaymentMethod(card: TestCard, now: number, details: CardDetails = {}): PaymentMethod {
  const year = Temporal.Instant.fromEpochMilliseconds(now * 1000).toZonedDateTimeISO('UTC').year;
  return {
    id: newId('payment_method'),
    object: 'payment_method',
    allow_redisplay: 'unspecified',
    billing_details: {
      address: null,
      email: details.email ?? null,
      name: details.name ?? null,
      phone: null,
      tax_id: null,
    },
    card: {
      brand: card.brand,
      checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
      country: 'US',
      display_brand: displayBrands[card.brand],
      exp_month: details.expMonth ?? 12,
      exp_year: details.expYear ?? year + 4,
      fingerprint: fingerprint(card),
      funding: card.funding,
      generated_from: null,
      last4: card.number.slice(-4),
      networks: { available: [card.brand], preferred: null },
      regulated_status: 'unregulated',
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
    created: now,
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: {},
    type: 'card',
  };
}

/** A new payment method of a test token, stored but not attached. */
export function createPaymentMethod(scope: Scope, card: TestCard, details: CardDetails = {}): PaymentMethod {
  const method = cardPaymentMethod(card, scope.now, details);
  return create(scope, 'payment_method', method, null, { card: card.name, decline: card.refusedWhenCharged ?? null });
}

/** The payment method that an id or a test token names; a token yields a fresh one each time, as Stripe's do. */
export function resolvePaymentMethod(scope: Scope, idOrToken: string, param: string): PaymentMethod {
  const card = cardByToken(idOrToken);
  return card === undefined ? need(scope, 'payment_method', idOrToken, param) : createPaymentMethod(scope, card);
}

export function cardFault(
  declineCode: string,
  details: Partial<StripeFault['body']> = {},
  commit = false,
): StripeFault {
  const decline = declineOf(declineCode);
  const body = {
    type: 'card_error' as const,
    code: decline.code,
    decline_code: declineCode,
    message: decline.message,
    ...details,
  };
  return new StripeFault(402, body, { commit });
}

/** Attaches a payment method; a card that the issuer refuses at once cannot be attached. */
export function attachPaymentMethod(scope: Scope, method: PaymentMethod, customer: Customer): PaymentMethod {
  if (method.customer === customer.id) return method;
  if (method.customer !== null) {
    throw invalid('The payment method you provided has already been attached to a customer.', {
      code: 'payment_method_unexpected_state',
    });
  }
  const internal = scope.store.internal('payment_method', method.id);
  const card = cardByName(internal.card);
  if (card?.refusedAtOnce !== undefined) throw cardFault(card.refusedAtOnce);
  const attached = { ...method, customer: customer.id };
  scope.store.put('payment_method', attached);
  emit(scope, 'payment_method.attached', attached);
  return attached;
}

/** Takes a payment method off its customer, and out of every place that names it as a default. */
export function detachPaymentMethod(scope: Scope, method: PaymentMethod): PaymentMethod {
  if (method.customer === null) {
    throw invalid('The payment method you provided is not attached to a customer so detachment is impossible.', {
      code: 'payment_method_unexpected_state',
    });
  }
  const customer = scope.store.get('customer', method.customer);
  const detached = { ...method, customer: null };
  scope.store.put('payment_method', detached);
  emit(scope, 'payment_method.detached', detached, { customer: method.customer });
  if (customer !== undefined && customer.invoice_settings.default_payment_method === method.id) {
    const settings = { ...customer.invoice_settings, default_payment_method: null };
    change(scope, 'customer', customer, { invoice_settings: settings }, 'customer.updated');
  }
  const owned = { sql: 'customer = ?', values: [method.customer] };
  for (const subscription of scope.store.list({ kind: 'subscription', where: [owned], limit: 1000 })) {
    if (subscription.default_payment_method === method.id) {
      change(scope, 'subscription', subscription, { default_payment_method: null }, 'customer.subscription.updated');
    }
  }
  return detached;
}

/** Checks that a payment method may be a default of that customer's: it must be attached to it. */
export function ownedPaymentMethod(scope: Scope, id: string, customer: string, param: string): PaymentMethod {
  const method = need(scope, 'payment_method', id, param);
  if (method.customer !== customer) {
    throw invalid(
      `The customer does not have a payment method with the ID ${id}. The payment method must be attached to the customer.`,
      { code: 'resource_missing', param },
    );
  }
  return method;
}

/**
 * The payment method that an automatic charge uses: the subscription's own default comes first, and only without one
 * the customer's. A card changed on the customer alone leaves the failing one of the subscription in force.
 */
export function chargeablePaymentMethod(
  customer: Customer,
  subscription: Subscription | undefined,
  ownDefault: string | null,
): string | null {
  return ownDefault ?? subscription?.default_payment_method ?? customer.invoice_settings.default_payment_method;
}
