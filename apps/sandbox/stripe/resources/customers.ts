import type { Stripe } from 'stripe';
import { cancelSubscription } from '../billing/cancelSubscription.ts';
import { newCustomer } from '../billing/newCustomer.ts';
import { attachPaymentMethod, ownedPaymentMethod, resolvePaymentMethod } from '../billing/paymentMethods.ts';
import { page, paging, pagingByTime, whenGiven } from '../http/page.ts';
import {
  clearable,
  clearableText,
  fieldsOf,
  integer,
  list,
  mergeMetadata,
  metadata,
  object,
  type Params,
  text,
} from '../http/params.ts';
import { type Route, route } from '../http/route.ts';
import { change, create, emit } from '../store/events.ts';
import type { Customer } from '../store/objects.ts';
import { inTimeOf, need, type Scope } from '../store/scope.ts';

const address = object({
  city: clearableText,
  country: clearableText,
  line1: clearableText,
  line2: clearableText,
  postal_code: clearableText,
  state: clearableText,
});

const common = fieldsOf<Stripe.CustomerCreateParams>()({
  address: clearable(address),
  balance: integer,
  description: clearableText,
  email: clearableText,
  invoice_settings: object({ default_payment_method: clearableText, footer: clearableText }),
  metadata,
  name: clearableText,
  phone: clearableText,
  preferred_locales: list(text),
});

type Common = Params<typeof common>;

const emptyAddress = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null };

function patchOf(stored: Customer, params: Common): Partial<Customer> {
  const patch: Partial<Customer> = { metadata: mergeMetadata(stored.metadata, params.metadata) };
  if (params.address !== undefined)
    patch.address = params.address === null ? null : { ...emptyAddress, ...stored.address, ...params.address };
  if (params.balance !== undefined) patch.balance = params.balance;
  if (params.description !== undefined) patch.description = params.description;
  if (params.email !== undefined) patch.email = params.email;
  if (params.name !== undefined) patch.name = params.name;
  if (params.phone !== undefined) patch.phone = params.phone;
  if (params.preferred_locales !== undefined) patch.preferred_locales = params.preferred_locales;
  if (params.invoice_settings?.footer !== undefined) {
    patch.invoice_settings = { ...stored.invoice_settings, footer: params.invoice_settings.footer };
  }
  return patch;
}

function withDefault(customer: Customer, method: string | null): Customer['invoice_settings'] {
  return { ...customer.invoice_settings, default_payment_method: method };
}

function createCustomer(outer: Scope, params: Common & { payment_method?: string; test_clock?: string }): Customer {
  const clock =
    params.test_clock === undefined ? null : need(outer, 'test_helpers.test_clock', params.test_clock, 'test_clock');
  const scope: Scope = clock === null ? outer : { ...outer, clock: clock.id, now: clock.frozen_time };
  const blank = newCustomer(scope.now, { test_clock: clock?.id ?? null });
  let customer: Customer = { ...blank, ...patchOf(blank, params) };
  scope.store.put('customer', customer);
  const attached =
    params.payment_method === undefined
      ? undefined
      : attachPaymentMethod(scope, resolvePaymentMethod(scope, params.payment_method, 'payment_method'), customer);
  const wanted = params.invoice_settings?.default_payment_method;
  if (wanted !== undefined && wanted !== null) {
    // A test token names the payment method that this very call attached.
    const method =
      wanted === params.payment_method
        ? attached
        : ownedPaymentMethod(scope, wanted, customer.id, 'invoice_settings[default_payment_method]');
    customer = { ...customer, invoice_settings: withDefault(customer, method?.id ?? null) };
  }
  return create(scope, 'customer', customer, 'customer.created');
}

function updateCustomer(outer: Scope, id: string, params: Common): Customer {
  const stored = need(outer, 'customer', id);
  const scope = inTimeOf(outer, stored);
  const patch = patchOf(stored, params);
  const wanted = params.invoice_settings?.default_payment_method;
  if (wanted !== undefined) {
    if (wanted !== null) ownedPaymentMethod(scope, wanted, id, 'invoice_settings[default_payment_method]');
    patch.invoice_settings = { ...(patch.invoice_settings ?? stored.invoice_settings), default_payment_method: wanted };
  }
  return change(scope, 'customer', stored, patch, 'customer.updated');
}

/** Deletes a customer for good; its subscriptions end with it. */
export function deleteCustomer(outer: Scope, id: string): { id: string; object: 'customer'; deleted: true } {
  const stored = need(outer, 'customer', id);
  const scope = inTimeOf(outer, stored);
  const live = [
    { sql: 'customer = ?', values: [id] },
    { sql: `status not in ('canceled', 'incomplete_expired')`, values: [] },
  ];
  for (const subscription of scope.store.list({ kind: 'subscription', where: live, limit: 1000 })) {
    cancelSubscription(scope, subscription, { reason: 'cancellation_requested' });
  }
  scope.store.remove(id);
  emit(scope, 'customer.deleted', stored);
  return { id, object: 'customer', deleted: true };
}

export const customers: Route[] = [
  route(
    'POST',
    '/v1/customers',
    fieldsOf<Stripe.CustomerCreateParams>()({ ...common, payment_method: text, test_clock: text }),
    ({ scope, params }) => createCustomer(scope, params),
  ),
  route(
    'GET',
    '/v1/customers',
    fieldsOf<Stripe.CustomerListParams>()({ ...pagingByTime, email: text, test_clock: text }),
    ({ scope, params }) =>
      page(scope, 'customer', '/v1/customers', params, [
        ...whenGiven(`json_extract(body, '$.email') = ?`, params.email),
        ...(params.test_clock === undefined
          ? [{ sql: 'clock is null', values: [] }]
          : whenGiven('clock = ?', params.test_clock)),
      ]),
  ),
  route('GET', '/v1/customers/:id', {}, ({ scope, id }) =>
    scope.store.getDeleted('customer', id) ? { id, object: 'customer', deleted: true } : need(scope, 'customer', id),
  ),
  route('POST', '/v1/customers/:id', common, ({ scope, id, params }) => updateCustomer(scope, id, params)),
  route('DELETE', '/v1/customers/:id', {}, ({ scope, id }) => deleteCustomer(scope, id)),
  route(
    'GET',
    '/v1/customers/:id/payment_methods',
    fieldsOf<Stripe.CustomerListPaymentMethodsParams>()({ ...paging, type: text }),
    ({ scope, id, params }) => {
      need(scope, 'customer', id);
      const where = [
        { sql: 'customer = ?', values: [id] },
        ...whenGiven(`json_extract(body, '$.type') = ?`, params.type),
      ];
      return page(scope, 'payment_method', `/v1/customers/${id}/payment_methods`, params, where);
    },
  ),
  route('GET', '/v1/customers/:id/subscriptions', paging, ({ scope, id, params }) => {
    need(scope, 'customer', id);
    const where = [
      { sql: 'customer = ?', values: [id] },
      { sql: `status not in ('canceled', 'incomplete_expired')`, values: [] },
    ];
    return page(scope, 'subscription', `/v1/customers/${id}/subscriptions`, params, where);
  }),
];
