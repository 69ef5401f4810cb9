import type Stripe from 'stripe';
import type { KeeperContext } from '../context.ts';
import { authorize } from '../operators/permissions.ts';
import { customerOf } from './customerOf.ts';
import { expectedSubscriptions } from './expectedSubscriptions.ts';
import { fetchSubscriptions } from './fetchSubscriptions.ts';

export interface PaymentMethodFacts {
  readonly id: string;
  readonly brand: string;
  readonly last4: string;
  readonly expMonth: number | undefined;
  readonly expYear: number | undefined;
  /** When it was made, in Stripe's seconds: of two defaults the newer is what the customer means. */
  readonly created: number;
}

/** What Stripe says about an organization's payments at this moment. Amounts in minor units. */
export interface PaymentFacts {
  readonly organizationId: string;
  readonly customerId: string;
  readonly subscription:
    | {
        readonly id: string;
        readonly status: string;
        readonly plan: string;
        readonly priceId: string | null;
        readonly currentPeriodEnd: Temporal.Instant | undefined;
        readonly latestInvoiceId: string | null;
      }
    | undefined;
  /** The oldest invoice of the subscription that is still to be paid. */
  readonly openInvoice:
    | {
        readonly id: string;
        readonly amountDueMinor: number;
        readonly currency: string;
        readonly attemptCount: number;
        readonly nextAttemptAt: Temporal.Instant | undefined;
        readonly hostedUrl: string | undefined;
        readonly status: string;
      }
    | undefined;
  /** The one that Stripe charges: the subscription's own default, and only without one the customer's. */
  readonly paymentMethod: (PaymentMethodFacts & { readonly source: 'subscription' | 'customer' }) | undefined;
  readonly customerDefault: PaymentMethodFacts | undefined;
  /** Of the last attempt to collect the open invoice. */
  readonly lastError:
    | {
        readonly code: string | undefined;
        readonly declineCode: string | undefined;
        readonly message: string | undefined;
      }
    | undefined;
}

/**
 * Reads three to five objects from Stripe: before all else for a person, in turn for a playbook, since the runs of ten thousand failed cards
 * would starve the deliveries. Errors as `StripeClient.read` and `customerOf`.
 */
export async function readPaymentFacts(ctx: KeeperContext, organizationId: string): Promise<PaymentFacts> {
  authorize(ctx, 'billing.read');
  const { api } = ctx.stripe;
  const priority = ctx.actor.kind === 'run' ? 'low' : 'high';
  const read = <T>(operation: string, call: () => Promise<T>) =>
    ctx.stripe.read(priority, operation, organizationId, call);

  const customerId = await customerOf(ctx, organizationId);
  const [subscriptions, customer, open] = await Promise.all([
    fetchSubscriptions(ctx.stripe, organizationId, customerId, priority),
    read('customers.retrieve', () =>
      api.customers.retrieve(customerId, { expand: ['invoice_settings.default_payment_method'] }),
    ),
    read('invoices.list', () => api.invoices.list({ customer: customerId, status: 'open', limit: 100 })),
  ]);
  const expected = (await expectedSubscriptions(ctx, new Map([[organizationId, subscriptions]]))).get(organizationId);
  const subscription = subscriptions.find((one) => one.id === expected?.subscriptionId);
  const invoice = open.data.findLast((one) => one.parent?.subscription_details?.subscription === subscription?.id);

  const customerDefault = await customerDefaultOf(customer, (id) =>
    read('paymentMethods.retrieve', () => api.paymentMethods.retrieve(id)),
  );
  const own = subscription?.defaultPaymentMethod ?? null;
  const ownMethod =
    own === null || own === customerDefault?.id
      ? undefined
      : methodFacts(await read('paymentMethods.retrieve', () => api.paymentMethods.retrieve(own)));
  const charged = own === null || own === customerDefault?.id ? customerDefault : ownMethod;

  return {
    organizationId,
    customerId,
    subscription:
      subscription === undefined || expected === undefined
        ? undefined
        : {
            id: subscription.id,
            status: subscription.status,
            plan: expected.plan,
            priceId: subscription.priceId,
            currentPeriodEnd:
              subscription.currentPeriodEnd === null ? undefined : Temporal.Instant.from(subscription.currentPeriodEnd),
            latestInvoiceId: subscription.latestInvoiceId,
          },
    openInvoice:
      invoice === undefined
        ? undefined
        : {
            id: invoice.id,
            amountDueMinor: invoice.amount_remaining,
            currency: invoice.currency,
            attemptCount: invoice.attempt_count,
            nextAttemptAt:
              invoice.next_payment_attempt === null
                ? undefined
                : Temporal.Instant.fromEpochMilliseconds(invoice.next_payment_attempt * 1_000),
            hostedUrl: invoice.hosted_invoice_url ?? undefined,
            status: invoice.status ?? 'open',
          },
    paymentMethod:
      charged === undefined ? undefined : { ...charged, source: own === null ? 'customer' : 'subscription' },
    customerDefault,
    lastError: invoice === undefined ? undefined : await read('invoices.retrieve', () => lastErrorOf(api, invoice.id)),
  };
}

async function customerDefaultOf(
  customer: Stripe.Customer | Stripe.DeletedCustomer,
  retrieve: (id: string) => Promise<Stripe.PaymentMethod>,
): Promise<PaymentMethodFacts | undefined> {
  if (customer.deleted === true) return undefined;
  const chosen = customer.invoice_settings.default_payment_method ?? customer.default_source;
  if (chosen === null || chosen === undefined) return undefined;
  if (typeof chosen !== 'string' && chosen.object === 'payment_method') return methodFacts(chosen);
  return methodFacts(await retrieve(typeof chosen === 'string' ? chosen : chosen.id));
}

function methodFacts(method: Stripe.PaymentMethod): PaymentMethodFacts {
  return {
    id: method.id,
    brand: method.card?.brand ?? method.type,
    last4: method.card?.last4 ?? '',
    expMonth: method.card?.exp_month,
    expYear: method.card?.exp_year,
    created: method.created,
  };
}

async function lastErrorOf(api: Stripe, invoiceId: string): Promise<PaymentFacts['lastError']> {
  const invoice = await api.invoices.retrieve(invoiceId, { expand: ['payments.data.payment.payment_intent'] });
  const intents = (invoice.payments?.data ?? []).flatMap(({ payment }) =>
    typeof payment.payment_intent === 'object' && payment.payment_intent !== null ? [payment.payment_intent] : [],
  );
  const error = intents.toSorted((a, b) => b.created - a.created)[0]?.last_payment_error;
  return error === null || error === undefined
    ? undefined
    : { code: error.code, declineCode: error.decline_code, message: error.message };
}
