import { Stripe } from 'stripe';
import { stripeClientOf } from '../seed/stripeClientOf.ts';
import type { StripeStandIn } from '../stripe/startStripe.ts';

/**
 * Makes the endpoint to which Stripe sends its webhooks, or takes the one of an earlier start along to today's address. Returns its signing
 * secret.
 */
export async function ensureWebhookEndpoint(stripe: StripeStandIn, url: string): Promise<string> {
  const client = stripeClientOf(stripe);
  const { data } = await client.webhookEndpoints.list({ limit: 100 });
  const known = data.find(({ metadata }) => metadata.for === 'keeper');
  if (known === undefined) {
    const made = await client.webhookEndpoints.create({
      url,
      enabled_events: ['*'],
      api_version: Stripe.API_VERSION as Stripe.WebhookEndpointCreateParams.ApiVersion,
      metadata: { for: 'keeper' },
    });
    return stripe.webhookSecret(made.id);
  }
  if (known.url !== url) await client.webhookEndpoints.update(known.id, { url });
  return stripe.webhookSecret(known.id);
}
