import type { Stripe } from 'stripe';
import type { ItemChange } from '../billing/updateItems.ts';
import { updateSubscription } from '../billing/updateSubscription.ts';
import { missing } from '../http/errors.ts';
import { pageLimit, paging } from '../http/page.ts';
import { count, fieldsOf, flag, metadata, oneOf, required, text } from '../http/params.ts';
import { type Route, route } from '../http/route.ts';
import type { Subscription, SubscriptionItem } from '../store/objects.ts';
import { inTimeOf, need, type Scope } from '../store/scope.ts';

function ownerOf(scope: Scope, id: string): { subscription: Subscription; item: SubscriptionItem } {
  const owner = scope.store.ownerOf(id);
  const subscription = owner === undefined ? undefined : scope.store.get('subscription', owner);
  const item = subscription?.items.data.find((each) => each.id === id);
  if (subscription === undefined || item === undefined) throw missing('subscription item', id, 'id');
  return { subscription, item };
}

interface Behavior {
  payment_behavior?: 'allow_incomplete' | 'default_incomplete' | 'error_if_incomplete';
  proration_behavior?: 'always_invoice' | 'create_prorations' | 'none';
}

function apply(outer: Scope, subscription: Subscription, change: ItemChange, behavior: Behavior): Subscription {
  const scope = inTimeOf(outer, subscription);
  return updateSubscription(scope, subscription, {
    fields: {},
    items: [change],
    paymentBehavior: behavior.payment_behavior ?? 'allow_incomplete',
    prorationBehavior: behavior.proration_behavior ?? 'create_prorations',
  });
}

const behaviorFields = {
  payment_behavior: oneOf('allow_incomplete', 'default_incomplete', 'error_if_incomplete'),
  proration_behavior: oneOf('always_invoice', 'create_prorations', 'none'),
};

export const subscriptionItems: Route[] = [
  route(
    'POST',
    '/v1/subscription_items',
    fieldsOf<Stripe.SubscriptionItemCreateParams>()({
      ...behaviorFields,
      metadata,
      price: required(text),
      quantity: count,
      subscription: required(text),
    }),
    ({ scope, params }) => {
      const subscription = need(scope, 'subscription', params.subscription, 'subscription');
      const { price, quantity, metadata: meta } = params;
      const added: ItemChange = {
        price,
        ...(quantity === undefined ? {} : { quantity }),
        ...(meta === undefined ? {} : { metadata: meta }),
      };
      const before = new Set(subscription.items.data.map((item) => item.id));
      const after = apply(scope, subscription, added, params);
      return after.items.data.find((item) => !before.has(item.id)) ?? after;
    },
  ),
  route(
    'GET',
    '/v1/subscription_items',
    fieldsOf<Stripe.SubscriptionItemListParams>()({ ...paging, subscription: required(text) }),
    ({ scope, params }) => {
      const { items } = need(scope, 'subscription', params.subscription, 'subscription');
      const from =
        params.starting_after === undefined ? 0 : items.data.findIndex((item) => item.id === params.starting_after) + 1;
      const limit = pageLimit(params);
      return {
        object: 'list',
        data: items.data.slice(from, from + limit),
        has_more: items.data.length > from + limit,
        url: '/v1/subscription_items',
      };
    },
  ),
  route('GET', '/v1/subscription_items/:id', {}, ({ scope, id }) => ownerOf(scope, id).item),
  route(
    'POST',
    '/v1/subscription_items/:id',
    fieldsOf<Stripe.SubscriptionItemUpdateParams>()({ ...behaviorFields, metadata, price: text, quantity: count }),
    ({ scope, id, params }) => {
      const { subscription } = ownerOf(scope, id);
      const { price, quantity, metadata: meta } = params;
      apply(
        scope,
        subscription,
        {
          id,
          ...(price === undefined ? {} : { price }),
          ...(quantity === undefined ? {} : { quantity }),
          ...(meta === undefined ? {} : { metadata: meta }),
        },
        params,
      );
      return ownerOf(scope, id).item;
    },
  ),
  route(
    'DELETE',
    '/v1/subscription_items/:id',
    fieldsOf<Stripe.SubscriptionItemDeleteParams>()({ ...behaviorFields, clear_usage: flag }),
    ({ scope, id, params }) => {
      const { subscription } = ownerOf(scope, id);
      apply(scope, subscription, { id, deleted: true }, params);
      return { id, object: 'subscription_item', deleted: true };
    },
  ),
];
