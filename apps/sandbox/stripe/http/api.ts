import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ApiDisturbance, ChaosRules } from '../chaos.ts';
import type { Log } from '../log.ts';
import type { Settings } from '../settings.ts';
import { newId } from '../store/ids.ts';
import type { Scope } from '../store/scope.ts';
import type { Store } from '../store/store.ts';
import { authenticate } from './auth.ts';
import { invalid, StripeFault } from './errors.ts';
import { expand } from './expand.ts';
import { parseForm } from './form.ts';
import { fingerprintOf, type Recorded, recall, record } from './idempotency.ts';
import { type RateLimiter, rateLimiter } from './rateLimiter.ts';
import type { Route } from './route.ts';

export interface ApiOptions {
  store: Store;
  settings: Settings;
  secretKey: string;
  nowMs: () => number;
  chaos: ChaosRules;
  log: Log;
  /** Counts an answered call by its pattern: `POST /v1/customers/:id`. */
  onRequest: (pattern: string) => void;
  onReplay: () => void;
  /** Something was committed. */
  onCommit: () => void;
}

interface Answer extends Recorded {
  headers: Record<string, string>;
}

const oldestShape = '2025-03-31';

/** Only shapes from "basil" on are spoken here; an older client would misread them in silence. */
function assertVersion(version: string | undefined): void {
  if (version === undefined) return;
  const date = /^(\d{4}-\d{2}-\d{2})(?:\.[a-z]+)?$/.exec(version)?.[1];
  if (date === undefined || date < oldestShape)
    throw invalid(`Invalid Stripe API version: ${version}`, { param: 'Stripe-Version' });
}

function faultAnswer(fault: StripeFault, requestId: string): Answer {
  const body = JSON.stringify({
    error: { ...fault.body, request_log_url: `https://dashboard.stripe.com/test/logs/${requestId}` },
  });
  return { status: fault.status, body, requestId, headers: fault.headers };
}

const injected: Record<number, StripeFault> = {
  409: new StripeFault(409, {
    type: 'invalid_request_error',
    code: 'lock_timeout',
    message:
      'This object cannot be accessed right now because another API request or Stripe process is currently accessing it.',
  }),
  429: new StripeFault(429, {
    type: 'invalid_request_error',
    code: 'rate_limit',
    message: 'Request rate limit exceeded.',
  }),
  500: new StripeFault(500, { type: 'api_error', message: 'An unknown error occurred. Sorry about that.' }),
};

function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** Runs the operation and records its answer under the key, in one transaction. */
function perform(
  options: ApiOptions,
  route: Route,
  request: FastifyRequest,
  requestId: string,
  failAfter: boolean,
): Answer {
  const { store, settings } = options;
  const businessMs = options.nowMs();
  const key = route.method === 'POST' ? header(request, 'idempotency-key') : undefined;
  const body = typeof request.body === 'string' ? request.body : '';
  const query = request.url.split('?')[1] ?? '';
  const fingerprint = key === undefined ? '' : fingerprintOf(route.method, request.url, body);
  const known = key === undefined ? undefined : recall(store, key, fingerprint, businessMs);
  if (known !== undefined) {
    options.onReplay();
    return { ...known, headers: { 'idempotent-replayed': 'true', 'original-request': known.requestId } };
  }
  const scope: Scope = {
    store,
    settings,
    now: Math.floor(businessMs / 1000),
    clock: null,
    businessMs,
    request: { id: requestId, idempotencyKey: key ?? null },
  };
  const form = { ...parseForm(query), ...parseForm(body) };
  const { id = '' } = request.params as { id?: string };
  const failure = injected[500];
  const run = (): Answer => {
    const { result, expand: paths } = route.handle(scope, id, form);
    const done: Answer = { status: 200, body: JSON.stringify(expand(scope, result, paths)), requestId, headers: {} };
    return failAfter && failure !== undefined ? faultAnswer(failure, requestId) : done;
  };
  if (route.method === 'GET') return run();
  return store.transaction(() => {
    let answer: Answer;
    try {
      answer = run();
    } catch (error) {
      // A declined charge is an executed request: its traces stay, and its answer is replayed like any other.
      if (!(error instanceof StripeFault && error.commit)) throw error;
      answer = faultAnswer(error, requestId);
    }
    if (key !== undefined) record(store, key, fingerprint, answer, businessMs);
    return answer;
  });
}

function disturb(options: ApiOptions, limiter: RateLimiter, route: Route, path: string): ApiDisturbance {
  const found: ApiDisturbance = Object.assign({}, ...options.chaos.api.strike({ method: route.method, path }));
  const { rates } = options.chaos;
  const fault = found.fault?.when === 'before_commit' ? injected[found.fault.status] : undefined;
  if (fault !== undefined) throw fault;
  if (rates !== null && !limiter.allows(route.method === 'GET' ? 'reads' : 'writes', rates))
    throw injected[429] as StripeFault;
  return found;
}

function send(reply: FastifyReply, request: FastifyRequest, answer: Answer, version: string): FastifyReply {
  const key = header(request, 'idempotency-key');
  const headers = {
    'content-type': 'application/json',
    'request-id': answer.requestId,
    'stripe-version': header(request, 'stripe-version') ?? version,
    ...(key === undefined ? {} : { 'idempotency-key': key }),
    ...answer.headers,
  };
  return reply.code(answer.status).headers(headers).send(answer.body);
}

/** Registers the routes of `/v1` with all that Stripe does around each: keys, versions, errors, idempotency. */
export function registerApi(server: FastifyInstance, routes: Route[], options: ApiOptions): void {
  const limiter = rateLimiter();
  for (const route of routes) {
    server.route({
      method: route.method,
      url: route.path,
      async handler(request, reply) {
        const requestId = newId('request');
        options.onRequest(`${route.method} ${route.path}`);
        let answer: Answer;
        let disturbance: ApiDisturbance = {};
        try {
          authenticate(header(request, 'authorization'), options.secretKey);
          assertVersion(header(request, 'stripe-version'));
          disturbance = disturb(options, limiter, route, request.url.split('?')[0] ?? '');
          answer = perform(options, route, request, requestId, disturbance.fault?.when === 'after_commit');
        } catch (error) {
          if (!(error instanceof StripeFault))
            options.log.error({ err: error, route: route.path }, 'sandbox stripe: request failed');
          answer = faultAnswer(error instanceof StripeFault ? error : (injected[500] as StripeFault), requestId);
        }
        if (route.method !== 'GET') options.onCommit();
        if (disturbance.slowMs !== undefined) await sleep(disturbance.slowMs);
        if (disturbance.cut === true) {
          request.raw.socket.destroy();
          return reply.hijack();
        }
        return send(reply, request, answer, options.settings.apiVersion);
      },
    });
  }
}
