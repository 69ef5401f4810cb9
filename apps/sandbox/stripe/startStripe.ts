import fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import { type CardControl, cardControl } from './cardControl.ts';
import { type Chaos, chaosOf, newChaosRules } from './chaos.ts';
import { registerApi } from './http/api.ts';
import { routes } from './http/routes.ts';
import { type ImportItem, importObjects } from './importObjects.ts';
import { type Log, silentLog } from './log.ts';
import { registerCheckout } from './pages/checkoutPage.ts';
import { registerInvoicePage } from './pages/invoicePage.ts';
import { registerPortal } from './pages/portal.ts';
import { defaultRetryPolicy, type RetryPolicy, type Settings } from './settings.ts';
import { newStats, type Stats } from './stats.ts';
import { eventRetentionSeconds } from './store/eventLog.ts';
import { newId } from './store/ids.ts';
import { openStore, type Store } from './store/store.ts';
import { startEngine } from './time/engine.ts';
import { createDeliverer } from './webhooks/deliverer.ts';

/** The version whose shapes the stand-in speaks. */
export const apiVersion = '2026-10-28.endive';

export interface StripeOptions {
  /** A SQLite file, or `:memory:`. */
  file: string;
  host?: '127.0.0.1';
  /** 0 takes a free one. */
  port: number;
  secretKey: string;
  /** Business time. */
  clock: { now(): Temporal.Instant };
  /** Where browsers reach the hosted pages; the server's own address if left out. */
  publicUrl?: string;
  retryPolicy?: RetryPolicy;
  /** Real seconds that a billing portal link works; an hour if left out. */
  portalSessionSeconds?: number;
  webhookConcurrency?: number;
  /** Real milliseconds that an endpoint has to answer. */
  webhookTimeoutMs?: number;
  /** Answers calls but leaves due work and webhooks alone until `resume()`. */
  paused?: boolean;
  log?: Log;
}

export interface StripeStandIn {
  readonly url: string;
  readonly secretKey: string;
  readonly stats: Stats;
  readonly chaos: Chaos;
  readonly cards: CardControl;
  /** The whole signing secret of an endpoint, `whsec_` included. */
  webhookSecret(endpoint: string): string;
  /** The earliest work in business time: renewals, trial ends, drafts, retries, expiries, webhook attempts. */
  nextDueAt(): Temporal.Instant | undefined;
  /** Does all that is due at the clock's present, in time order, each object stamped with its own due time; the webhooks of it were attempted once when this returns. */
  runDue(): Promise<void>;
  /** No webhook is under way or due, nothing else is due, no test clock is advancing. */
  quiet(): boolean;
  importObjects(items: readonly ImportItem[]): void;
  pause(): void;
  resume(): void;
  close(): Promise<void>;
}

/** The account's id must outlive restarts: events and sessions of yesterday belong to it. */
function accountId(store: Store): string {
  const known = store.fact('account');
  if (known !== undefined) return known;
  const made = newId('account');
  store.setFact('account', made);
  return made;
}

/** While the stand-in was down its time stood still for webhooks: they are not given up for the hours that nobody sent them. */
function forgiveDowntime(store: Store, nowMs: number): void {
  store.run(
    `update deliveries set first_at = first_at + (? - next_at), next_at = ? where state = 'pending' and next_at < ?`,
    nowMs,
    nowMs,
    nowMs,
  );
}

/** Events older than anybody can read, unless somebody has yet to be told of them. */
function forgetOldEvents(store: Store, nowMs: number): void {
  const oldest = Math.floor(nowMs / 1000) - eventRetentionSeconds;
  store.transaction(() => {
    store.run(
      `delete from deliveries where state <> 'pending' and event in (select id from events where created < ?)`,
      oldest,
    );
    store.run('delete from events where created < ? and id not in (select event from deliveries)', oldest);
  });
}

function newServer(log: Log): FastifyInstance {
  const server = fastify({ logger: false, bodyLimit: 1_048_576, requestTimeout: 30_000, forceCloseConnections: true });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  server.setErrorHandler((error: FastifyError, _request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) log.error({ err: error }, 'sandbox stripe: a page failed');
    const type = status >= 500 ? 'api_error' : 'invalid_request_error';
    const message = status >= 500 ? 'An unknown error occurred.' : error.message;
    return reply.code(status).send({ error: { type, message } });
  });
  server.setNotFoundHandler((request, reply) => {
    const message = `Unrecognized request URL (${request.method}: ${request.url.split('?')[0]}).`;
    return reply.code(404).send({ error: { type: 'invalid_request_error', message } });
  });
  return server;
}

/** Starts a Stripe of one's own: the API of the official client, hosted pages, signed webhooks, and business that moves with the clock. */
export async function startStripe(options: StripeOptions): Promise<StripeStandIn> {
  const log = options.log ?? silentLog;
  const store = openStore(options.file);
  const nowMs = (): number => options.clock.now().epochMilliseconds;
  let url = '';
  const settings: Settings = {
    publicUrl: () => options.publicUrl ?? url,
    apiVersion,
    accountId: accountId(store),
    retryPolicy: options.retryPolicy ?? defaultRetryPolicy,
    portalSessionSeconds: options.portalSessionSeconds ?? 3600,
  };
  const rules = newChaosRules();
  const stats = newStats();
  forgiveDowntime(store, nowMs());
  forgetOldEvents(store, nowMs());
  const deliverer = createDeliverer({
    store,
    settings,
    chaos: rules,
    stats: stats.webhooks,
    log,
    concurrency: options.webhookConcurrency ?? 16,
    timeoutMs: options.webhookTimeoutMs ?? 10_000,
  });
  const engine = startEngine({ store, settings, nowMs, deliverer, log, paused: true });
  const server = newServer(log);
  registerApi(server, routes, {
    store,
    settings,
    secretKey: options.secretKey,
    nowMs,
    chaos: rules,
    log,
    onRequest: (pattern) => {
      stats.requests[pattern] = (stats.requests[pattern] ?? 0) + 1;
    },
    onReplay: () => {
      stats.idempotencyHits += 1;
    },
    onCommit: () => engine.kick(),
  });
  const host = { store, settings, nowMs, onCommit: () => engine.kick() };
  registerPortal(server, host);
  registerCheckout(server, host);
  registerInvoicePage(server, host);
  try {
    url = await server.listen({ host: options.host ?? '127.0.0.1', port: options.port });
  } catch (error) {
    await engine.close();
    store.close();
    throw error;
  }
  // Only now: what falls due names the hosted pages, whose address was not known before.
  if (options.paused !== true) engine.resume();

  return {
    url,
    secretKey: options.secretKey,
    stats,
    chaos: chaosOf(rules, (event, tampering) => deliverer.replay(event, tampering)),
    cards: cardControl(store),
    webhookSecret(endpoint) {
      const known = store.get('webhook_endpoint', endpoint);
      if (known === undefined) throw new Error(`There is no webhook endpoint ${endpoint}.`);
      return store.internal('webhook_endpoint', endpoint).secret;
    },
    nextDueAt() {
      const due = engine.nextDueMs();
      return due === undefined ? undefined : Temporal.Instant.fromEpochMilliseconds(due);
    },
    runDue: () => engine.runDue(),
    quiet: () => engine.quiet(),
    importObjects(items) {
      importObjects(store, items, () => newId('event'));
    },
    pause: () => engine.pause(),
    resume: () => engine.resume(),
    async close() {
      await server.close();
      await engine.close();
      store.close();
    },
  };
}
