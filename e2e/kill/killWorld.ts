import { writeKeeperOffset, writeTillOffset } from '../../apps/sandbox/clock/offsets.ts';
import { freePort } from '../../apps/sandbox/postgres/cluster.ts';
import { type Inbox, startInbox } from '../../apps/sandbox/mail/inbox.ts';
import { type CreatedShop, createShop } from '../../apps/sandbox/seed/createShop.ts';
import { stripeClientOf } from '../../apps/sandbox/seed/stripeClientOf.ts';
import { type StripeStandIn, startStripe } from '../../apps/sandbox/stripe/startStripe.ts';
import { ensureWebhookEndpoint } from '../../apps/sandbox/supervisor/webhookEndpoint.ts';
import { cloneDatabases, type TestDatabases } from '../../apps/sandbox/testing/cloneDatabases.ts';
import type { TestClusterAddress } from '../../apps/sandbox/testing/testCluster.ts';
import { type KeeperConfig, keeperConfig } from '../../apps/keeper/server/config.ts';
import { startHttp } from '../../apps/keeper/server/http.ts';
import { createLogger, type Logger } from '../../packages/platform/src/log.ts';
import { until } from '../until.ts';

/** Everything but the worker: databases of its own, a Stripe, an inbox, Keeper's server, and shops that pay. */
export interface KillWorld {
  readonly databases: TestDatabases;
  readonly stripe: StripeStandIn;
  readonly inbox: Inbox;
  readonly environment: Readonly<Record<string, string>>;
  readonly config: KeeperConfig;
  readonly log: Logger;
  /** The last that server and worker logged as an error, for who reads why a test failed. */
  readonly errors: readonly string[];
  readonly shops: readonly CreatedShop[];
  /** Moves business time of the databases and of Stripe, without waiting for what falls due. */
  advance(duration: string): Promise<void>;
  /** Nothing is due that a worker would do. */
  quiet(): Promise<boolean>;
  close(): Promise<void>;
}

export async function openWorld(cluster: TestClusterAddress, shopCount: number): Promise<KillWorld> {
  const databases = await cloneDatabases(cluster);
  const errors: string[] = [];
  const log = createLogger({
    name: 'kill',
    level: 'error',
    destination: { write: (line) => void errors.splice(0, errors.length - 4, line) },
  });
  let offset = Temporal.Duration.from({ seconds: 0 });
  const clock = { now: () => Temporal.Now.instant().add(offset) };
  const stripe = await startStripe({ file: ':memory:', port: 0, secretKey: 'sk_test_kill', clock, paused: true });
  const inbox = await startInbox({
    file: ':memory:',
    host: '127.0.0.1',
    smtpPort: 0,
    webPort: 0,
    log,
    now: () => clock.now(),
  });
  const port = await freePort();
  const environment = {
    KEEPER_ENVIRONMENT: 'sandbox',
    KEEPER_PORT: String(port),
    KEEPER_PUBLIC_URL: `http://localhost:${port}`,
    KEEPER_DATABASE_URL: databases.keeper.url('keeper_app'),
    TILL_DATABASE_URL: databases.till.url('keeper_ops'),
    TILL_PUBLIC_URL: 'http://localhost:9',
    STRIPE_SECRET_KEY: stripe.secretKey,
    STRIPE_WEBHOOK_SECRETS: await ensureWebhookEndpoint(stripe, `http://127.0.0.1:${port}/webhooks/stripe`),
    STRIPE_API_BASE: stripe.url,
    STRIPE_LIVEMODE: 'false',
    SMTP_URL: inbox.smtpUrl,
    MAIL_FROM: 'Till <billing@till.example>',
    MAIL_REPLY_DOMAIN: 'reply.till.example',
    KEEPER_AUTH_SECRET: 'a secret of the tests that is long enough',
    KEEPER_PROOF_SPACING: 'PT0.05S',
    LOG_LEVEL: 'error',
  };
  const config = keeperConfig(environment);
  const http = await startHttp(config, log);
  stripe.resume();
  const shops: CreatedShop[] = [];
  for (let made = 0; made < shopCount; made += 1) {
    shops.push(await createShop({ till: databases.till.admin, stripe: stripeClientOf(stripe), name: `Shop ${made}` }));
  }
  const world: KillWorld = {
    databases,
    stripe,
    inbox,
    environment,
    config,
    log,
    errors,
    shops,
    async advance(duration) {
      const target = clock.now().toZonedDateTimeISO('UTC').add(duration).toInstant();
      offset = target.since(Temporal.Now.instant());
      const ms = Math.ceil(offset.total('milliseconds'));
      await writeTillOffset(databases.till.admin, ms);
      await writeKeeperOffset(databases.keeper.admin, ms);
      await stripe.runDue();
    },
    async quiet() {
      if (!stripe.quiet()) return false;
      const { rows } = await databases.keeper.admin.query('select 1 from ops.unsettled where waiting > 0');
      const effects = await databases.till.admin.query('select 1 from ops.effects where relayed_at is null limit 1');
      return rows.length === 0 && effects.rowCount === 0;
    },
    async close() {
      await http.close();
      await Promise.all([stripe.close(), inbox.close()]);
      await databases.close();
    },
  };
  await until('the sign-ups are delivered', () => Promise.resolve(stripe.quiet()));
  return world;
}
