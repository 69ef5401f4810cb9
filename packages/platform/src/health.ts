import type { FastifyInstance } from 'fastify';
import { AppError, toProblem } from './errors.ts';
import type { Logger } from './log.ts';
import { collectProcessMetrics, registry, scrape } from './metrics.ts';
import { sendProblem } from './problems.ts';

export type ReadinessChecks = Readonly<Record<string, () => Promise<void>>>;

const checkWithinMs = 2_000;

/**
 * `/healthz`: the process answers. `/readyz`: it can do its work, or 503 with the names of the checks that fail. `/metrics`: as Prometheus
 * reads them. None is limited or signed in; they say nothing about customers.
 */
export async function healthRoutes(
  app: FastifyInstance,
  { checks, log }: { checks: ReadinessChecks; log: Logger },
): Promise<void> {
  collectProcessMetrics();
  const open = { schema: { hide: true }, config: { rateLimit: false as const }, logLevel: 'warn' as const };

  app.get('/healthz', open, async () => ({ status: 'ok' }));

  app.get('/readyz', open, async (request, reply) => {
    const results = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => [name, await passes(name, check, log)] as const),
    );
    const said = Object.fromEntries(results.map(([name, ok]) => [name, ok ? 'ok' : 'failing']));
    const failing = results.filter(([, ok]) => !ok).map(([name]) => name);
    reply.header('cache-control', 'no-store');
    if (failing.length === 0) return { status: 'ok', checks: said };
    const { status, body } = toProblem(new AppError('unavailable', 'not ready'), request.id);
    return sendProblem(reply, { status, body: { ...body, detail: `not ready: ${failing.join(', ')}`, checks: said } });
  });

  app.get('/metrics', open, async (_request, reply) => reply.type(registry.contentType).send(await scrape()));
}

async function passes(name: string, check: () => Promise<void>, log: Logger): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${checkWithinMs} ms`)), checkWithinMs);
  });
  try {
    await Promise.race([check(), late]);
    return true;
  } catch (error) {
    log.warn({ err: error, check: name }, 'not ready');
    return false;
  } finally {
    clearTimeout(timer);
  }
}
