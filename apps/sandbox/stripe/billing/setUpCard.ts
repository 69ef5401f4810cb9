import { StripeFault } from '../http/errors.ts';
import { change, create, emit } from '../store/events.ts';
import { newId, randomText } from '../store/ids.ts';
import type { Customer, PaymentMethod, SetupIntent } from '../store/objects.ts';
import { need, type Scope } from '../store/scope.ts';
import { cardByName, type TestCard } from './cards.ts';
import { attachPaymentMethod, type CardDetails, cardFault, createPaymentMethod } from './paymentMethods.ts';

/** The wire form of a setup intent that waits for a payment method. */
export function newSetupIntent(customer: string | null, now: number): SetupIntent {
  const id = newId('setup_intent');
  return {
    id,
    object: 'setup_intent',
    allowed_payment_method_types: null,
    application: null,
    automatic_payment_methods: null,
    cancellation_reason: null,
    client_secret: `${id}_secret_${randomText(25)}`,
    created: now,
    customer,
    customer_account: null,
    description: null,
    excluded_payment_method_types: null,
    flow_directions: null,
    last_setup_error: null,
    latest_attempt: null,
    livemode: false,
    mandate: null,
    metadata: {},
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: { card: { mandate_options: null, network: null, request_three_d_secure: 'automatic' } },
    payment_method_types: ['card'],
    single_use_mandate: null,
    status: 'requires_payment_method',
    usage: 'off_session',
  };
}

/** Sets a payment method up for later charges; one that its issuer refuses leaves the intent open with the reason. */
export function confirmSetup(scope: Scope, intent: SetupIntent, method: PaymentMethod): SetupIntent {
  const card = cardByName(scope.store.internal('payment_method', method.id).card);
  if (card?.refusedAtOnce !== undefined) {
    const fault = cardFault(card.refusedAtOnce);
    const { code, decline_code, message } = fault.body;
    const error = {
      ...(code === undefined ? {} : { code }),
      ...(decline_code === undefined ? {} : { decline_code }),
      message,
      payment_method: method,
      type: 'card_error' as const,
    };
    const failed = change(
      scope,
      'setup_intent',
      intent,
      { last_setup_error: error, status: 'requires_payment_method' },
      null,
    );
    emit(scope, 'setup_intent.setup_failed', failed);
    throw new StripeFault(402, { ...fault.body, setup_intent: failed }, { commit: true });
  }
  const customer = intent.customer === null ? undefined : scope.store.get('customer', intent.customer);
  if (customer !== undefined) attachPaymentMethod(scope, method, customer);
  const done = change(
    scope,
    'setup_intent',
    intent,
    { last_setup_error: null, payment_method: method.id, status: 'succeeded' },
    null,
  );
  emit(scope, 'setup_intent.succeeded', done);
  return done;
}

/** What a hosted card form does: a setup intent for that customer, confirmed with a fresh payment method of that card. */
export function setUpCard(scope: Scope, customer: Customer, card: TestCard, details: CardDetails): PaymentMethod {
  const intent = create(scope, 'setup_intent', newSetupIntent(customer.id, scope.now), 'setup_intent.created');
  const method = createPaymentMethod(scope, card, details);
  confirmSetup(scope, intent, method);
  return need(scope, 'payment_method', method.id);
}
