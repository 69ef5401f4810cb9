import { setTimeout as wait } from 'node:timers/promises';
import type { Actor } from '@tillkeeper/platform/actor';
import { createServer } from '@tillkeeper/platform/http';
import { createLogger } from '@tillkeeper/platform/log';
import { type StripeStandIn, startStripe } from '@tillkeeper/sandbox/stripe/startStripe.ts';
import type { TestDatabases } from '@tillkeeper/sandbox/testing/cloneDatabases.ts';
import Stripe from 'stripe';
import { keeperConfig } from '../config.ts';
import { closeDeps, type KeeperContext, type KeeperDeps, openContext, openDeps } from '../context.ts';
import { type EffectSubscriber, relayEffects } from '../effects/relayEffects.ts';
import { outsideTransaction } from './outsideTransaction.ts';
import { pageRoutes } from './pageRoutes.ts';
import { processDeliveries } from './processDeliveries.ts';
import { readFacts } from './verifyDelivery.ts';
import { webhookRoutes } from './webhookRoutes.ts';

export interface Shop {
  readonly organizationId: string;
  readonly customerId: string;
  readonly subscriptionId: string;
}

export interface BillingBench {
  readonly databases: TestDatabases;
  readonly deps: KeeperDeps;
  readonly stripe: StripeStandIn;
  /** The official client on the stand-in, for what shops and other programs do. */
  readonly api: Stripe;
  /** Keeper's address: intake and payment pages. */
  readonly url: string;
  readonly webhookSecret: string;
  readonly prices: { readonly basic: string; readonly pro: string };
  context(actor?: Actor): Promise<KeeperContext>;
  /** An organization that pays by the card `pm_card_visa` for a month of Basic, known on both sides. */
  shop(options?: { card?: string; price?: string }): Promise<Shop>;
  organization(shop: Pick<Shop, 'organizationId'>): Promise<{ plan: string; status: string }>;
  /** Delivers what Stripe has to say, then works off what came and relays the effects, until nothing waits. */
  settle(subscribers?: readonly EffectSubscriber[]): Promise<void>;
  /** Lets Stripe attempt its webhooks without anybody working them off. */
  deliver(): Promise<void>;
  /** Moves business time of both databases and of Stripe. */
  advance(duration: string): Promise<void>;
  deliveries(): Promise<
    { id: string; type: string; state: string; reason: string | null; copies: number; attempts: number }[]
  >;
  /** Posts an event as Stripe would, signed, whatever was changed about it. */
  send(event: object): Promise<number>;
  /** Stripe's newest events about a shop, oldest first. */
  eventsOf(shop: Pick<Shop, 'customerId'>): Promise<Stripe.Event[]>;
  /** What a dead worker leaves behind ends: claims, leases and pauses are over at once. */
  endWaits(): Promise<void>;
  /** Calls that Stripe answered, by method and path pattern. */
  calls(pattern: string): number;
  close(): Promise<void>;
}

const secretKey = 'sk_test_keeper';

/** Keeper's billing on real databases, a Stripe of its own and a real HTTP server. `environment` overrides variables. */
export async function startBillingBench(
  databases: TestDatabases,
  options: {
    environment?: Record<string, string> /** `silent`: Stripe sends nothing by itself. */;
    webhooks?: 'all' | 'silent';
  } = {},
): Promise<BillingBench> {
  let offset = Temporal.Duration.from({ seconds: 0 });
  const clock = { now: () => Temporal.Now.instant().add(offset) };
  const stripe = await startStripe({ file: ':memory:', port: 0, secretKey, clock, paused: true });
  const api = new Stripe(secretKey, { ...addressOf(stripe.url), maxNetworkRetries: 0, telemetry: false });
  const endpoint = await api.webhookEndpoints.create({
    url: 'http://127.0.0.1:9/webhooks/stripe',
    enabled_events: options.webhooks === 'silent' ? ['account.updated'] : ['*'],
    api_version: Stripe.API_VERSION as Stripe.WebhookEndpointCreateParams.ApiVersion,
  });
  const webhookSecret = endpoint.secret ?? '';

  const config = keeperConfig({
    KEEPER_ENVIRONMENT: 'sandbox',
    KEEPER_PUBLIC_URL: 'http://localhost:4600',
    KEEPER_DATABASE_URL: databases.keeper.url('keeper_app'),
    TILL_DATABASE_URL: databases.till.url('keeper_ops'),
    TILL_PUBLIC_URL: 'http://localhost:4601',
    STRIPE_SECRET_KEY: secretKey,
    STRIPE_WEBHOOK_SECRETS: webhookSecret,
    STRIPE_API_BASE: stripe.url,
    STRIPE_LIVEMODE: 'false',
    STRIPE_READS_PER_SECOND: '100000',
    SMTP_URL: 'smtp://127.0.0.1:9',
    MAIL_FROM: 'Tillkeeper <billing@example.com>',
    MAIL_REPLY_DOMAIN: 'example.com',
    KEEPER_AUTH_SECRET: 'a secret of the tests that is long enough',
    ...options.environment,
  });
  const deps = openDeps(
    config,
    createLogger({ name: 'test', level: 'error', destination: { write: () => undefined } }),
    'billing-test',
  );
  const server = await createServer({ name: 'keeper', log: deps.log, readiness: {} });
  await server.register(webhookRoutes, { deps });
  await server.register(pageRoutes, { deps });
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  await api.webhookEndpoints.update(endpoint.id, { url: `${url}/webhooks/stripe` });
  stripe.resume();

  const prices = { basic: await priceOf(api, 2_900), pro: await priceOf(api, 9_900) };
  await databases.till.admin.query(
    `insert into plan_prices (stripe_price_id, plan_id) values ($1, 'basic'), ($2, 'pro')`,
    [prices.basic, prices.pro],
  );

  const context = (actor: Actor = { kind: 'system', job: 'test' }) => openContext(deps, actor);
  async function deliver(): Promise<void> {
    do await stripe.runDue();
    while (!stripe.quiet() && (await wait(1, true)));
  }
  async function workOff(subscribers: readonly EffectSubscriber[]): Promise<boolean> {
    const ctx = outsideTransaction(await context({ kind: 'webhook', source: 'stripe' }));
    const { claimed } = await processDeliveries(ctx, { holder: 'test' });
    const { relayed } = await relayEffects(await context({ kind: 'system', job: 'relay-effects' }), subscribers);
    return claimed > 0 || relayed > 0;
  }

  const bench: BillingBench = {
    databases,
    deps,
    stripe,
    api,
    url,
    webhookSecret,
    prices,
    context,
    deliver,
    async shop({ card = 'pm_card_visa', price = prices.basic } = {}) {
      const customer = await api.customers.create({
        name: 'Corner Shop',
        payment_method: card,
        invoice_settings: { default_payment_method: card },
      });
      const { rows } = await databases.till.admin.query<{ id: string }>(
        `insert into organizations (name) values ('Corner Shop') returning id`,
      );
      const organizationId = rows[0]?.id ?? '';
      await databases.till.admin.query(
        'insert into stripe_customers (stripe_customer_id, organization_id) values ($1, $2)',
        [customer.id, organizationId],
      );
      const subscription = await api.subscriptions.create({ customer: customer.id, items: [{ price }] });
      return { organizationId, customerId: customer.id, subscriptionId: subscription.id };
    },
    async organization({ organizationId }) {
      const { rows } = await databases.till.admin.query<{ plan: string; status: string }>(
        'select subscription_plan as plan, subscription_status as status from organizations where id = $1',
        [organizationId],
      );
      const [row] = rows;
      if (row === undefined) throw new Error('no such organization');
      return row;
    },
    async settle(subscribers = []) {
      do await deliver();
      while (await workOff(subscribers));
    },
    async advance(duration) {
      const target = clock.now().toZonedDateTimeISO('UTC').add(duration).toInstant();
      const moveTo = async (at: Temporal.Instant) => {
        offset = at.since(Temporal.Now.instant());
        for (const { admin } of [databases.till, databases.keeper]) {
          await admin.query('update ops.clock set "offset" = make_interval(secs => $1)', [offset.total('seconds')]);
        }
      };
      for (
        let due = stripe.nextDueAt();
        due !== undefined && Temporal.Instant.compare(due, target) <= 0;
        due = stripe.nextDueAt()
      ) {
        if (Temporal.Instant.compare(due, clock.now()) > 0) await moveTo(due);
        await bench.settle();
      }
      await moveTo(target);
      await bench.settle();
    },
    async deliveries() {
      const { rows } = await databases.keeper.admin.query(
        'select stripe_event_id as id, type, state, reason, copies, attempts from stripe_deliveries order by received_machine',
      );
      return rows;
    },
    async send(event) {
      const body = JSON.stringify(event);
      const signature = Stripe.webhooks.generateTestHeaderString({ payload: body, secret: webhookSecret });
      const answer = await fetch(`${url}/webhooks/stripe`, {
        method: 'POST',
        body,
        headers: { 'stripe-signature': signature },
      });
      return answer.status;
    },
    async eventsOf({ customerId }) {
      const page = await api.events.list({ limit: 100 });
      return page.data.filter((event) => readFacts(event)?.customerId === customerId).reverse();
    },
    async endWaits() {
      const past = `clock_timestamp() - interval '1 millisecond'`;
      await databases.keeper.admin.query(
        `update stripe_deliveries
            set claimed_until = least(claimed_until, ${past}), retry_at = least(retry_at, ${past})
          where state = 'received'`,
      );
      await databases.keeper.admin.query(`update organization_leases set held_until = least(held_until, ${past})`);
    },
    calls: (pattern) => stripe.stats.requests[pattern] ?? 0,
    async close() {
      await server.close();
      await closeDeps(deps);
      await stripe.close();
    },
  };
  return bench;
}

async function priceOf(api: Stripe, amount: number): Promise<string> {
  const product = await api.products.create({ name: 'Plan' });
  const price = await api.prices.create({
    product: product.id,
    currency: 'usd',
    unit_amount: amount,
    recurring: { interval: 'month' },
  });
  return price.id;
}

function addressOf(base: string): { host: string; port: string; protocol: 'http' } {
  const { hostname, port } = new URL(base);
  return { host: hostname, port, protocol: 'http' };
}
