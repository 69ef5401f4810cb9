import { checkoutLines } from '../billing/checkout.ts';
import { intentOf, paymentsOf } from '../billing/invoiceParts.ts';
import type { Kind } from '../store/objects.ts';
import type { Scope } from '../store/scope.ts';
import { invalid } from './errors.ts';

type Hash = Record<string, unknown>;

/** Fields that hold an id unless they are expanded. */
const references: Readonly<Record<string, Kind>> = {
  charge: 'charge',
  configuration: 'billing_portal.configuration',
  customer: 'customer',
  default_payment_method: 'payment_method',
  default_price: 'price',
  invoice: 'invoice',
  latest_charge: 'charge',
  latest_invoice: 'invoice',
  payment_intent: 'payment_intent',
  payment_method: 'payment_method',
  pending_setup_intent: 'setup_intent',
  price: 'price',
  product: 'product',
  setup_intent: 'setup_intent',
  subscription: 'subscription',
  test_clock: 'test_helpers.test_clock',
};

// Places where an id stays an id, although a field of that name can be expanded elsewhere.
const plainIds: Readonly<Record<string, readonly string[]>> = {
  line_item: ['invoice'],
  subscription_item: ['subscription'],
  'billing_portal.session': ['customer'],
  charge: ['payment_method'],
};

/** Fields that are left out unless they are expanded. */
function include(scope: Scope, object: Hash, field: string): unknown {
  const id = String(object.id);
  if (object.object === 'invoice' && field === 'payments') {
    return { object: 'list', data: paymentsOf(scope, id), has_more: false, url: `/v1/invoice_payments?invoice=${id}` };
  }
  if (object.object === 'invoice' && field === 'confirmation_secret') {
    const invoice = scope.store.get('invoice', id);
    const secret = invoice === undefined ? null : intentOf(scope, invoice)?.client_secret;
    return secret === null || secret === undefined ? null : { client_secret: secret, type: 'payment_intent' };
  }
  if (object.object === 'customer' && field === 'subscriptions') {
    const where = [
      { sql: 'customer = ?', values: [id] },
      { sql: `status not in ('canceled', 'incomplete_expired')`, values: [] },
    ];
    const data = scope.store.list({ kind: 'subscription', where, limit: 11 });
    return {
      object: 'list',
      data: data.slice(0, 10),
      has_more: data.length > 10,
      url: `/v1/customers/${id}/subscriptions`,
    };
  }
  if (object.object === 'checkout.session' && field === 'line_items') {
    return {
      object: 'list',
      data: checkoutLines(scope, id),
      has_more: false,
      url: `/v1/checkout/sessions/${id}/line_items`,
    };
  }
  if (object.object === 'customer' && (field === 'sources' || field === 'tax_ids')) {
    return { object: 'list', data: [], has_more: false, url: `/v1/customers/${id}/${field}` };
  }
  return undefined;
}

function load(scope: Scope, owner: Hash, field: string, id: string): unknown {
  const kind = references[field];
  const stays = plainIds[String(owner.object)]?.includes(field) === true;
  if (kind === undefined || stays) return undefined;
  const found = scope.store.get(kind, id);
  if (found !== undefined) return found;
  return scope.store.getDeleted(kind, id) ? { id, object: kind, deleted: true } : undefined;
}

function expandAt(scope: Scope, value: unknown, path: string[], whole: string): unknown {
  const [field, ...rest] = path;
  if (field === undefined || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => expandAt(scope, each, path, whole));
  if (typeof value !== 'object') throw invalid(`This property cannot be expanded (${whole}).`, { param: 'expand' });
  const owner = value as Hash;
  const known = Object.hasOwn(owner, field) ? owner[field] : undefined;
  const current = known === undefined ? include(scope, owner, field) : known;
  if (current === undefined && !Object.hasOwn(references, field)) {
    throw invalid(`This property cannot be expanded (${whole}).`, { param: 'expand' });
  }
  const loaded = typeof current === 'string' ? load(scope, owner, field, current) : current;
  if (loaded === undefined) {
    if (current === undefined) return owner;
    throw invalid(`This property cannot be expanded (${whole}).`, { param: 'expand' });
  }
  return { ...owner, [field]: expandAt(scope, loaded, rest, whole) };
}

/** Replaces ids by what they name, along each path: `latest_invoice.payments`, `data.customer`. Up to four levels. */
export function expand(scope: Scope, result: unknown, paths: string[]): unknown {
  let expanded = result;
  for (const path of paths) {
    const parts = path.split('.');
    if (parts.filter((part) => part !== 'data').length > 4) {
      throw invalid('You cannot expand more than 4 levels of a property.', { param: 'expand' });
    }
    expanded = expandAt(scope, expanded, parts, path);
  }
  return expanded;
}
