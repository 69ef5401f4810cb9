import { Stripe } from 'stripe';

/** The official client, speaking to a stand-in. */
export function stripeClientOf(
  standIn: { readonly url: string; readonly secretKey: string },
  options: { readonly maxNetworkRetries?: number } = {},
): Stripe {
  const { hostname, port } = new URL(standIn.url);
  return new Stripe(standIn.secretKey, {
    host: hostname,
    port: Number(port),
    protocol: 'http',
    telemetry: false,
    ...options,
  });
}
