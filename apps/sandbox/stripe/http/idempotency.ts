import { createHash } from 'node:crypto';
import type { Store } from '../store/store.ts';
import { invalid, StripeFault } from './errors.ts';

/** Keys are kept for a day of business time. */
const keptMs = 86_400_000;
const longestKey = 255;

export interface Recorded {
  status: number;
  body: string;
  requestId: string;
}

/** What a key stands for: another call under the same key is a mistake of the caller. */
export function fingerprintOf(method: string, path: string, body: string): string {
  return createHash('sha256').update(`${method} ${path}\n${body}`).digest('base64url');
}

/** The recorded answer for that key, if there is one. */
export function recall(store: Store, key: string, fingerprint: string, nowMs: number): Recorded | undefined {
  if (key.length > longestKey) throw invalid(`Idempotency keys cannot be longer than ${longestKey} characters.`);
  const row = store.one('select * from idempotency where key = ? and stored_at > ?', key, nowMs - keptMs);
  if (row === undefined) return undefined;
  if (row.fingerprint !== fingerprint) {
    throw new StripeFault(400, {
      type: 'idempotency_error',
      message: `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
    });
  }
  return { status: Number(row.status), body: String(row.body), requestId: String(row.request_id) };
}

/** Records an answer with the work that it answers, in one transaction. */
export function record(store: Store, key: string, fingerprint: string, answer: Recorded, nowMs: number): void {
  store.run('delete from idempotency where stored_at <= ?', nowMs - keptMs);
  store.run(
    'insert or replace into idempotency (key, fingerprint, status, body, request_id, stored_at) values (?, ?, ?, ?, ?, ?)',
    key,
    fingerprint,
    answer.status,
    answer.body,
    answer.requestId,
    nowMs,
  );
}
