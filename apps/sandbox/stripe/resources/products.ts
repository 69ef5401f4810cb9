import type { Stripe } from 'stripe';
import { invalid } from '../http/errors.ts';
import { page, pagingByTime, whenGiven } from '../http/page.ts';
import {
  clearableText,
  fieldsOf,
  flag,
  list,
  mergeMetadata,
  metadata,
  type Params,
  required,
  text,
} from '../http/params.ts';
import { type Route, route } from '../http/route.ts';
import { change, create, emit } from '../store/events.ts';
import { newId } from '../store/ids.ts';
import type { Product } from '../store/objects.ts';
import { need, type Scope } from '../store/scope.ts';

const common = fieldsOf<Stripe.ProductCreateParams>()({
  active: flag,
  description: clearableText,
  metadata,
  statement_descriptor: text,
  unit_label: clearableText,
  url: clearableText,
});

/** The wire form of a product. */
function newProduct(now: number, known: Partial<Product> & { name: string }): Product {
  return {
    id: newId('product'),
    object: 'product',
    active: true,
    created: now,
    default_price: null,
    description: null,
    images: [],
    livemode: false,
    marketing_features: [],
    metadata: {},
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    tax_details: null,
    type: 'service',
    unit_label: null,
    updated: now,
    url: null,
    ...known,
  };
}

type Common = Params<typeof common>;

function patchOf(stored: Product, params: Common): Partial<Product> {
  const { metadata: meta, ...plain } = params;
  return { ...plain, metadata: mergeMetadata(stored.metadata, meta) };
}

interface ProductParams extends Common {
  id?: string;
  name: string;
}

export function createProduct(scope: Scope, { id, name, ...params }: ProductParams): Product {
  if (id !== undefined && scope.store.kindOf(id) !== undefined)
    throw invalid('Product already exists.', { code: 'resource_already_exists', param: 'id' });
  const blank = newProduct(scope.now, { name, ...(id === undefined ? {} : { id }) });
  return create(scope, 'product', { ...blank, ...patchOf(blank, params) }, 'product.created');
}

export const products: Route[] = [
  route(
    'POST',
    '/v1/products',
    fieldsOf<Stripe.ProductCreateParams>()({ ...common, id: text, name: required(text) }),
    ({ scope, params }) => createProduct(scope, params),
  ),
  route(
    'GET',
    '/v1/products',
    fieldsOf<Stripe.ProductListParams>()({ ...pagingByTime, active: flag, ids: list(text) }),
    ({ scope, params }) =>
      page(scope, 'product', '/v1/products', params, [
        ...whenGiven(
          `json_extract(body, '$.active') = ?`,
          params.active === undefined ? undefined : Number(params.active),
        ),
        ...(params.ids === undefined
          ? []
          : [{ sql: 'id in (select value from json_each(?))', values: [JSON.stringify(params.ids)] }]),
      ]),
  ),
  route('GET', '/v1/products/:id', {}, ({ scope, id }) => need(scope, 'product', id)),
  route(
    'POST',
    '/v1/products/:id',
    fieldsOf<Stripe.ProductUpdateParams>()({ ...common, default_price: text, name: text }),
    ({ scope, id, params }) => {
      const stored = need(scope, 'product', id);
      const { default_price: price, ...rest } = params;
      if (price !== undefined) need(scope, 'price', price, 'default_price');
      const patch = {
        ...patchOf(stored, rest),
        ...(price === undefined ? {} : { default_price: price }),
        updated: scope.now,
      };
      return change(scope, 'product', stored, patch, 'product.updated');
    },
  ),
  route('DELETE', '/v1/products/:id', {}, ({ scope, id }) => {
    const stored = need(scope, 'product', id);
    const priced = scope.store.list({ kind: 'price', where: [{ sql: 'parent = ?', values: [id] }], limit: 1 });
    if (priced.length > 0)
      throw invalid('This product cannot be deleted because it has one or more user-created prices.');
    scope.store.remove(id);
    emit(scope, 'product.deleted', stored);
    return { id, object: 'product', deleted: true };
  }),
];
