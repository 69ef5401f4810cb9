import { connect } from 'node:net';
import type { Actor } from '@tillkeeper/platform/actor';
import { createLogger } from '@tillkeeper/platform/log';
import { type CreatedShop, type CreateShopOptions, createShop } from '@tillkeeper/sandbox/seed/createShop.ts';
import { stripeClientOf } from '@tillkeeper/sandbox/seed/stripeClientOf.ts';
import { type StripeStandIn, startStripe } from '@tillkeeper/sandbox/stripe/startStripe.ts';
import type { TestDatabases } from '@tillkeeper/sandbox/testing/cloneDatabases.ts';
import type Stripe from 'stripe';
import { type KeeperConfig, keeperConfig } from './config.ts';
import { closeDeps, type KeeperContext, type KeeperDeps, openContext, openDeps } from './context.ts';
import { startHttp } from './http.ts';
import { createApiToken } from './operators/createApiToken.ts';
import { createOperator } from './operators/createOperator.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** As the server set them. */
  readonly cookies: readonly string[];
  /** Parsed, if it is JSON. */
  readonly body: Record<string, unknown>;
  readonly text: string;
}

export interface CallOptions {
  readonly method?: string;
  readonly body?: unknown;
  /** The script's token unless told; null sends none. */
  readonly token?: string | null;
  readonly cookie?: string;
  readonly headers?: Record<string, string>;
}

export interface TestServer {
  readonly url: string;
  readonly config: KeeperConfig;
  readonly deps: KeeperDeps;
  readonly stripe: StripeStandIn;
  readonly api: Stripe;
  /** What was logged, as it was written. */
  readonly logged: readonly string[];
  /** Of a script. */
  readonly token: string;
  readonly operator: { readonly id: string; readonly name: string; readonly email: string; readonly password: string };
  call(path: string, options?: CallOptions): Promise<Answer>;
  /** The session cookie, as a browser would send it back. */
  signIn(): Promise<string>;
  shop(options?: Omit<CreateShopOptions, 'till' | 'stripe'>): Promise<CreatedShop>;
  context(actor?: Actor): Promise<KeeperContext>;
  close(): Promise<void>;
}

export const publicUrl = 'http://localhost:4600';
const secretKey = 'sk_test_keeper';

/** The environment of a Keeper on the databases of a test, on any free port. */
export function testEnvironment(databases: TestDatabases, stripeUrl = 'http://127.0.0.1:9'): Record<string, string> {
  return {
    KEEPER_ENVIRONMENT: 'sandbox',
    KEEPER_PORT: '0',
    KEEPER_PUBLIC_URL: publicUrl,
    KEEPER_DATABASE_URL: databases.keeper.url('keeper_app'),
    TILL_DATABASE_URL: databases.till.url('keeper_ops'),
    TILL_PUBLIC_URL: 'http://localhost:4601',
    STRIPE_SECRET_KEY: secretKey,
    STRIPE_WEBHOOK_SECRETS: 'whsec_of_the_tests',
    STRIPE_API_BASE: stripeUrl,
    STRIPE_LIVEMODE: 'false',
    STRIPE_READS_PER_SECOND: '100000',
    SMTP_URL: 'smtp://127.0.0.1:9',
    MAIL_FROM: 'Tillkeeper <billing@example.com>',
    MAIL_REPLY_DOMAIN: 'example.com',
    KEEPER_AUTH_SECRET: 'a secret of the tests that is long enough',
  };
}

/** Keeper's whole HTTP server on real databases and a Stripe of its own, with one operator and one token. `environment` overrides variables. */
export async function startTestServer(
  databases: TestDatabases,
  environment: Record<string, string> = {},
): Promise<TestServer> {
  const stripe = await startStripe({
    file: ':memory:',
    port: 0,
    secretKey,
    clock: { now: () => Temporal.Now.instant() },
  });
  const api = stripeClientOf(stripe);
  const logged: string[] = [];
  const log = createLogger({ name: 'test', level: 'debug', destination: { write: (line) => void logged.push(line) } });
  const config = keeperConfig({ ...testEnvironment(databases, stripe.url), ...environment });
  const deps = openDeps(config, log, 'test');
  const server = await startHttp(config, log);

  const context = (actor: Actor = { kind: 'system', job: 'test' }) => openContext(deps, actor);
  const person = { name: 'Ana Ruiz', email: 'ana@example.com', password: 'correct horse battery' };
  const { operatorId } = await createOperator(await context(), person);
  const { token } = await createApiToken(await context(), { name: 'a script' });
  const operator = { id: operatorId, ...person };

  async function call(path: string, options: CallOptions = {}): Promise<Answer> {
    const { body, cookie } = options;
    const bearer = options.token === undefined ? (cookie === undefined ? token : null) : options.token;
    const response = await fetch(`${server.url}${path}`, {
      method: options.method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
        ...(cookie === undefined ? {} : { cookie }),
        ...options.headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      cookies: response.headers.getSetCookie(),
      body: (json ? JSON.parse(text) : {}) as Record<string, unknown>,
      text,
    };
  }

  return {
    url: server.url,
    config,
    deps,
    stripe,
    api,
    logged,
    token,
    operator,
    call,
    async signIn() {
      const { email, password } = operator;
      const { cookies } = await call('/api/auth/sign-in/email', {
        token: null,
        body: { email, password },
        headers: { origin: new URL(config.publicUrl).origin },
      });
      const [cookie] = cookies;
      if (cookie === undefined) throw new Error('nobody was signed in');
      return cookie.split(';')[0] ?? '';
    },
    shop: (options = {}) => createShop({ till: databases.till.admin, stripe: api, ...options }),
    context,
    async close() {
      await server.close();
      await closeDeps(deps);
      await stripe.close();
    },
  };
}

export interface ServerEvent {
  readonly event: string;
  readonly data: Record<string, unknown>;
}

/** Reads a stream of server-sent events. `read` gives the next event, undefined after the end. */
export async function openEvents(
  url: string,
  headers: Record<string, string>,
): Promise<{ readonly response: Response; next(): Promise<ServerEvent | undefined>; close(): void }> {
  const ending = new AbortController();
  const response = await fetch(url, { headers, signal: ending.signal });
  const events = parseEvents(response);
  return {
    response,
    next: async () => (await events.next()).value ?? undefined,
    close: () => ending.abort(),
  };
}

async function* parseEvents(response: Response): AsyncGenerator<ServerEvent, undefined> {
  let rest = '';
  for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const blocks = (rest + part).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = /^event: (.*)$/m.exec(block)?.[1] ?? '';
      yield { event, data: JSON.parse(/^data: (.*)$/m.exec(block)?.[1] ?? '{}') as Record<string, unknown> };
    }
  }
  return undefined;
}

/** Opens a stream and reads nothing but its beginning, as a laptop that falls asleep. `wake` reads the rest, and resolves at the end. */
export function openWithoutReading(url: string, headers: Record<string, string>): { wake(): Promise<void> } {
  const { hostname, port, pathname } = new URL(url);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const socket = connect({ host: hostname, port: Number(port) }, () => {
    socket.write(`GET ${pathname} HTTP/1.1\r\nhost: ${hostname}\r\n${lines.join('')}\r\n`);
  });
  const closed = Promise.withResolvers<void>();
  socket.on('error', () => undefined);
  socket.once('data', () => socket.pause());
  socket.on('close', () => closed.resolve());
  return {
    wake() {
      socket.resume();
      return closed.promise;
    },
  };
}
