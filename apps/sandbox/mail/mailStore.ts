import { randomUUIDv7 } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { AppError } from '@tillkeeper/platform/errors';
import type { MailLink } from './readLinks.ts';

/** A mail as it lies in the inbox. `outbound` left the product by SMTP; `inbound` is what a customer wrote to it. */
export interface Mail {
  readonly id: string;
  readonly direction: 'outbound' | 'inbound';
  /** Bare address of the sender. */
  readonly from: string;
  /** Bare addresses of the envelope's recipients, separated by `, `. */
  readonly to: string;
  readonly subject: string;
  /** Business time at which it came in, ISO 8601. */
  readonly at: string;
  readonly text: string;
  readonly html: string;
  /** As on the wire, with its angle brackets; empty if there was none. */
  readonly messageId: string;
  readonly inReplyTo: string;
  /** Envelope sender, where bounces go; empty for the null sender. */
  readonly returnPath: string;
  /** By lower-case name, unfolded; repeated ones are joined by a line feed. */
  readonly headers: Readonly<Record<string, string>>;
  readonly links: readonly MailLink[];
}

export interface MailQuery {
  /** One recipient, the whole address, in any case. */
  readonly to?: string;
  /** Words in a recipient's address or the subject. */
  readonly search?: string;
  /** Came in at this business time or later. */
  readonly since?: Temporal.Instant;
  /** A recipient's address ends with it: `.example`. */
  readonly domain?: string;
  /** Only those that nobody has marked as read. */
  readonly unread?: boolean;
  /** 1 to 200; 50 unless told. */
  readonly limit?: number;
  readonly cursor?: string;
}

export interface MailPage {
  /** Newest first. */
  readonly items: Mail[];
  readonly nextCursor: string | null;
}

export interface MailStore {
  add(mail: Omit<Mail, 'id' | 'to'>, recipients: readonly string[]): Mail;
  get(id: string): Mail | undefined;
  /** Undefined if there is no such mail. */
  markRead(id: string): Mail | undefined;
  list(query: MailQuery): MailPage;
  /** Outbound mails, and how many copies came under each Message-ID. */
  counts(): { accepted: number; byMessageId: ReadonlyMap<string, number> };
  close(): void;
}

const schema = `
create table if not exists mails (
  seq integer primary key autoincrement,
  id text not null unique,
  direction text not null check (direction in ('outbound', 'inbound')),
  sender text not null,
  subject text not null,
  at_ms integer not null,
  message_id text not null,
  read integer not null default 0,
  body text not null
) strict;
create index if not exists mails_unread on mails (seq) where read = 0;
create index if not exists mails_message_id on mails (message_id) where direction = 'outbound';
create table if not exists recipients (
  address text not null collate nocase,
  seq integer not null references mails (seq),
  primary key (address, seq)
) strict, without rowid;
create index if not exists recipients_of on recipients (seq);
`;

// The columns are what is searched by; the mail itself is one JSON text.
interface Row {
  seq: number;
  body: string;
}

function readCursor(cursor: string | undefined): number {
  if (cursor === undefined) return Number.MAX_SAFE_INTEGER;
  if (!/^\d{1,15}$/.test(cursor))
    throw new AppError('invalid_input', 'The cursor is none that this list gave.', { field: 'cursor' });
  return Number(cursor);
}

/** Opens (and creates) the inbox's state. `:memory:` keeps none. */
export function openMailStore(file: string): MailStore {
  const db = new DatabaseSync(file);
  // WAL with synchronous=normal loses nothing when the process is killed; only a power cut could take the last commits.
  db.exec(
    'pragma journal_mode = wal; pragma synchronous = normal; pragma busy_timeout = 5000; pragma foreign_keys = on;',
  );
  db.exec(schema);
  const insertMail = db.prepare(
    'insert into mails (id, direction, sender, subject, at_ms, message_id, body) values (?, ?, ?, ?, ?, ?, ?)',
  );
  const insertRecipient = db.prepare('insert or ignore into recipients (address, seq) values (?, ?)');
  const byId = db.prepare('select body from mails where id = ?');
  const setRead = db.prepare('update mails set read = 1 where id = ?');
  const page = db.prepare(`
    select m.seq, m.body from mails m
     where m.seq < :before and m.at_ms >= :since
       and (:to is null or m.seq in (select r.seq from recipients r where r.address = :to))
       and (:unread = 0 or m.read = 0)
       and (:domain is null or exists (select 1 from recipients r where r.seq = m.seq and r.address like '%' || :domain))
       and (:search is null
            or instr(lower(m.subject), lower(:search)) > 0
            or exists (select 1 from recipients r where r.seq = m.seq and instr(lower(r.address), lower(:search)) > 0))
     order by m.seq desc limit :limit`);
  const total = db.prepare(`select count(*) as n from mails where direction = 'outbound'`);
  const copies = db.prepare(
    `select message_id, count(*) as n from mails where direction = 'outbound' and message_id <> '' group by message_id`,
  );

  function read(id: string): Mail | undefined {
    const row = byId.get(id) as Pick<Row, 'body'> | undefined;
    return row === undefined ? undefined : (JSON.parse(row.body) as Mail);
  }

  return {
    add(content, recipients) {
      const mail: Mail = { id: randomUUIDv7(), ...content, to: recipients.join(', ') };
      db.exec('begin immediate');
      try {
        const at = Temporal.Instant.from(mail.at).epochMilliseconds;
        const row = insertMail.run(
          mail.id,
          mail.direction,
          mail.from,
          mail.subject,
          at,
          mail.messageId,
          JSON.stringify(mail),
        );
        for (const address of recipients) insertRecipient.run(address, row.lastInsertRowid);
        db.exec('commit');
      } catch (error) {
        db.exec('rollback');
        throw error;
      }
      return mail;
    },
    get: read,
    markRead(id) {
      setRead.run(id);
      return read(id);
    },
    list({ to, search, since, domain, unread = false, limit = 50, cursor }) {
      const rows = page.all({
        before: readCursor(cursor),
        since: since?.epochMilliseconds ?? 0,
        to: to ?? null,
        search: search ?? null,
        domain: domain ?? null,
        unread: unread ? 1 : 0,
        limit: limit + 1,
      }) as unknown as Row[];
      const shown = rows.slice(0, limit);
      return {
        items: shown.map((row) => JSON.parse(row.body) as Mail),
        nextCursor: rows.length > limit ? String(shown.at(-1)?.seq) : null,
      };
    },
    counts() {
      const rows = copies.all() as unknown as { message_id: string; n: number }[];
      return { accepted: Number(total.get()?.n), byMessageId: new Map(rows.map((row) => [row.message_id, row.n])) };
    },
    close: () => db.close(),
  };
}
