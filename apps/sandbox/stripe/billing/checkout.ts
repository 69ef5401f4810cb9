import { change, create, emit } from '../store/events.ts';
import { newId } from '../store/ids.ts';
import type { CheckoutSession, Price } from '../store/objects.ts';
import { inTimeOf, need, type Scope } from '../store/scope.ts';
import type { TestCard } from './cards.ts';
import { newCustomer } from './newCustomer.ts';
import { startSubscription } from './newSubscription.ts';
import type { CardDetails } from './paymentMethods.ts';
import { setUpCard } from './setUpCard.ts';

interface CheckoutLine {
  id: string;
  object: 'item';
  adjustable_quantity: null;
  amount_discount: number;
  amount_subtotal: number;
  amount_tax: number;
  amount_total: number;
  currency: string;
  description: string | null;
  metadata: Record<string, string>;
  price: Price;
  quantity: number;
}

/** What a checkout session sells, as its `line_items` give it. */
export function checkoutLines(scope: Scope, session: string): CheckoutLine[] {
  const { items } = scope.store.internal('checkout.session', session);
  return items.map((item, index) => {
    const price = need(scope, 'price', item.price, 'price');
    const amount = (price.unit_amount ?? 0) * item.quantity;
    return {
      id: `li_${session.slice(-20)}${index}`,
      object: 'item',
      adjustable_quantity: null,
      amount_discount: 0,
      amount_subtotal: amount,
      amount_tax: 0,
      amount_total: amount,
      currency: price.currency,
      description: scope.store.get('product', price.product)?.name ?? null,
      metadata: {},
      price,
      quantity: item.quantity,
    };
  });
}

/**
 * The customer pressed "Subscribe": sets the card up, starts the subscription with it as its own default, and completes
 * the session. Throws Stripe's card error, and leaves no trace, if the card is refused.
 */
export function completeCheckout(
  outer: Scope,
  session: CheckoutSession,
  card: TestCard,
  details: CardDetails,
): CheckoutSession {
  const internal = outer.store.internal('checkout.session', session.id);
  const email = details.email ?? internal.email;
  const customer =
    session.customer === null
      ? create(
          outer,
          'customer',
          newCustomer(outer.now, { id: newId('customer'), email, name: details.name ?? null }),
          'customer.created',
        )
      : need(outer, 'customer', session.customer, 'customer');
  const scope = inTimeOf(outer, customer);
  const method = setUpCard(scope, customer, card, details);
  const wanted = internal.subscription;
  const trialEnd =
    wanted.trialEnd ?? (wanted.trialPeriodDays === undefined ? null : scope.now + wanted.trialPeriodDays * 86_400);
  const subscription = startSubscription(scope, {
    customer,
    items: internal.items.map((item) => ({
      price: need(scope, 'price', item.price, 'price'),
      quantity: item.quantity,
      metadata: {},
    })),
    defaultPaymentMethod: method.id,
    trialEnd,
    missingPaymentMethod: wanted.missingPaymentMethod ?? 'create_invoice',
    paymentBehavior: 'error_if_incomplete',
    saveDefaultPaymentMethod: 'off',
    metadata: wanted.metadata,
    description: null,
    cancelAt: null,
    cancelAtPeriodEnd: false,
    billingMode: 'flexible',
  });
  const done = change(
    scope,
    'checkout.session',
    session,
    {
      customer: customer.id,
      customer_details: {
        address: null,
        business_name: null,
        email: customer.email ?? email,
        individual_name: null,
        name: details.name ?? customer.name ?? null,
        phone: null,
        tax_exempt: 'none',
        tax_ids: [],
      },
      invoice: subscription.latest_invoice,
      payment_status: trialEnd === null ? 'paid' : 'no_payment_required',
      status: 'complete',
      subscription: subscription.id,
      url: null,
    },
    null,
  );
  emit(scope, 'checkout.session.completed', done);
  return done;
}

/** Closes an open session for good. */
export function expireCheckout(scope: Scope, session: CheckoutSession): CheckoutSession {
  const expired = change(scope, 'checkout.session', session, { status: 'expired', url: null }, null);
  emit(scope, 'checkout.session.expired', expired);
  return expired;
}
