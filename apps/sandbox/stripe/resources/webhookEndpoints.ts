import type { Stripe } from 'stripe';
import { invalid } from '../http/errors.ts';
import { page, paging } from '../http/page.ts';
import {
  clearableText,
  fieldsOf,
  flag,
  list,
  mergeMetadata,
  metadata,
  required,
  text,
  webUrl,
} from '../http/params.ts';
import { type Route, route } from '../http/route.ts';
import { newId, randomText } from '../store/ids.ts';
import type { WebhookEndpoint } from '../store/objects.ts';
import { need } from '../store/scope.ts';

function checkedTypes(types: string[]): string[] {
  types.forEach((type, index) => {
    if (type !== '*' && !/^[a-z0-9_]+(\.[a-z0-9_]+)+$/.test(type)) {
      throw invalid(`Invalid enabled_events[${index}]: must be a known event type`, {
        param: `enabled_events[${index}]`,
      });
    }
  });
  return types;
}

export const webhookEndpoints: Route[] = [
  route(
    'POST',
    '/v1/webhook_endpoints',
    fieldsOf<Stripe.WebhookEndpointCreateParams>()({
      api_version: text,
      description: clearableText,
      enabled_events: required(list(text)),
      metadata,
      url: required(webUrl),
    }),
    ({ scope, params }) => {
      if (params.api_version !== undefined && !/^\d{4}-\d{2}-\d{2}(\.[a-z]+)?$/.test(params.api_version)) {
        throw invalid(`Invalid API version: ${params.api_version}`, { param: 'api_version' });
      }
      const secret = `whsec_${randomText(32)}`;
      const endpoint: WebhookEndpoint = {
        id: newId('webhook_endpoint'),
        object: 'webhook_endpoint',
        api_version: params.api_version ?? null,
        application: null,
        created: scope.now,
        description: params.description ?? null,
        enabled_events: checkedTypes(params.enabled_events),
        livemode: false,
        metadata: mergeMetadata({}, params.metadata),
        status: 'enabled',
        url: params.url,
      };
      scope.store.put('webhook_endpoint', endpoint, { secret });
      // The secret is told once, in this answer, and never again.
      return { ...endpoint, secret };
    },
  ),
  route('GET', '/v1/webhook_endpoints', paging, ({ scope, params }) =>
    page(scope, 'webhook_endpoint', '/v1/webhook_endpoints', params, []),
  ),
  route('GET', '/v1/webhook_endpoints/:id', {}, ({ scope, id }) => need(scope, 'webhook_endpoint', id)),
  route(
    'POST',
    '/v1/webhook_endpoints/:id',
    fieldsOf<Stripe.WebhookEndpointUpdateParams>()({
      description: clearableText,
      disabled: flag,
      enabled_events: list(text),
      metadata,
      url: webUrl,
    }),
    ({ scope, id, params }) => {
      const stored = need(scope, 'webhook_endpoint', id);
      const next: WebhookEndpoint = {
        ...stored,
        metadata: mergeMetadata(stored.metadata, params.metadata),
        ...(params.description === undefined ? {} : { description: params.description }),
        ...(params.disabled === undefined ? {} : { status: params.disabled ? 'disabled' : 'enabled' }),
        ...(params.enabled_events === undefined ? {} : { enabled_events: checkedTypes(params.enabled_events) }),
        ...(params.url === undefined ? {} : { url: params.url }),
      };
      scope.store.put('webhook_endpoint', next);
      return next;
    },
  ),
  route('DELETE', '/v1/webhook_endpoints/:id', {}, ({ scope, id }) => {
    need(scope, 'webhook_endpoint', id);
    scope.store.remove(id);
    scope.store.run(
      `update deliveries set state = 'failed', last_error = 'endpoint deleted' where endpoint = ? and state = 'pending'`,
      id,
    );
    return { id, object: 'webhook_endpoint', deleted: true };
  }),
];
