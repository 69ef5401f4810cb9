import { createTransport } from 'nodemailer';
import type { KeeperConfig } from '../config.ts';

export interface OutgoingMail {
  readonly to: { readonly address: string; readonly name: string };
  readonly replyTo: string;
  readonly messageId: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export type SmtpOutcome =
  | { readonly kind: 'accepted'; readonly response: string }
  /** Refused for good, with the server's words. */
  | { readonly kind: 'refused'; readonly response: string }
  /** Certainly not sent; worth another try. */
  | { readonly kind: 'not_sent'; readonly response: string }
  /** The connection broke after the text went out: the server may have it. */
  | { readonly kind: 'unknown'; readonly response: string };

export type Mailer = (mail: OutgoingMail) => Promise<SmtpOutcome>;

/**
 * What a failed attempt means. A reply code is certain, but a 5xx speaks of this mail only when it answers the recipient or the text: refused
 * credentials or a refused sender hit every mail and pass. Without a code it depends on whether the text was already on its way: the library
 * says `CONN` for a connection that broke at any moment, so we watch the dialogue ourselves.
 */
function outcomeOf(error: unknown, textWasSent: boolean): SmtpOutcome {
  const failure = error as {
    responseCode?: number;
    response?: string;
    command?: string;
    code?: string;
    message?: string;
  };
  const response = failure.response ?? failure.message ?? 'no answer';
  if (failure.responseCode !== undefined) {
    const aboutThisMail = failure.command === 'RCPT TO' || failure.command === 'DATA' || textWasSent;
    return { kind: failure.responseCode >= 500 && aboutThisMail ? 'refused' : 'not_sent', response };
  }
  if (failure.code === 'EENVELOPE') return { kind: 'refused', response };
  return { kind: textWasSent ? 'unknown' : 'not_sent', response };
}

/** A server that answers each line just in time could keep one mail busy for ever. Shorter than the claim of a mail that was handed over. */
const wholeExchangeMs = 45_000;

/** Mail over SMTP. One connection a mail: a pool would hide which of two mails a broken connection took along. */
export function openMailer(config: KeeperConfig): Mailer {
  return async (mail) => {
    let textWasSent = false;
    const quiet = (): void => undefined;
    const transport = createTransport({
      url: config.smtpUrl.reveal(),
      connectionTimeout: 5_000,
      greetingTimeout: 5_000,
      socketTimeout: 10_000,
      transactionLog: true,
      logger: {
        level: quiet,
        trace: quiet,
        info: quiet,
        warn: quiet,
        error: quiet,
        fatal: quiet,
        debug(entry: unknown, line: unknown) {
          // The library sends DATA along with the envelope; the text itself goes only after the server's word for it.
          if ((entry as { tnx?: string }).tnx === 'server' && String(line).startsWith('354')) textWasSent = true;
        },
      },
    });
    const tooLong = setTimeout(() => transport.close(), wholeExchangeMs);
    try {
      const sent = await transport.sendMail({
        from: config.mailFrom,
        to: mail.to,
        replyTo: mail.replyTo,
        messageId: mail.messageId,
        subject: mail.subject,
        text: mail.text,
        html: mail.html,
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
      });
      return { kind: 'accepted', response: sent.response };
    } catch (error) {
      return outcomeOf(error, textWasSent);
    } finally {
      clearTimeout(tooLong);
      transport.close();
    }
  };
}
