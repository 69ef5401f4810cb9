import { randomUUIDv7 } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  LogController,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault,
} from 'fastify';
import { AppError, toProblem } from './errors.ts';
import { healthRoutes, type ReadinessChecks } from './health.ts';
import type { Logger } from './log.ts';
import { histogram } from './metrics.ts';
import { describeApi } from './openapi.ts';
import { answerWithProblems, describeProblem, sendProblem } from './problems.ts';
import { closeObjects, requestValidator } from './requestValidation.ts';

/** Fastify with types from TypeBox schemas. */
export type HttpServer = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

export interface ServerOptions {
  /** Also the prefix of the session cookie in the API's description. */
  readonly name: string;
  readonly log: Logger;
  /** What has to work for this process to do its work; a check fails by rejecting, or by taking more than 2 s. */
  readonly readiness: ReadinessChecks;
  /** Bytes of a body at most; 1 MiB unless told. */
  readonly bodyLimit?: number;
  /** For every route and caller's address. Without it only routes with `config.rateLimit` are limited. */
  readonly rateLimit?: { readonly max: number; readonly timeWindow: string };
  readonly openapi?: { readonly title: string; readonly version: string };
  /** Which proxies may say who the caller is: `true` or their addresses. */
  readonly trustProxy?: boolean | string | string[];
  /** Sources beyond our own origin, by directive. */
  readonly csp?: {
    readonly connectSrc?: string[];
    readonly formAction?: string[];
    readonly imgSrc?: string[];
    readonly frameSrc?: string[];
  };
}

/** How long a closing server waits for answers under way before it cuts their connections. */
const closeWithinMs = 3_000;

/**
 * A server with everything in place that is the same everywhere: problems as answers, request ids, strict bodies, security headers, limits
 * and timeouts, health, metrics, the API's description, and an orderly close.
 */
export async function createServer(options: ServerOptions): Promise<HttpServer> {
  const app: HttpServer = Fastify({
    loggerInstance: options.log as FastifyBaseLogger,
    // One line an answer, by `measure`, instead of two with the whole address: addresses hold signed links.
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: ({ headers }) => acceptedId(headers['x-request-id']) ?? randomUUIDv7(),
    bodyLimit: options.bodyLimit ?? 1_048_576,
    trustProxy: options.trustProxy ?? false,
    // Signed links carry their token in the path.
    routerOptions: { maxParamLength: 1_024 },
    // A caller may take this long to send its request, to keep a connection without one, and to keep silent in the middle.
    requestTimeout: 30_000,
    keepAliveTimeout: 65_000,
    connectionTimeout: 180_000,
    forceCloseConnections: 'idle',
    // While closing, what still comes in on an open connection is answered as ever, with `connection: close`.
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) =>
      void sendProblem(reply.header('x-request-id', request.id), describeProblem(error, request.id)),
    clientErrorHandler: refuseGarbage,
  }).withTypeProvider<TypeBoxTypeProvider>();
  app.server.headersTimeout = 15_000;

  app.setValidatorCompiler(requestValidator);
  app.addHook('onRoute', (route) => {
    if (route.schema?.body !== undefined) route.schema = { ...route.schema, body: closeObjects(route.schema.body) };
  });
  takeJsonOnly(app);
  app.addHook('onRequest', async (request, reply) => void reply.header('x-request-id', request.id));
  answerWithProblems(app as unknown as FastifyInstance);
  measure(app, options.log);
  closeInOrder(app);

  // Helmet would put the policy together again for every answer, which costs 6 % of a small request.
  await app.register(helmet, { contentSecurityPolicy: false });
  const policy = contentSecurity(options.csp);
  app.addHook('onRequest', async (_request, reply) => void reply.header('content-security-policy', policy));
  await app.register(rateLimit, {
    global: options.rateLimit !== undefined,
    ...options.rateLimit,
    errorResponseBuilder: (_request, { ttl }) =>
      new AppError('rate_limited', 'too many requests; wait a moment', { retryAfterSeconds: Math.ceil(ttl / 1_000) }),
  });
  if (options.openapi !== undefined) await describeApi(app, options.name, options.openapi);
  await app.register(healthRoutes, { checks: options.readiness, log: options.log });
  return app;
}

/**
 * Bodies of this plugin's routes arrive as the bytes that were sent: signatures are made over bytes. Call it inside of a plugin of its own,
 * since it changes every route of the scope.
 */
export function rawBodyParser(
  scope: Pick<FastifyInstance, 'removeAllContentTypeParsers' | 'addContentTypeParser'>,
): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
}

/** An id from outside goes into logs and audit rows, so it has to look like an id. */
function acceptedId(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && /^[A-Za-z0-9][A-Za-z0-9._-]{7,63}$/.test(header) ? header : undefined;
}

/** Anything else than JSON is 415. A JSON body of no bytes counts as none: clients send the header with a bare POST. */
function takeJsonOnly(app: HttpServer): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) done(null, undefined);
    else void parse(request, body as string, done);
  });
}

function contentSecurity(more: ServerOptions['csp'] = {}): string {
  const own = "'self'";
  const directives: Record<string, readonly string[]> = {
    'default-src': [own],
    'script-src': [own],
    // The component library measures scroll bars with style elements of its own.
    'style-src': [own, "'unsafe-inline'"],
    'img-src': [own, 'data:', ...(more.imgSrc ?? [])],
    'font-src': [own, 'data:'],
    'connect-src': [own, ...(more.connectSrc ?? [])],
    'form-action': [own, ...(more.formAction ?? [])],
    'frame-src': [own, ...(more.frameSrc ?? [])],
    'frame-ancestors': ["'none'"],
    'base-uri': ["'none'"],
    'object-src': ["'none'"],
  };
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources.join(' ')}`)
    .join('; ');
}

/** What does not parse as HTTP has no request and no reply: the answer is written by hand. */
function refuseGarbage(error: Error & { code?: string }, socket: NodeJS.Socket & { destroyed?: boolean }): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return;
  const tooLate = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const tooLarge = error.code === 'HPE_HEADER_OVERFLOW';
  const line = tooLate ? '408 Request Timeout' : tooLarge ? '431 Request Header Fields Too Large' : '400 Bad Request';
  const status = Number(line.slice(0, 3));
  const { body } = toProblem(new AppError('invalid_input', 'this is no HTTP request that can be answered'), undefined);
  const text = JSON.stringify({ ...body, status });
  socket.end(
    `HTTP/1.1 ${line}\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
  );
}

/** Seconds by method, route and status. Routes, not addresses: addresses hold ids and signed links. */
function measure(app: HttpServer, log: Logger): void {
  const seconds = histogram({ name: 'http_request_seconds', help: 'Time to answer a request' }, [
    'method',
    'route',
    'status',
  ]);
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    seconds.observe({ method: request.method, route, status: String(reply.statusCode) }, reply.elapsedTime / 1_000);
    if (!log.isLevelEnabled('debug')) return;
    const about = { method: request.method, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime) };
    request.log.debug(about, 'answered');
  });
}

/**
 * On close: no new connections, idle ones end, event streams end (they never would), answers under way are finished, and after 3 s whatever
 * is left is cut, so that a restart is never held up by one slow reader.
 */
function closeInOrder(app: HttpServer): void {
  const underway = new Set<ServerResponse>();
  let closing = false;
  app.addHook('onRequest', async (_request, reply) => {
    const response = reply.raw;
    underway.add(response);
    response.once('close', () => underway.delete(response));
  });
  // Otherwise the connection of the last answer stays open, idle, and holds up the close.
  app.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('connection', 'close');
  });
  app.addHook('preClose', async () => {
    closing = true;
    for (const response of underway) if (isEventStream(response)) response.end();
    setTimeout(() => app.server.closeAllConnections(), closeWithinMs).unref();
  });
}

function isEventStream(response: ServerResponse): boolean {
  // Headers given to writeHead are not kept apart; they stand in the text that was sent.
  const sent = (response as ServerResponse & { _header?: string | null })._header ?? '';
  return /^content-type: *text\/event-stream/im.test(sent);
}
