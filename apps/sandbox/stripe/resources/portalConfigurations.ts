import type { Stripe } from 'stripe';
import { page, paging, whenGiven } from '../http/page.ts';
import {
  clearableText,
  fieldsOf,
  flag,
  list,
  mergeMetadata,
  metadata,
  object,
  oneOf,
  type Params,
  required,
} from '../http/params.ts';
import { type Route, route } from '../http/route.ts';
import { change, create } from '../store/events.ts';
import { newId } from '../store/ids.ts';
import type { Kinds } from '../store/objects.ts';
import { need, type Scope } from '../store/scope.ts';

type Configuration = Kinds['billing_portal.configuration'];

const features = object({
  customer_update: object({
    allowed_updates: list(oneOf('address', 'email', 'name', 'phone', 'shipping', 'tax_id')),
    enabled: flag,
  }),
  invoice_history: object({ enabled: required(flag) }),
  payment_method_update: object({ enabled: required(flag) }),
  subscription_cancel: object({
    enabled: required(flag),
    mode: oneOf('at_period_end', 'immediately'),
    proration_behavior: oneOf('always_invoice', 'create_prorations', 'none'),
  }),
});

const fields = fieldsOf<Stripe.BillingPortal.ConfigurationCreateParams>()({
  business_profile: object({
    headline: clearableText,
    privacy_policy_url: clearableText,
    terms_of_service_url: clearableText,
  }),
  default_return_url: clearableText,
  metadata,
  name: clearableText,
});

type Common = Params<typeof fields> & { features?: Params<{ features: typeof features }>['features'] };

function blank(now: number): Configuration {
  return {
    id: newId('billing_portal.configuration'),
    object: 'billing_portal.configuration',
    active: true,
    application: null,
    business_profile: { headline: null, privacy_policy_url: null, terms_of_service_url: null },
    created: now,
    default_return_url: null,
    features: {
      customer_update: { allowed_updates: [], enabled: false },
      invoice_history: { enabled: false },
      payment_method_update: { enabled: false, payment_method_configuration: null },
      subscription_cancel: {
        cancellation_reason: { enabled: false, feedback_options: null, options: [] },
        enabled: false,
        mode: 'at_period_end',
        proration_behavior: 'none',
      },
      subscription_pause: { duration: { interval_options: [], type: 'indefinite' }, enabled: false },
      subscription_update: {
        billing_cycle_anchor: null,
        default_allowed_updates: [],
        enabled: false,
        products: [],
        proration_behavior: 'none',
        schedule_at_period_end: { conditions: [] },
        trial_update_behavior: 'end_trial',
      },
    },
    is_default: false,
    livemode: false,
    login_page: { enabled: false, url: null },
    metadata: {},
    name: null,
    updated: now,
  };
}

function patched(stored: Configuration, params: Common, now: number): Configuration {
  const { features: wanted } = params;
  return {
    ...stored,
    business_profile: { ...stored.business_profile, ...params.business_profile },
    default_return_url: params.default_return_url === undefined ? stored.default_return_url : params.default_return_url,
    features: {
      ...stored.features,
      customer_update: { ...stored.features.customer_update, ...wanted?.customer_update },
      invoice_history: { ...stored.features.invoice_history, ...wanted?.invoice_history },
      payment_method_update: { ...stored.features.payment_method_update, ...wanted?.payment_method_update },
      subscription_cancel: { ...stored.features.subscription_cancel, ...wanted?.subscription_cancel },
    },
    metadata: mergeMetadata(stored.metadata ?? {}, params.metadata),
    name: params.name === undefined ? stored.name : params.name,
    updated: now,
  };
}

/** The configuration that a session without one uses; made when it is first needed. */
export function defaultConfiguration(scope: Scope): Configuration {
  const where = [{ sql: `json_extract(body, '$.is_default') = 1`, values: [] }];
  const [known] = scope.store.list({ kind: 'billing_portal.configuration', where, limit: 1 });
  if (known !== undefined) return known;
  const made = patched(
    { ...blank(scope.now), is_default: true },
    {
      features: {
        invoice_history: { enabled: true },
        payment_method_update: { enabled: true },
        subscription_cancel: { enabled: true },
      },
    },
    scope.now,
  );
  return create(scope, 'billing_portal.configuration', made, 'billing_portal.configuration.created');
}

export const portalConfigurations: Route[] = [
  route(
    'POST',
    '/v1/billing_portal/configurations',
    fieldsOf<Stripe.BillingPortal.ConfigurationCreateParams>()({ ...fields, features: required(features) }),
    ({ scope, params }) =>
      create(
        scope,
        'billing_portal.configuration',
        patched(blank(scope.now), params, scope.now),
        'billing_portal.configuration.created',
      ),
  ),
  route(
    'GET',
    '/v1/billing_portal/configurations',
    fieldsOf<Stripe.BillingPortal.ConfigurationListParams>()({ ...paging, active: flag, is_default: flag }),
    ({ scope, params }) =>
      page(scope, 'billing_portal.configuration', '/v1/billing_portal/configurations', params, [
        ...whenGiven(
          `json_extract(body, '$.active') = ?`,
          params.active === undefined ? undefined : Number(params.active),
        ),
        ...whenGiven(
          `json_extract(body, '$.is_default') = ?`,
          params.is_default === undefined ? undefined : Number(params.is_default),
        ),
      ]),
  ),
  route('GET', '/v1/billing_portal/configurations/:id', {}, ({ scope, id }) =>
    need(scope, 'billing_portal.configuration', id),
  ),
  route(
    'POST',
    '/v1/billing_portal/configurations/:id',
    fieldsOf<Stripe.BillingPortal.ConfigurationUpdateParams>()({ ...fields, active: flag, features }),
    ({ scope, id, params }) => {
      const stored = need(scope, 'billing_portal.configuration', id);
      const next = { ...patched(stored, params, scope.now), active: params.active ?? stored.active };
      return change(scope, 'billing_portal.configuration', stored, next, 'billing_portal.configuration.updated');
    },
  ),
];
