import type { Stripe } from 'stripe';
import { invalid, missingParameter } from '../http/errors.ts';
import { page, pagingByTime, whenGiven } from '../http/page.ts';
import {
  clearableText,
  count,
  decimal,
  fieldsOf,
  flag,
  list,
  mergeMetadata,
  metadata,
  object,
  oneOf,
  required,
  text,
} from '../http/params.ts';
import { type Route, route } from '../http/route.ts';
import { change, create } from '../store/events.ts';
import { newId } from '../store/ids.ts';
import type { Price } from '../store/objects.ts';
import { need, type Scope } from '../store/scope.ts';
import { createProduct } from './products.ts';

const interval = oneOf('day', 'month', 'week', 'year');
const taxBehavior = oneOf('exclusive', 'inclusive', 'unspecified');

interface PriceFacts {
  product: string;
  currency: string;
  unitAmount: number;
  recurring: { interval: 'day' | 'week' | 'month' | 'year'; intervalCount: number } | null;
  lookupKey?: string | null;
  nickname?: string | null;
  metadata?: Record<string, string>;
}

/** The wire form of a price per unit. */
function newPrice(now: number, facts: PriceFacts, known: Partial<Price> = {}): Price {
  return {
    id: newId('price'),
    object: 'price',
    active: true,
    billing_scheme: 'per_unit',
    created: now,
    currency: facts.currency,
    custom_unit_amount: null,
    livemode: false,
    lookup_key: facts.lookupKey ?? null,
    metadata: facts.metadata ?? {},
    nickname: facts.nickname ?? null,
    product: facts.product,
    recurring:
      facts.recurring === null
        ? null
        : {
            interval: facts.recurring.interval,
            interval_count: facts.recurring.intervalCount,
            meter: null,
            trial_period_days: null,
            usage_type: 'licensed',
          },
    tax_behavior: 'unspecified',
    tiers_mode: null,
    transform_quantity: null,
    type: facts.recurring === null ? 'one_time' : 'recurring',
    unit_amount: facts.unitAmount,
    unit_amount_decimal: String(facts.unitAmount),
    ...known,
  };
}

/** A lookup key names one price. It can be handed over from another, but only on request. */
function claimLookupKey(scope: Scope, key: string, transfer: boolean, self: string | null): void {
  const where = [{ sql: `json_extract(body, '$.lookup_key') = ?`, values: [key] }];
  const [holder] = scope.store.list({ kind: 'price', where, limit: 1 });
  if (holder === undefined || holder.id === self) return;
  if (!transfer) {
    throw invalid(
      `A price (\`${holder.id}\`) already uses that lookup key. Set \`transfer_lookup_key=true\` to remove the lookup key from the other price.`,
      { param: 'lookup_key' },
    );
  }
  change(scope, 'price', holder, { lookup_key: null }, 'price.updated');
}

const createFields = fieldsOf<Stripe.PriceCreateParams>()({
  active: flag,
  billing_scheme: oneOf('per_unit'),
  currency: required(text),
  lookup_key: text,
  metadata,
  nickname: text,
  product: text,
  product_data: object({ id: text, metadata, name: required(text) }),
  recurring: object({ interval: required(interval), interval_count: count, usage_type: oneOf('licensed') }),
  tax_behavior: taxBehavior,
  transfer_lookup_key: flag,
  unit_amount: count,
  unit_amount_decimal: decimal,
});

const subscriptionOnly = `json_extract(body, '$.recurring.interval') = ?`;

export const prices: Route[] = [
  route('POST', '/v1/prices', createFields, ({ scope, params }) => {
    if (params.product === undefined && params.product_data === undefined) throw missingParameter('product');
    const amount =
      params.unit_amount ?? (params.unit_amount_decimal === undefined ? undefined : Number(params.unit_amount_decimal));
    if (amount === undefined) throw missingParameter('unit_amount');
    if (!Number.isInteger(amount))
      throw invalid('The sandbox bills whole minor units only.', { param: 'unit_amount_decimal' });
    if (!/^[a-z]{3}$/i.test(params.currency))
      throw invalid(`Invalid currency: ${params.currency}`, { param: 'currency' });
    const product =
      params.product_data === undefined
        ? need(scope, 'product', params.product ?? '', 'product')
        : createProduct(scope, params.product_data);
    if (params.lookup_key !== undefined)
      claimLookupKey(scope, params.lookup_key, params.transfer_lookup_key === true, null);
    const facts: PriceFacts = {
      product: product.id,
      currency: params.currency.toLowerCase(),
      unitAmount: amount,
      recurring:
        params.recurring === undefined
          ? null
          : { interval: params.recurring.interval, intervalCount: params.recurring.interval_count ?? 1 },
      lookupKey: params.lookup_key ?? null,
      nickname: params.nickname ?? null,
      metadata: mergeMetadata({}, params.metadata),
    };
    const known = { active: params.active ?? true, tax_behavior: params.tax_behavior ?? 'unspecified' };
    return create(scope, 'price', newPrice(scope.now, facts, known), 'price.created');
  }),
  route(
    'GET',
    '/v1/prices',
    fieldsOf<Stripe.PriceListParams>()({
      ...pagingByTime,
      active: flag,
      currency: text,
      lookup_keys: list(text),
      product: text,
      recurring: object({ interval }),
      type: oneOf('one_time', 'recurring'),
    }),
    ({ scope, params }) =>
      page(scope, 'price', '/v1/prices', params, [
        ...whenGiven(
          `json_extract(body, '$.active') = ?`,
          params.active === undefined ? undefined : Number(params.active),
        ),
        ...whenGiven(`json_extract(body, '$.currency') = ?`, params.currency),
        ...whenGiven('parent = ?', params.product),
        ...whenGiven(`json_extract(body, '$.type') = ?`, params.type),
        ...whenGiven(subscriptionOnly, params.recurring?.interval),
        ...(params.lookup_keys === undefined
          ? []
          : [
              {
                sql: `json_extract(body, '$.lookup_key') in (select value from json_each(?))`,
                values: [JSON.stringify(params.lookup_keys)],
              },
            ]),
      ]),
  ),
  route('GET', '/v1/prices/:id', {}, ({ scope, id }) => need(scope, 'price', id)),
  route(
    'POST',
    '/v1/prices/:id',
    fieldsOf<Stripe.PriceUpdateParams>()({
      active: flag,
      lookup_key: clearableText,
      metadata,
      nickname: clearableText,
      tax_behavior: taxBehavior,
      transfer_lookup_key: flag,
    }),
    ({ scope, id, params }) => {
      const stored = need(scope, 'price', id);
      if (typeof params.lookup_key === 'string')
        claimLookupKey(scope, params.lookup_key, params.transfer_lookup_key === true, id);
      const patch: Partial<Price> = { metadata: mergeMetadata(stored.metadata, params.metadata) };
      if (params.active !== undefined) patch.active = params.active;
      if (params.lookup_key !== undefined) patch.lookup_key = params.lookup_key;
      if (params.nickname !== undefined) patch.nickname = params.nickname;
      if (params.tax_behavior !== undefined) patch.tax_behavior = params.tax_behavior;
      return change(scope, 'price', stored, patch, 'price.updated');
    },
  ),
];
