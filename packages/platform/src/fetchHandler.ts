import type { FastifyRequest } from 'fastify';
import { AppError } from './errors.ts';
import type { HttpServer } from './http.ts';
import { codeOfStatus } from './problems.ts';

/**
 * Mounts a library that speaks fetch's Request and Response on the named paths of this scope, and on no other that it may have. Call it inside of a plugin of its own: bodies of the
 * scope are passed on as they came. Each cookie is a header of its own, which `Headers` would otherwise join into one. What the library refuses
 * leaves as a problem, as everything else that this server refuses.
 */
export function mountFetchHandler(
  scope: HttpServer,
  options: {
    /** Of the whole address, as in `/api/auth/sign-out`. */
    readonly paths: readonly string[];
    readonly handler: (request: Request) => Promise<Response>;
    /** After the library answered and before the answer goes out. */
    readonly onAnswer?: (request: FastifyRequest) => void;
    readonly rateLimit: { readonly max: number; readonly timeWindow: string };
  },
): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  scope.route({
    method: ['GET', 'POST'],
    url: '/*',
    config: { rateLimit: options.rateLimit },
    schema: { hide: true },
    async handler(request, reply) {
      const address = new URL(`${request.protocol}://${request.host}${request.url}`);
      if (!options.paths.includes(address.pathname))
        throw new AppError('not_found', 'there is nothing at this address');
      const headers = new Headers();
      for (const [name, value] of Object.entries(request.headers))
        if (typeof value === 'string') headers.set(name, value);
      // What a caller writes there itself is no evidence of where it sits; the server knows which proxies to believe.
      headers.set('x-forwarded-for', request.ip);
      const response = await options.handler(
        new Request(address, {
          method: request.method,
          headers,
          ...(request.method !== 'GET' && typeof request.body === 'string' ? { body: request.body } : {}),
        }),
      );
      options.onAnswer?.(request);
      for (const cookie of response.headers.getSetCookie()) reply.header('set-cookie', cookie);
      if (response.status >= 400) throw await refusalOf(response);
      reply.status(response.status);
      for (const [name, value] of response.headers) if (name !== 'set-cookie') reply.header(name, value);
      return reply.send(response.body === null ? null : Buffer.from(await response.arrayBuffer()));
    },
  });
}

async function refusalOf(response: Response): Promise<AppError> {
  const said = (await response.json().catch(() => ({}))) as { message?: unknown };
  const message = typeof said.message === 'string' ? said.message : `refused with status ${response.status}`;
  return new AppError(codeOfStatus(response.status), message);
}
