import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from '@tillkeeper/platform/log';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import type { Mail } from './mailStore.ts';
import { readLinks } from './readLinks.ts';

/** What goes wrong between a sender and this server, on purpose. Each stays until it is used up or cleared. */
export interface MailFaults {
  /** Turns the next mails away at MAIL FROM, by `code` (451, try later, unless told). Nothing of them is kept. */
  refuse(times: number | 'untilCleared', code?: 421 | 451 | 550): void;
  /** Keeps the next mails, then drops the connection instead of answering: their sender cannot know. */
  cutAfterData(times: number): void;
  /** Keeps each mail, then lets its sender wait so long for the answer. */
  slow(milliseconds: number): void;
  clear(): void;
}

export interface SmtpListener {
  readonly port: number;
  readonly faults: MailFaults;
  close(): Promise<void>;
}

type Received = Omit<Mail, 'id' | 'to'>;

const biggestMail = 10 * 1024 * 1024;

function headersOf(mail: ParsedMail): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const { key, line } of mail.headerLines) {
    const value = line
      .slice(line.indexOf(':') + 1)
      .replace(/\r?\n[ \t]+/g, ' ')
      .trim();
    headers[key] = headers[key] === undefined ? value : `${headers[key]}\n${value}`;
  }
  return headers;
}

function read(mail: ParsedMail, session: SMTPServerSession, at: Temporal.Instant): Received {
  const html = mail.html === false ? '' : (mail.html ?? '');
  const sender = session.envelope.mailFrom;
  return {
    direction: 'outbound',
    from: mail.from?.value[0]?.address ?? '',
    subject: mail.subject ?? '',
    at: at.toString({ smallestUnit: 'millisecond' }),
    text: mail.text ?? '',
    html,
    messageId: mail.messageId ?? '',
    inReplyTo: mail.inReplyTo ?? '',
    returnPath: sender === false ? '' : sender.address,
    headers: headersOf(mail),
    links: readLinks(html),
  };
}

const reply = (responseCode: number, message: string): Error => Object.assign(new Error(message), { responseCode });

/**
 * The receiving end of SMTP: whatever is handed over is kept by `keep`, for any recipient, and goes nowhere else. No sign-in and no TLS: it
 * listens on loopback only.
 */
export async function startSmtp(options: {
  host: string;
  port: number;
  log: Logger;
  now: () => Temporal.Instant;
  keep: (mail: Received, recipients: readonly string[]) => Mail;
}): Promise<SmtpListener> {
  const { host, port, log, now, keep } = options;
  const closing = new AbortController();
  const sockets = new Map<number, Socket>();
  let refusals = 0;
  let refusalCode = 451;
  let cuts = 0;
  let delayMs = 0;

  async function take(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<string> {
    const parsed = await simpleParser(stream, { skipHtmlToText: true, skipTextToHtml: true, skipImageLinks: true });
    if (stream.sizeExceeded) throw reply(552, 'Message is over 10 MB');
    const recipients = session.envelope.rcptTo.map((recipient) => recipient.address);
    const mail = keep(read(parsed, session, now()), recipients);
    if (cuts > 0) {
      cuts -= 1;
      sockets.get(session.remotePort)?.destroy();
    }
    if (delayMs > 0) await wait(delayMs, undefined, { signal: closing.signal, ref: false });
    return `OK: queued as ${mail.id}`;
  }

  const server = new SMTPServer({
    banner: 'Tillkeeper sandbox inbox',
    disabledCommands: ['STARTTLS', 'AUTH'],
    authOptional: true,
    disableReverseLookup: true,
    size: biggestMail,
    closeTimeout: 200,
    onMailFrom(_address, _session, done) {
      if (refusals === 0) return done();
      refusals -= 1;
      done(reply(refusalCode, refusalCode >= 500 ? '5.7.1 Not accepted here' : '4.3.2 Not now, try later'));
    },
    onData(stream, session, done) {
      take(stream, session).then(
        (answer) => done(null, answer),
        (error: unknown) => {
          const known = error instanceof Error && 'responseCode' in error;
          if (!known && !closing.signal.aborted) log.error({ err: error }, 'mail not kept');
          done(known ? error : reply(451, 'Not kept'));
        },
      );
    },
  });
  server.on('error', (error) => log.warn({ err: error }, 'smtp connection failed'));
  server.server.on('connection', (socket) => {
    const peer = socket.remotePort;
    if (peer === undefined) return;
    sockets.set(peer, socket);
    socket.once('close', () => sockets.delete(peer));
  });
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject);
    server.listen(port, host, () => {
      server.server.off('error', reject);
      resolve();
    });
  });

  return {
    port: (server.server.address() as AddressInfo).port,
    faults: {
      refuse(times, code = 451) {
        refusals = times === 'untilCleared' ? Number.POSITIVE_INFINITY : times;
        refusalCode = code;
      },
      cutAfterData(times) {
        cuts = times;
      },
      slow(milliseconds) {
        delayMs = milliseconds;
      },
      clear() {
        refusals = 0;
        cuts = 0;
        delayMs = 0;
      },
    },
    close() {
      closing.abort();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
