import fastifyStatic from '@fastify/static';
import { AppError } from './errors.ts';
import type { HttpServer } from './http.ts';

/**
 * Serves a built web app that is one page: a GET for HTML that is no file answers with the page, unless its path begins with one of
 * `notPages`. Built files carry a hash in their names and are kept for ever; the page that names them is not kept.
 */
export async function serveSinglePage(
  app: HttpServer,
  options: { readonly root: string; readonly notPages: readonly string[] },
): Promise<void> {
  await app.register(fastifyStatic, {
    root: options.root,
    wildcard: true,
    cacheControl: false,
    setHeaders: (reply, path) =>
      void reply.header(
        'cache-control',
        path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      ),
  });
  app.setNotFoundHandler((request, reply) => {
    const page =
      request.method === 'GET' &&
      !options.notPages.some((prefix) => request.url.startsWith(prefix)) &&
      (request.headers.accept ?? '').includes('text/html');
    if (!page) throw new AppError('not_found', 'there is nothing at this address');
    return reply.type('text/html').sendFile('index.html');
  });
}
