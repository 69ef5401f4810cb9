import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { Type } from 'typebox';
import { afterEach, describe, expect, it } from 'vitest';
import { AppError } from './errors.ts';
import { createServer, type HttpServer, rawBodyParser, type ServerOptions } from './http.ts';
import { createLogger } from './log.ts';

let server: HttpServer | undefined;
const lines: string[] = [];

async function serve(
  add: (app: HttpServer) => void | Promise<void>,
  options: Partial<ServerOptions> = {},
): Promise<HttpServer> {
  const log = createLogger({ name: 'test', level: 'warn', destination: { write: (line) => void lines.push(line) } });
  server = await createServer({ name: 'keeper', log, readiness: {}, ...options });
  await add(server);
  await server.ready();
  return server;
}

afterEach(async () => {
  await server?.close();
  server = undefined;
  lines.length = 0;
});

const Sale = Type.Object({
  quantity: Type.Integer({ minimum: 1 }),
  lines: Type.Optional(Type.Array(Type.Object({ product: Type.String() }))),
  note: Type.Union([Type.String(), Type.Null()]),
});

function salesRoutes(app: HttpServer): void {
  app.post('/sales', { schema: { body: Sale } }, async (request) => ({ quantity: request.body.quantity }));
  app.get(
    '/sales/:id',
    {
      schema: {
        params: Type.Object({ id: Type.String({ format: 'uuid' }) }),
        querystring: Type.Object({
          limit: Type.Integer({ minimum: 1, maximum: 100, default: 50 }),
          open: Type.Optional(Type.Boolean()),
          state: Type.Optional(Type.Union([Type.Literal('open'), Type.Literal('resolved')])),
          since: Type.Optional(Type.String({ format: 'date-time' })),
        }),
        response: { 200: Type.Object({ id: Type.String(), query: Type.Unknown() }) },
      },
    },
    async (request) => ({ id: request.params.id, query: request.query, internalNote: 'not for callers' }),
  );
}

const id = '0197f0c0-0000-7000-8000-000000000001';

function expectProblem(
  response: { statusCode: number; headers: Record<string, unknown>; json(): unknown },
  status: number,
  code: string,
) {
  expect(response.statusCode).toBe(status);
  expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  const body = response.json() as Record<string, unknown>;
  expect(body).toMatchObject({ status, code, requestId: response.headers['x-request-id'] });
  expect(body.title).toEqual(expect.any(String));
  return body;
}

describe('bodies and queries', () => {
  it('refuses fields that are unknown, at every depth, and names them', async () => {
    const app = await serve(salesRoutes);
    const body = { quantity: 1, note: null, qty: 2, lines: [{ product: 'tea', colour: 'green' }] };
    const problem = expectProblem(await app.inject({ method: 'POST', url: '/sales', body }), 400, 'invalid_input');
    expect(problem.errors).toEqual([
      { field: 'body/qty', message: 'is not known' },
      { field: 'body/lines/0/colour', message: 'is not known' },
    ]);
    expect(problem.detail).toContain('body/qty is not known');
  });

  it('takes bodies as they are: text is no number', async () => {
    const app = await serve(salesRoutes);
    const problem = expectProblem(
      await app.inject({ method: 'POST', url: '/sales', body: { quantity: '1' } }),
      400,
      'invalid_input',
    );
    expect(problem.errors).toEqual(
      expect.arrayContaining([
        { field: 'body/note', message: 'is required' },
        { field: 'body/quantity', message: expect.stringContaining('integer') },
      ]),
    );
    expect((await app.inject({ method: 'POST', url: '/sales', body: { quantity: 2, note: 'x' } })).json()).toEqual({
      quantity: 2,
    });
  });

  it('reads numbers, booleans and choices out of a query, fills defaults, and refuses the rest', async () => {
    const app = await serve(salesRoutes);
    const good = await app.inject(`/sales/${id}?limit=20&open=true&state=open&since=2026-11-23T20:15:00Z`);
    expect(good.json().query).toEqual({ limit: 20, open: true, state: 'open', since: '2026-11-23T20:15:00Z' });
    expect((await app.inject(`/sales/${id}`)).json().query).toEqual({ limit: 50 });
    for (const wrong of [
      'limit=0',
      'limit=abc',
      'limit=1.5',
      'limit=',
      'state=closed',
      'open=maybe',
      'since=yesterday',
    ]) {
      const problem = expectProblem(await app.inject(`/sales/${id}?${wrong}`), 400, 'invalid_input');
      expect(problem.detail, wrong).toContain(`querystring/${wrong.split('=')[0]}`);
    }
    expectProblem(await app.inject('/sales/7'), 400, 'invalid_input');
  });

  it('keeps columns in that the response schema does not name', async () => {
    const app = await serve(salesRoutes);
    expect(Object.keys((await app.inject(`/sales/${id}`)).json())).toEqual(['id', 'query']);
  });

  it('takes a JSON post without a body where none is asked for', async () => {
    const app = await serve((it) => void it.post('/acknowledge', async (request) => ({ body: request.body ?? null })));
    const answer = await app.inject({
      method: 'POST',
      url: '/acknowledge',
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.json()).toEqual({ body: null });
  });

  it('hands a webhook its bytes, and everybody else JSON', async () => {
    const app = await serve(async (outer) => {
      salesRoutes(outer);
      await outer.register(async (scope) => {
        rawBodyParser(scope);
        scope.post('/webhooks/stripe', async (request) => ({
          raw: Buffer.isBuffer(request.body),
          text: String(request.body),
        }));
      });
    });
    const text = '{ "a":1.0,\n"b":"\u00e9" }';
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    expect((await app.inject({ method: 'POST', url: '/webhooks/stripe', headers, body: text })).json()).toEqual({
      raw: true,
      text,
    });
    expect((await app.inject({ method: 'POST', url: '/sales', body: { quantity: 2, note: null } })).json()).toEqual({
      quantity: 2,
    });
  });
});

describe('problems', () => {
  it('answers unknown addresses, wrong methods, wrong types and too much', async () => {
    const app = await serve(salesRoutes, { bodyLimit: 64 });
    expectProblem(await app.inject('/nothing'), 404, 'not_found');
    expectProblem(await app.inject('/sales/x/y?z'), 404, 'not_found');
    const wrongMethod = await app.inject({ method: 'DELETE', url: `/sales/${id}?x=1` });
    expectProblem(wrongMethod, 405, 'invalid_input');
    expect(wrongMethod.headers.allow).toBe('GET, HEAD');
    const post = (body: string, type: string) =>
      app.inject({ method: 'POST', url: '/sales', headers: { 'content-type': type }, body });
    expectProblem(await post('quantity=1', 'application/x-www-form-urlencoded'), 415, 'invalid_input');
    expectProblem(await post('x', 'text/plain'), 415, 'invalid_input');
    expectProblem(await post('{"quantity":', 'application/json'), 400, 'invalid_input');
    expectProblem(await post(JSON.stringify({ note: 'x'.repeat(100) }), 'application/json'), 413, 'invalid_input');
    expectProblem(await app.inject({ method: 'POST', url: '/sales' }), 400, 'invalid_input');
    expectProblem(await app.inject('/sales/%ff'), 400, 'invalid_input');
  });

  it('says what a verb said, and nothing of a failure of ours', async () => {
    const app = await serve((it) => {
      it.get('/gone', { schema: { response: { 404: Type.Object({}), 200: Type.Object({}) } } }, async () => {
        throw new AppError('not_found', 'no such incident', { incidentId: id });
      });
      it.get('/broken', async () => {
        throw new Error('password of db01 is hunter2');
      });
      it.get('/odd', async () => {
        throw Object.assign(new Error('card declined'), { statusCode: 402, code: 'card_declined' });
      });
    });
    expect(expectProblem(await app.inject('/gone'), 404, 'not_found')).toMatchObject({
      detail: 'no such incident',
      incidentId: id,
    });
    expect(lines).toEqual([]);
    const broken = await app.inject('/broken');
    expectProblem(broken, 500, 'internal');
    expect(broken.body).not.toMatch(/db01|hunter2/);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'error', err: { message: 'password of db01 is hunter2' } },
    ]);
    expectProblem(await app.inject('/odd'), 500, 'internal');
  });

  it('limits a route, says for how long, and exempts health', async () => {
    const app = await serve(
      (it) => void it.get('/sign-in', { config: { rateLimit: { max: 2, timeWindow: '1 minute' } } }, async () => 'in'),
    );
    expect((await app.inject('/sign-in')).statusCode).toBe(200);
    expect((await app.inject('/sign-in')).statusCode).toBe(200);
    const third = await app.inject('/sign-in');
    const problem = expectProblem(third, 429, 'rate_limited');
    expect(problem.retryAfterSeconds).toBeGreaterThan(0);
    expect(Number(third.headers['retry-after'])).toBeGreaterThan(0);
  });

  it('limits everything but health when told to', async () => {
    const app = await serve((it) => void it.get('/', async () => 'in'), {
      rateLimit: { max: 1, timeWindow: '1 minute' },
    });
    expect((await app.inject('/')).statusCode).toBe(200);
    expectProblem(await app.inject('/'), 429, 'rate_limited');
    for (let each = 0; each < 3; each += 1) expect((await app.inject('/healthz')).statusCode).toBe(200);
  });

  it('lets a server answer unknown addresses itself', async () => {
    const app = await serve((it) => {
      it.setNotFoundHandler((request, reply) => {
        if (!request.url.startsWith('/page')) throw new AppError('not_found', 'nothing here');
        return reply.type('text/html').send('<p>page</p>');
      });
    });
    expect((await app.inject('/page/7')).body).toBe('<p>page</p>');
    expectProblem(await app.inject('/api/7'), 404, 'not_found');
  });
});

describe('request ids', () => {
  it('takes one that looks like an id and makes its own for anything else', async () => {
    const app = await serve((it) => void it.get('/', async (request) => ({ id: request.id })));
    const ask = async (given?: string): Promise<string> => {
      const answer = await app.inject({ url: '/', headers: given === undefined ? {} : { 'x-request-id': given } });
      expect(answer.headers['x-request-id']).toBe(answer.json().id);
      return answer.json().id;
    };
    expect(await ask('deploy-2026.11_23')).toBe('deploy-2026.11_23');
    const own = /^[0-9a-f]{8}-[0-9a-f]{4}-7/;
    for (const given of [
      undefined,
      'short',
      'x'.repeat(65),
      'has blanks in it',
      '"><script>alert(1)</script>',
      '{"a":"12345678"}',
    ]) {
      expect(await ask(given)).toMatch(own);
    }
  });
});

describe('health, metrics and description', () => {
  it('is ready when every check passes, and names the one that fails without saying why', async () => {
    let down = false;
    const app = await serve(() => undefined, {
      readiness: {
        keeper: async () => undefined,
        till: async () => {
          if (down) throw new Error('db01 refused till_app');
        },
      },
    });
    expect((await app.inject('/healthz')).json()).toEqual({ status: 'ok' });
    expect((await app.inject('/readyz')).json()).toEqual({ status: 'ok', checks: { keeper: 'ok', till: 'ok' } });
    down = true;
    const answer = await app.inject('/readyz');
    const problem = expectProblem(answer, 503, 'unavailable');
    expect(problem).toMatchObject({ detail: 'not ready: till', checks: { keeper: 'ok', till: 'failing' } });
    expect(answer.body).not.toContain('db01');
    expect((await app.inject('/healthz')).statusCode).toBe(200);
  });

  it('is not ready while a check does not answer', async () => {
    const app = await serve(() => undefined, { readiness: { till: () => new Promise<never>(() => undefined) } });
    expectProblem(await app.inject('/readyz'), 503, 'unavailable');
  });

  it('counts by route and not by address', async () => {
    const app = await serve(salesRoutes);
    await app.inject(`/sales/${id}`);
    await app.inject('/nothing');
    const { body } = await app.inject('/metrics');
    expect(body).toContain('http_request_seconds_count{method="GET",route="/sales/:id",status="200"}');
    expect(body).not.toContain(id);
    expect(body).toContain('process_cpu_seconds_total');
  });

  it('describes the API in OpenAPI 3.1, with its schemes and its problems', async () => {
    const app = await serve(salesRoutes, { openapi: { title: 'Keeper', version: '1' } });
    const document = (await app.inject('/openapi.json')).json();
    expect(document.openapi).toBe('3.1.0');
    expect(document.components.securitySchemes).toMatchObject({
      bearer: { type: 'http', scheme: 'bearer' },
      session: { type: 'apiKey', in: 'cookie', name: 'keeper.session_token' },
    });
    expect(document.components.schemas.Problem.required).toEqual(['type', 'title', 'status', 'code', 'detail']);
    expect(Object.keys(document.paths)).toEqual(['/sales', '/sales/{id}']);
    const post = document.paths['/sales'].post;
    expect(post.requestBody.content['application/json'].schema.additionalProperties).toBe(false);
    expect(post.responses.default.content['application/problem+json'].schema.$ref).toBe('#/components/schemas/Problem');
  });

  it('sends headers that keep pages and frames to their own', async () => {
    const app = await serve((it) => void it.get('/', async () => 'page'), {
      csp: { connectSrc: ['http://localhost:4606'] },
    });
    const { headers } = await app.inject('/');
    expect(headers['content-security-policy']).toContain("default-src 'self'");
    expect(headers['content-security-policy']).toContain("connect-src 'self' http://localhost:4606");
    expect(headers['content-security-policy']).not.toContain('upgrade-insecure-requests');
    expect(headers['x-content-type-options']).toBe('nosniff');
  });
});

describe('connections', () => {
  async function listenOn(app: HttpServer): Promise<number> {
    await app.listen({ host: '127.0.0.1', port: 0 });
    const address = app.server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return address.port;
  }

  it('has a limit for every way to be slow', async () => {
    const app = await serve(() => undefined);
    for (const limit of ['requestTimeout', 'headersTimeout', 'keepAliveTimeout', 'timeout'] as const) {
      expect(app.server[limit], limit).toBeGreaterThan(0);
    }
  });

  it('answers what is no HTTP with a problem', async () => {
    const port = await listenOn(await serve(() => undefined));
    const socket = connect(port, '127.0.0.1', () => socket.write('this is no request\r\n\r\n'));
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    await once(socket, 'close');
    expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\ncontent-type: application\/problem\+json\r\n/);
    expect(JSON.parse(text.slice(text.indexOf('\r\n\r\n')))).toMatchObject({ status: 400, code: 'invalid_input' });
  });

  it('closes in order: finishes answers, ends event streams and idle connections, cuts what never ends', async () => {
    let finish: (() => void) | undefined;
    const app = await serve((it) => {
      it.get('/idle', async () => 'ok');
      it.get('/slow', async () => {
        await new Promise<void>((resolve) => (finish = resolve));
        return 'finished';
      });
      it.get('/stream', (_request, reply) => {
        reply.hijack();
        reply.raw.writeHead(200, { 'content-type': 'text/event-stream' });
        reply.raw.write('event: hello\ndata: {}\n\n');
      });
      it.get('/stuck', (_request, reply) => {
        reply.hijack();
        reply.raw.writeHead(200, { 'content-type': 'application/octet-stream' });
        reply.raw.write('never ends');
      });
    });
    const port = await listenOn(app);
    const agent = new Agent({ keepAlive: true });
    const get = async (path: string) => {
      const sent = httpRequest({ port, host: '127.0.0.1', path, agent }).end();
      const [response] = await once(sent, 'response');
      return response as import('node:http').IncomingMessage;
    };
    const read = async (response: AsyncIterable<unknown>): Promise<string> => {
      let text = '';
      for await (const chunk of response) text += String(chunk);
      return text;
    };
    expect(await read(await get('/idle'))).toBe('ok');
    const stream = read(await get('/stream'));
    const stuck = read(await get('/stuck')).catch(() => 'cut');
    const slow = get('/slow');
    while (finish === undefined) await new Promise(setImmediate);

    const closed = app.close();
    expect(await stream).toBe('event: hello\ndata: {}\n\n');
    finish();
    const finished = await slow;
    expect(finished.headers.connection).toBe('close');
    expect(await read(finished)).toBe('finished');
    expect(await stuck).toBe('cut');
    await closed;
    agent.destroy();
  });
});
