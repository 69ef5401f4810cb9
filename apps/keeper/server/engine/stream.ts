import type { ServerResponse } from 'node:http';
import { listen } from '@tillkeeper/platform/listen';
import type { FastifyRequest } from 'fastify';
import { type KeeperDeps, openContext } from '../context.ts';
import type { KeeperServer } from '../server.ts';
import { readEngine } from './readEngine.ts';

const beatEveryMs = 5_000;
/** Bursts of one object are said once: a run writes its incident many times a second. */
const coalesceMs = 100;
/** A mirror of a million organizations that is brought up to date is one change for the console, not a million. */
const mostChanges = 500;
/** What may lie unsent for one reader, beside the buffers of the connection. One that is further behind reads no more: it comes back and reads anew. */
const mostUnsentBytes = 256 * 1024;

const everything = JSON.stringify({ kind: 'everything', id: '' });

/**
 * Server-sent events for the console: `hello` first, `change` {kind, id} for each changed object, `beat` with the engine's freshness every 5 s.
 * After a lost database connection, and when too much changed at once, one `change` {kind: 'everything'} tells the reader to read again.
 */
export async function streamRoutes(app: KeeperServer, { deps }: { deps: KeeperDeps }): Promise<void> {
  const readers = new Map<ServerResponse, FastifyRequest>();
  const changed = new Set<string>();
  let flushing: NodeJS.Timeout | undefined;
  let closing = false;

  function send(text: string): void {
    for (const reader of readers.keys()) {
      if (reader.writableLength > mostUnsentBytes) {
        deps.log.info('a stream that nobody reads was cut');
        reader.destroy();
      } else if (!reader.writableEnded) reader.write(text);
    }
  }
  function flush(): void {
    flushing = undefined;
    const all = changed.size > mostChanges ? [everything] : [...changed];
    changed.clear();
    send(all.map((payload) => eventText('change', payload)).join(''));
  }
  const listener = await listen({
    url: deps.config.keeperDatabaseUrl,
    channels: ['keeper_changes'],
    log: deps.log,
    onNotify: (_channel, payload) => {
      if (readers.size === 0) return;
      if (changed.size <= mostChanges) changed.add(payload === '' ? everything : payload);
      flushing ??= setTimeout(flush, coalesceMs);
    },
  });

  async function readBeat(): Promise<string> {
    const engine = await readEngine(await openContext(deps, { kind: 'system', job: 'stream' }));
    return JSON.stringify({
      lastProvenAt: engine.lastProvenAt?.toString() ?? null,
      lastProvenAgeMs: engine.lastProvenAgeMs,
      businessNow: engine.clock.businessNow.toString(),
    });
  }
  /** Whose session ended, or whose token was revoked, since the last beat. */
  async function endUnwelcome(): Promise<void> {
    await Promise.all(
      [...readers].map(async ([reader, request]) => {
        if (!(await app.isStillSignedIn(request))) reader.end();
      }),
    );
  }
  async function beat(): Promise<void> {
    if (readers.size === 0) return;
    try {
      await endUnwelcome();
      send(eventText('beat', await readBeat()));
    } catch (error) {
      deps.log.warn({ err: error }, 'beat not read');
    }
  }
  let beating: Promise<void> | undefined;
  const beats = setInterval(() => {
    // A slow database must not be asked more and more often.
    beating ??= beat().finally(() => {
      beating = undefined;
    });
  }, beatEveryMs);

  app.get(
    '/stream',
    {
      schema: { tags: ['engine'], summary: 'Live changes as server-sent events', produces: ['text/event-stream'] },
      // There is no head of a body that never ends.
      exposeHeadRoute: false,
    },
    async (request, reply) => {
      const first = await readBeat();
      reply.hijack();
      const response = reply.raw;
      // Hijacked, so Fastify no longer sends the headers that every answer has.
      response.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      response.write(`retry: 2000\n${eventText('hello', first)}`);
      response.on('error', () => undefined);
      response.on('close', () => readers.delete(response));
      readers.set(response, request);
      if (closing) response.end();
    },
  );

  app.addHook('preClose', async () => {
    closing = true;
    clearInterval(beats);
    clearTimeout(flushing);
    for (const reader of readers.keys()) reader.end();
    await Promise.all([beating, listener.close()]);
  });
}

function eventText(event: 'hello' | 'change' | 'beat', data: string): string {
  return `event: ${event}\ndata: ${data}\n\n`;
}
