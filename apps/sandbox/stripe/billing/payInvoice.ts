import { change, create, emit } from '../store/events.ts';
import type { Invoice, PaymentIntent, PaymentMethod } from '../store/objects.ts';
import type { Scope } from '../store/scope.ts';
import { cardByName, type Decline, declineOf } from './cards.ts';
import { failedAttempt } from './failedAttempt.ts';
import { customerOf, intentOf, subscriptionOf } from './invoiceParts.ts';
import { markPaid } from './markPaid.ts';
import { newCharge } from './paymentIntents.ts';
import { chargeablePaymentMethod } from './paymentMethods.ts';

export interface PayOptions {
  /** A scheduled attempt, which moves the retry schedule on; a manual one does not. */
  automatic: boolean;
  paymentMethod?: string;
  /** The card holder is present and confirms with the bank. */
  authenticated?: boolean;
}

export interface PayResult {
  invoice: Invoice;
  intent: PaymentIntent;
  /** Null when it was paid. */
  failure:
    | { kind: 'declined'; decline: Decline; method: PaymentMethod; charge: string | null }
    | { kind: 'no_method' }
    | null;
}

/** How the card answers. Chargeable cards can be told to refuse, see `cards.decline` of the stand-in. */
function answerOf(scope: Scope, method: PaymentMethod, authenticated: boolean): Decline | null {
  const { card, decline } = scope.store.internal('payment_method', method.id);
  if (decline !== null) return declineOf(decline);
  if (cardByName(card)?.authenticates === true && !authenticated) return declineOf('authentication_required');
  return null;
}

function methodFor(scope: Scope, invoice: Invoice, options: PayOptions): PaymentMethod | undefined {
  const customer = customerOf(scope, invoice);
  const id =
    options.paymentMethod ??
    chargeablePaymentMethod(customer, subscriptionOf(scope, invoice), invoice.default_payment_method);
  return id === null ? undefined : scope.store.get('payment_method', id);
}

function succeed(
  scope: Scope,
  invoice: Invoice,
  intent: PaymentIntent,
  method: PaymentMethod,
  automatic: boolean,
): PayResult {
  const charge = create(scope, 'charge', newCharge(intent, method, scope.now, null), 'charge.succeeded');
  const settled = change(
    scope,
    'payment_intent',
    intent,
    {
      amount_received: intent.amount,
      last_payment_error: null,
      latest_charge: charge.id,
      next_action: null,
      payment_method: method.id,
      status: 'succeeded',
    },
    null,
  );
  emit(scope, 'payment_intent.succeeded', settled);
  const counts = automatic || invoice.attempt_count === 0;
  const counted = { ...invoice, attempt_count: invoice.attempt_count + (counts ? 1 : 0) };
  const subscription = subscriptionOf(scope, invoice);
  if (subscription?.payment_settings?.save_default_payment_method === 'on_subscription' && method.customer !== null) {
    change(scope, 'subscription', subscription, { default_payment_method: method.id }, 'customer.subscription.updated');
  }
  return { invoice: markPaid(scope, counted, { amountPaid: intent.amount }), intent: settled, failure: null };
}

function decline(
  scope: Scope,
  invoice: Invoice,
  intent: PaymentIntent,
  method: PaymentMethod,
  answer: Decline,
  options: PayOptions,
): PayResult {
  const authenticate = answer.declineCode === 'authentication_required';
  // A payment that waits for its authentication was never sent to the card's bank: there is no charge.
  const charge = authenticate
    ? null
    : create(scope, 'charge', newCharge(intent, method, scope.now, answer), 'charge.failed');
  const refused = change(
    scope,
    'payment_intent',
    intent,
    {
      last_payment_error: {
        advice_code: answer.advice,
        ...(charge === null ? {} : { charge: charge.id }),
        code: answer.code,
        decline_code: answer.declineCode,
        doc_url: `https://stripe.com/docs/error-codes/${answer.code.replaceAll('_', '-')}`,
        message: answer.message,
        payment_method: method,
        payment_method_type: 'card',
        type: 'card_error',
      },
      ...(charge === null ? {} : { latest_charge: charge.id }),
      next_action: authenticate
        ? { type: 'use_stripe_sdk', use_stripe_sdk: { type: 'three_d_secure_redirect' } }
        : null,
      payment_method: authenticate ? method.id : null,
      status: authenticate ? 'requires_action' : 'requires_payment_method',
    },
    null,
  );
  emit(scope, authenticate ? 'payment_intent.requires_action' : 'payment_intent.payment_failed', refused);
  if (authenticate) emit(scope, 'invoice.payment_action_required', invoice);
  const after = failedAttempt(scope, invoice, {
    automatic: options.automatic,
    refused: answer.final ? method.id : null,
  });
  return {
    invoice: after,
    intent: refused,
    failure: { kind: 'declined', decline: answer, method, charge: charge?.id ?? null },
  };
}

/** One attempt to collect an open invoice, with all that follows from how it ends. */
export function payInvoice(scope: Scope, invoice: Invoice, options: PayOptions): PayResult {
  const intent = intentOf(scope, invoice);
  if (intent === undefined) throw new Error(`The open invoice ${invoice.id} has no payment intent.`);
  const method = methodFor(scope, invoice, options);
  const { refused } = scope.store.internal('invoice', invoice.id);
  if (options.automatic && refused !== null && refused === method?.id) {
    // Refused for good: the schedule goes on, but the card is left alone until there is another one.
    const after = failedAttempt(scope, invoice, { automatic: true, refused, silent: true });
    return { invoice: after, intent, failure: { kind: 'no_method' } };
  }
  if (method === undefined) {
    // The first time its absence is a failure to tell of; retries without a payment method are not made at all.
    const silent = options.automatic && invoice.attempt_count > 0;
    const after = failedAttempt(scope, invoice, { automatic: options.automatic, refused: null, silent });
    return { invoice: after, intent, failure: { kind: 'no_method' } };
  }
  const answer = answerOf(scope, method, options.authenticated === true);
  return answer === null
    ? succeed(scope, invoice, intent, method, options.automatic)
    : decline(scope, invoice, intent, method, answer, options);
}
