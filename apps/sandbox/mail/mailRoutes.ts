import { AppError } from '@tillkeeper/platform/errors';
import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import type { Mail, MailPage, MailQuery } from './mailStore.ts';
import { bodyPage, listPage, messagePage, missingPage } from './pages.ts';

const strict = { additionalProperties: false } as const;
const address = Type.String({ minLength: 3, maxLength: 254, pattern: '^[^\\s@<>]+@[^\\s@<>]+$' });

const listQuery = Type.Object(
  {
    to: Type.Optional(Type.String({ maxLength: 254 })),
    since: Type.Optional(Type.String({ maxLength: 40 })),
    domain: Type.Optional(Type.String({ minLength: 1, maxLength: 254, pattern: '^[^%_]+$' })),
    unread: Type.Optional(Type.Boolean()),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
    cursor: Type.Optional(Type.String({ maxLength: 20 })),
  },
  strict,
);

const pageQuery = Type.Object(
  { search: Type.Optional(Type.String({ maxLength: 254 })), cursor: Type.Optional(Type.String({ maxLength: 20 })) },
  strict,
);

/** A mail that a customer writes to the product. */
export const inboundMail = Type.Object(
  {
    from: address,
    to: address,
    subject: Type.String({ maxLength: 998 }),
    text: Type.String({ maxLength: 1_000_000 }),
    inReplyTo: Type.Optional(Type.String({ maxLength: 998 })),
  },
  strict,
);
export type InboundMail = Static<typeof inboundMail>;

function instant(text: string): Temporal.Instant {
  try {
    return Temporal.Instant.from(text);
  } catch (cause) {
    throw new AppError('invalid_input', `since is no instant: ${text}`, { field: 'since' }, { cause });
  }
}

// The mail itself runs no script and sends nothing, even when its address is opened outside the frame.
const bodyPolicy =
  "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data: http: https:; font-src data: http: https:";
const pagePolicy =
  "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** The inbox over HTTP: JSON for programs, pages for people. */
export function mailRoutes(
  app: FastifyInstance,
  inbox: {
    list(query: MailQuery): MailPage;
    get(id: string): Mail | undefined;
    markRead(id: string): Mail | undefined;
    receive(mail: InboundMail): Mail;
  },
): void {
  const page = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': pagePolicy,
    'x-content-type-options': 'nosniff',
  };

  app.get<{ Querystring: Static<typeof listQuery> }>('/mail', { schema: { querystring: listQuery } }, (request) => {
    const { since, ...query } = request.query;
    return inbox.list({ ...query, ...(since === undefined ? {} : { since: instant(since) }) });
  });

  app.post<{ Body: InboundMail }>('/mail', { schema: { body: inboundMail } }, (request, reply) =>
    reply.code(201).send(inbox.receive(request.body)),
  );

  app.get<{ Params: { id: string } }>('/mail/:id', (request) => {
    const mail = inbox.get(request.params.id);
    if (mail === undefined) throw new AppError('not_found', 'There is no such mail.', { id: request.params.id });
    return mail;
  });

  app.post<{ Params: { id: string } }>('/mail/:id/read', (request) => {
    const mail = inbox.markRead(request.params.id);
    if (mail === undefined) throw new AppError('not_found', 'There is no such mail.', { id: request.params.id });
    return mail;
  });

  app.get<{ Querystring: Static<typeof pageQuery> }>('/', { schema: { querystring: pageQuery } }, (request, reply) => {
    const search = request.query.search?.trim() ?? '';
    const { cursor } = request.query;
    const found = inbox.list({ ...(search === '' ? {} : { search }), ...(cursor === undefined ? {} : { cursor }) });
    return reply.headers(page).send(listPage(found, search));
  });

  app.get<{ Params: { id: string } }>('/messages/:id', (request, reply) => {
    const mail = inbox.get(request.params.id);
    return reply
      .code(mail === undefined ? 404 : 200)
      .headers(page)
      .send(mail === undefined ? missingPage() : messagePage(mail));
  });

  app.get<{ Params: { id: string } }>('/messages/:id/body', (request, reply) => {
    const mail = inbox.get(request.params.id);
    return reply
      .code(mail === undefined ? 404 : 200)
      .headers({ ...page, 'content-security-policy': bodyPolicy })
      .send(mail === undefined ? missingPage() : bodyPage(mail));
  });
}
