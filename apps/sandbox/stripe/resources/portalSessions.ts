import type { Stripe } from 'stripe';
import { invalid, missingParameter } from '../http/errors.ts';
import { fieldsOf, object, oneOf, type Params, required, text, webUrl } from '../http/params.ts';
import { type Route, route } from '../http/route.ts';
import { create } from '../store/events.ts';
import { newId, randomText } from '../store/ids.ts';
import type { Kinds } from '../store/objects.ts';
import { inTimeOf, need, type Scope } from '../store/scope.ts';
import { defaultConfiguration } from './portalConfigurations.ts';

type PortalSession = Kinds['billing_portal.session'];

const afterCompletion = object({
  hosted_confirmation: object({ custom_message: text }),
  redirect: object({ return_url: required(webUrl) }),
  type: required(oneOf('hosted_confirmation', 'portal_homepage', 'redirect')),
});

const fields = fieldsOf<Stripe.BillingPortal.SessionCreateParams>()({
  configuration: text,
  customer: required(text),
  flow_data: object({
    after_completion: afterCompletion,
    subscription_cancel: object({ subscription: required(text) }),
    type: required(oneOf('payment_method_update', 'subscription_cancel')),
  }),
  locale: text,
  return_url: webUrl,
});

function flowOf(scope: Scope, customer: string, data: Params<typeof fields>['flow_data']): PortalSession['flow'] {
  if (data === undefined) return null;
  const { after_completion: after, type } = data;
  if (after?.type === 'redirect' && after.redirect === undefined)
    throw missingParameter('flow_data[after_completion][redirect]');
  if (type === 'subscription_cancel') {
    if (data.subscription_cancel === undefined) throw missingParameter('flow_data[subscription_cancel]');
    const subscription = need(
      scope,
      'subscription',
      data.subscription_cancel.subscription,
      'flow_data[subscription_cancel][subscription]',
    );
    if (subscription.customer !== customer)
      throw invalid('The subscription does not belong to the customer.', {
        param: 'flow_data[subscription_cancel][subscription]',
      });
  }
  return {
    after_completion: {
      hosted_confirmation:
        after?.type === 'hosted_confirmation'
          ? { custom_message: after.hosted_confirmation?.custom_message ?? null }
          : null,
      redirect: after?.redirect ?? null,
      type: after?.type ?? 'portal_homepage',
    },
    customer_update: null,
    subscription_cancel:
      data.subscription_cancel === undefined
        ? null
        : { retention: null, subscription: data.subscription_cancel.subscription },
    subscription_pause: null,
    subscription_update: null,
    subscription_update_confirm: null,
    type,
  };
}

export const portalSessions: Route[] = [
  route('POST', '/v1/billing_portal/sessions', fields, ({ scope: outer, params }) => {
    const customer = need(outer, 'customer', params.customer, 'customer');
    const scope = inTimeOf(outer, customer);
    const configuration =
      params.configuration === undefined
        ? defaultConfiguration(scope)
        : need(scope, 'billing_portal.configuration', params.configuration, 'configuration');
    const token = `test_${randomText(48)}`;
    const session: PortalSession = {
      id: newId('billing_portal.session'),
      object: 'billing_portal.session',
      configuration: configuration.id,
      created: scope.now,
      customer: customer.id,
      customer_account: null,
      flow: flowOf(scope, customer.id, params.flow_data),
      livemode: false,
      locale: params.locale ?? null,
      on_behalf_of: null,
      return_url: params.return_url ?? configuration.default_return_url,
      url: `${scope.settings.publicUrl()}/p/session/${token}`,
    };
    // A link's life is real time, like any login: a clock that leaps must not lock a person out of an open page.
    const expiresAtMs = Temporal.Now.instant().epochMilliseconds + scope.settings.portalSessionSeconds * 1000;
    scope.store.alias(token, session.id);
    return create(scope, 'billing_portal.session', session, 'billing_portal.session.created', { token, expiresAtMs });
  }),
];
