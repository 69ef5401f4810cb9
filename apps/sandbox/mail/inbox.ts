import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { AppError, toProblem } from '@tillkeeper/platform/errors';
import type { Logger } from '@tillkeeper/platform/log';
import Fastify, { type FastifyError } from 'fastify';
import { type InboundMail, mailRoutes } from './mailRoutes.ts';
import { type Mail, type MailPage, type MailQuery, openMailStore } from './mailStore.ts';
import { type MailFaults, startSmtp } from './startSmtp.ts';

export interface Inbox {
  /** Where people and programs look: `http://localhost:<port>`. */
  readonly url: string;
  /** Where mail is handed over: `smtp://localhost:<port>`. */
  readonly smtpUrl: string;
  list(query: MailQuery): MailPage;
  /** Stores a mail that a customer writes to the product. */
  receive(mail: InboundMail): Mail;
  /** What came in by SMTP since the inbox was first opened; `byMessageId` counts the copies of each mail. */
  readonly stats: { readonly accepted: number; readonly byMessageId: ReadonlyMap<string, number> };
  readonly faults: MailFaults;
  close(): Promise<void>;
}

/**
 * The world's mailboxes: an SMTP server that takes every mail and a page that shows them. State lies in `file` (SQLite; `:memory:` keeps none),
 * so a restart loses no mail. `now` is business time. Port 0 takes any free one.
 */
export async function startInbox(options: {
  file: string;
  host: string;
  smtpPort: number;
  webPort: number;
  log: Logger;
  now: () => Temporal.Instant;
}): Promise<Inbox> {
  const { file, host, smtpPort, webPort, log, now } = options;
  const store = openMailStore(file);

  function receive(mail: InboundMail): Mail {
    const { from, to, subject, text, inReplyTo = '' } = mail;
    return store.add(
      {
        direction: 'inbound',
        from,
        subject,
        at: now().toString({ smallestUnit: 'millisecond' }),
        text,
        html: '',
        messageId: `<${randomUUID()}@${from.slice(from.indexOf('@') + 1)}>`,
        inReplyTo,
        returnPath: from,
        headers: inReplyTo === '' ? {} : { 'in-reply-to': inReplyTo },
        links: [],
      },
      [to],
    );
  }

  const web = Fastify({
    logger: false,
    bodyLimit: 2 * 1024 * 1024,
    forceCloseConnections: true,
    ajv: { customOptions: { removeAdditional: false } },
  });
  web.setErrorHandler((error: FastifyError, request, reply) => {
    // What Fastify itself refuses (a body that does not fit its schema, or is no JSON) is the caller's to mend.
    const refused = error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500;
    const { status, body } = toProblem(refused ? new AppError('invalid_input', error.message) : error, request.id);
    if (status >= 500) log.error({ err: error }, 'mail page failed');
    return reply.code(status).type('application/problem+json').send(body);
  });
  web.setNotFoundHandler((request, reply) => {
    const { status, body } = toProblem(new AppError('not_found', 'There is no such address here.'), request.id);
    return reply.code(status).type('application/problem+json').send(body);
  });
  mailRoutes(web, { list: store.list, get: store.get, markRead: store.markRead, receive });

  try {
    await web.listen({ host, port: webPort });
    const smtp = await startSmtp({ host, port: smtpPort, log, now, keep: store.add });
    const webAddress = web.server.address() as AddressInfo;
    return {
      url: `http://localhost:${webAddress.port}`,
      smtpUrl: `smtp://localhost:${smtp.port}`,
      list: store.list,
      receive,
      get stats() {
        return store.counts();
      },
      faults: smtp.faults,
      async close() {
        await Promise.all([smtp.close(), web.close()]);
        store.close();
      },
    };
  } catch (error) {
    await web.close();
    store.close();
    throw error;
  }
}
