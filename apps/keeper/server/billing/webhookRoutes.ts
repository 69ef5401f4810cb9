import { machineNow } from '@tillkeeper/platform/clock';
import { AppError } from '@tillkeeper/platform/errors';
import { faultPoint } from '@tillkeeper/platform/faults';
import { type HttpServer, rawBodyParser } from '@tillkeeper/platform/http';
import type { KeeperDeps } from '../context.ts';
import { createAnnouncer } from './announceDeliveries.ts';
import { openDeliveryStore } from './storeDeliveries.ts';
import { createRejectionStore } from './storeRejection.ts';
import { type RejectionCode, verifyDelivery } from './verifyDelivery.ts';

/** Stripe's events are a few kB; the largest invoices stay far below. */
const bodyLimit = 1_048_576;

const refusals: Readonly<Record<RejectionCode, string>> = {
  missing_signature: 'the header stripe-signature is missing',
  wrong_signature: 'the signature matches none of our secrets',
  stale_signature: 'the signature is older than 300 s',
  future_signature: 'the signature is dated more than 300 s ahead',
  malformed: 'the body is not an event',
};

/**
 * `POST /webhooks/stripe`: verifies the raw bytes and keeps them; 200 says that they are committed, nothing more. What an event means is
 * found out by the worker, so no content of an event makes Stripe retry or disable the endpoint.
 */
export async function webhookRoutes(app: HttpServer, { deps }: { deps: KeeperDeps }): Promise<void> {
  const { config, keeper, log } = deps;
  const deliveries = openDeliveryStore(keeper);
  const announcer = createAnnouncer(keeper, log);
  const rejections = createRejectionStore(keeper, log);
  app.addHook('onClose', async () => void (await Promise.all([announcer.close(), rejections.close()])));

  // The signature covers bytes: whatever the content type says, nothing parses them before they are verified.
  rawBodyParser(app);

  app.post(
    '/webhooks/stripe',
    {
      bodyLimit,
      // Stripe sends from few addresses and in bursts; refusing a burst would only bring it back later.
      config: { rateLimit: false },
      // Headers for browsers.
      helmet: false,
      logLevel: 'warn',
      schema: {
        summary: 'Deliveries of Stripe',
        tags: ['billing'],
        description: 'Raw bytes with the header `stripe-signature`. 200: the delivery is stored.',
      },
    },
    async (request, reply) => {
      const raw = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const header = request.headers['stripe-signature'];
      const signature = typeof header === 'string' ? header : undefined;
      const verdict = verifyDelivery(raw, signature, config.stripeWebhookSecrets, machineNow().epochMilliseconds);
      if (!verdict.ok) {
        await rejections.keep(verdict.code, raw, signature);
        throw new AppError('invalid_input', refusals[verdict.code], { reason: verdict.code });
      }
      await faultPoint('billing.before-store');
      await deliveries.store({ facts: verdict.facts, raw, signature: signature ?? '' });
      await faultPoint('billing.after-store');
      announcer.announce();
      return reply.type('application/json').send('{"received":true}');
    },
  );
}
