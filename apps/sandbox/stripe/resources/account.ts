import type { Stripe } from 'stripe';
import { missing } from '../http/errors.ts';
import { type Route, route } from '../http/route.ts';
import type { Stored } from '../store/objects.ts';
import type { Scope } from '../store/scope.ts';

function ownAccount(scope: Scope): Stored<Stripe.Account> {
  return {
    id: scope.settings.accountId,
    object: 'account',
    business_profile: {
      annual_revenue: null,
      estimated_worker_count: null,
      mcc: '5734',
      minority_owned_business_designation: null,
      name: 'Tillkeeper sandbox',
      product_description: null,
      specified_commercial_transactions_act_url: null,
      support_address: null,
      support_email: null,
      support_phone: null,
      support_url: null,
      url: null,
    },
    business_type: 'company',
    capabilities: { card_payments: 'active', transfers: 'active' },
    charges_enabled: true,
    country: 'US',
    default_currency: 'usd',
    details_submitted: true,
    email: 'sandbox@tillkeeper.example',
    metadata: {},
    payouts_enabled: true,
    type: 'standard',
  };
}

export const account: Route[] = [
  route('GET', '/v1/account', {}, ({ scope }) => ownAccount(scope)),
  route('GET', '/v1/accounts/:id', {}, ({ scope, id }) => {
    if (id !== scope.settings.accountId) throw missing('account', id, 'account');
    return ownAccount(scope);
  }),
];
