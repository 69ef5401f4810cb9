import { AppError } from '@tillkeeper/platform/errors';
import { createServer, type HttpServer } from '@tillkeeper/platform/http';
import type { Logger } from '@tillkeeper/platform/log';
import { Type } from 'typebox';
import type { SandboxClock } from '../clock/sandboxClock.ts';
import type { Inbox } from '../mail/inbox.ts';
import { inboundMail } from '../mail/mailRoutes.ts';
import type { Saboteurs } from '../saboteurs/saboteurs.ts';

export interface ControlOptions {
  readonly clock: SandboxClock;
  readonly inbox: Inbox;
  readonly saboteurs: Saboteurs;
  readonly log: Logger;
  readonly port: number;
  /** The one page of another address that may call: Keeper's console moves the clock and causes faults. */
  readonly consoleOrigin: string;
}

const mailQuery = Type.Object({
  to: Type.Optional(Type.String({ maxLength: 254 })),
  since: Type.Optional(Type.String({ maxLength: 40 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
  cursor: Type.Optional(Type.String({ maxLength: 20 })),
});

const sabotageQuery = Type.Object({
  form: Type.Optional(Type.String({ maxLength: 40, description: 'Which way of failing; the usual one unless told' })),
  seconds: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 3600, description: 'After these the outside world is well again' }),
  ),
  organizationId: Type.Optional(Type.String({ format: 'uuid' })),
  owner: Type.Optional(Type.Literal('silent', { description: 'The owners that are hit do not act on their mails' })),
});

/** The sandbox's own API: time, mail and faults. Nothing of it exists in production. */
export async function startControl(options: ControlOptions): Promise<{ close(): Promise<void> }> {
  const { clock, inbox, saboteurs, log, port, consoleOrigin } = options;
  const app = await createServer({
    name: 'sandbox',
    log,
    openapi: { title: 'Sandbox control', version: '1' },
    readiness: {},
  });
  allowOrigin(app, consoleOrigin);

  app.get('/clock', { schema: { summary: 'Business time, and how far it is ahead of the machine' } }, async () => ({
    now: clock.now().toString({ smallestUnit: 'millisecond' }),
    offsetMs: clock.offset().total('milliseconds'),
  }));

  app.post(
    '/clock/advance',
    {
      schema: {
        summary: 'Moves business time on from due time to due time; answers when all that fell due is done',
        body: Type.Object({ by: Type.String({ minLength: 2, maxLength: 40, description: 'ISO 8601 duration, P7D' }) }),
      },
    },
    async (request) => {
      const { from, to, steps } = await clock.advance(request.body.by);
      return { from: from.toString(), now: to.toString(), steps };
    },
  );

  app.get(
    '/mail',
    { schema: { summary: 'Mails of the inbox, newest first', querystring: mailQuery } },
    async (request) => {
      const { since, ...query } = request.query;
      return inbox.list({ ...query, ...(since === undefined ? {} : { since: instantOf(since) }) });
    },
  );

  app.post(
    '/mail',
    { schema: { summary: 'A mail that a customer writes', body: inboundMail } },
    async (request, reply) => reply.code(201).send(inbox.receive(request.body)),
  );

  app.get(
    '/sabotage',
    { schema: { summary: 'Playbooks whose failure can be caused, and the forms of each' } },
    async () => ({
      items: saboteurs.known,
      nextCursor: null,
    }),
  );

  app.post(
    '/sabotage/:playbook',
    {
      schema: {
        summary: 'Causes the failure that a playbook is for',
        params: Type.Object({ playbook: Type.String({ maxLength: 80 }) }),
        querystring: sabotageQuery,
      },
    },
    async (request) => saboteurs.inject(request.params.playbook, request.query),
  );

  await app.listen({ host: '127.0.0.1', port });
  return { close: () => app.close() };
}

/**
 * Answers the console's page and no other: a page of a foreign site that is open in the same browser reaches this port as well, and a bare POST
 * needs nobody's leave.
 */
function allowOrigin(app: HttpServer, origin: string): void {
  app.addHook('onRequest', async (request, reply) => {
    const caller = request.headers.origin;
    if (caller === undefined) return;
    if (caller !== origin)
      throw new AppError('forbidden', 'pages of this address may not call the sandbox', { origin: caller });
    reply.headers({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'content-type',
      vary: 'origin',
    });
  });
  // What a browser asks before it sends JSON.
  app.options('/*', { schema: { hide: true } }, async (_request, reply) => reply.code(204).send());
}

function instantOf(text: string): Temporal.Instant {
  try {
    return Temporal.Instant.from(text);
  } catch (cause) {
    throw new AppError('invalid_input', `since is no instant: ${text}`, { field: 'since' }, { cause });
  }
}
