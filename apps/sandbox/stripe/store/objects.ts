import type { Stripe } from 'stripe';

// An object as it lies in the store and goes over the wire unexpanded: the SDK's own type, with every expandable
// reference narrowed to its id and every decimal to the string that it is in JSON.
type Reference<V> = [Extract<V, string>] extends [never] ? Stored<V> : Exclude<V, { id: string }>;

export type Stored<T> = T extends Stripe.Decimal
  ? string
  : T extends readonly (infer Item)[]
    ? Reference<Item>[]
    : T extends object
      ? { [K in keyof T]: Reference<T[K]> }
      : T;

/** Every kind of object that the store keeps, by Stripe's own `object` name. */
export interface Kinds {
  'billing_portal.configuration': Stored<Stripe.BillingPortal.Configuration>;
  'billing_portal.session': Stored<Stripe.BillingPortal.Session>;
  'checkout.session': Stored<Stripe.Checkout.Session>;
  'test_helpers.test_clock': Stored<Stripe.TestHelpers.TestClock>;
  charge: Stored<Stripe.Charge>;
  customer: Stored<Stripe.Customer>;
  invoice: Stored<Stripe.Invoice>;
  invoice_payment: Stored<Stripe.InvoicePayment>;
  invoiceitem: Stored<Stripe.InvoiceItem>;
  payment_intent: Stored<Stripe.PaymentIntent>;
  payment_method: Stored<Stripe.PaymentMethod>;
  price: Stored<Stripe.Price>;
  product: Stored<Stripe.Product>;
  refund: Stored<Stripe.Refund>;
  setup_intent: Stored<Stripe.SetupIntent>;
  subscription: Stored<Stripe.Subscription>;
  webhook_endpoint: Stored<Stripe.WebhookEndpoint>;
}

export type Kind = keyof Kinds;

/** What the stand-in knows of an object beyond its wire form. */
export interface Internals {
  'billing_portal.session': { token: string; expiresAtMs: number; done?: boolean };
  'checkout.session': {
    items: { price: string; quantity: number }[];
    subscription: CheckoutSubscription;
    email: string | null;
  };
  invoice: InvoiceInternals;
  payment_method: { card: string; decline: string | null };
  setup_intent: Record<string, never>;
  subscription: { trialWillEndFor: number | null; resumption: Resumption | null };
  webhook_endpoint: { secret: string };
}

export interface CheckoutSubscription {
  trialPeriodDays?: number;
  trialEnd?: number;
  metadata: Record<string, string>;
  missingPaymentMethod?: 'cancel' | 'create_invoice' | 'pause';
}

/** A paused subscription's way back: what it becomes once the invoice is paid. */
export interface Resumption {
  /** Null when nothing is owed for it. */
  invoice: string | null;
  anchor: number;
  start: number;
  end: number;
  /** A failed attempt leaves it paused; otherwise it makes it past due. */
  onSuccess: boolean;
}

export interface InvoiceInternals {
  /** Path part of the hosted page. */
  token: string;
  /** Automatic retries that were scheduled so far. */
  retries: number;
  /** The payment method that was refused for good: not charged again for this invoice. */
  refused: string | null;
  /** Automatic collection has given up. */
  exhausted: boolean;
  /** When a resumption invoice is voided unless somebody tried to pay it. */
  resumptionEndsAt: number | null;
}

export type InternalOf<K extends Kind> = K extends keyof Internals ? Internals[K] : null;

export type Subscription = Kinds['subscription'];
export type SubscriptionItem = Subscription['items']['data'][number];
export type Invoice = Kinds['invoice'];
export type InvoiceLine = Invoice['lines']['data'][number];
export type InvoiceItem = Kinds['invoiceitem'];
export type Customer = Kinds['customer'];
export type Price = Kinds['price'];
export type Product = Kinds['product'];
export type PaymentMethod = Kinds['payment_method'];
export type PaymentIntent = Kinds['payment_intent'];
export type SetupIntent = Kinds['setup_intent'];
export type Charge = Kinds['charge'];
export type TestClock = Kinds['test_helpers.test_clock'];
export type CheckoutSession = Kinds['checkout.session'];
export type WebhookEndpoint = Kinds['webhook_endpoint'];

/** A list as Stripe answers it. */
export interface Page<T> {
  object: 'list';
  data: T[];
  has_more: boolean;
  url: string;
}

/** An event as it goes over the wire; `data.object` is a snapshot. */
export interface WireEvent {
  id: string;
  object: 'event';
  api_version: string;
  created: number;
  data: { object: unknown; previous_attributes?: Record<string, unknown> };
  livemode: boolean;
  pending_webhooks: number;
  request: { id: string | null; idempotency_key: string | null };
  type: string;
}
