import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { AppError } from './errors.ts';
import { createLogger } from './log.ts';
import { Secret } from './secret.ts';

function logged(fields: object, message = 'said'): { text: string; line: Record<string, unknown> } {
  let text = '';
  createLogger({ name: 'test', level: 'debug', destination: { write: (line) => (text += line) } }).info(
    fields,
    message,
  );
  return { text, line: JSON.parse(text) };
}

describe('createLogger', () => {
  it('writes JSON lines with name, level and time', () => {
    const { line } = logged({ incident: 7 });
    expect(line).toMatchObject({ name: 'test', level: 'info', incident: 7, msg: 'said' });
    expect(() => Temporal.Instant.from(String(line.time))).not.toThrow();
  });

  it('takes secrets out by the name of the field, however deep', () => {
    const { text, line } = logged({
      headers: { authorization: 'Bearer hunter2', cookie: 'keeper.session_token=hunter2', accept: 'text/html' },
      deep: [{ stripeSecretKey: 'hunter2', password: 'hunter2', apiKey: 'hunter2' }],
      card: { number: 'hunter2' },
      cardNumber: 'hunter2',
      key: new Secret('hunter2'),
    });
    expect(text).not.toContain('hunter2');
    expect(line).toMatchObject({ headers: { accept: 'text/html', authorization: '[secret]' } });
  });

  it('takes secrets out of texts by their look', () => {
    const { text, line } = logged({
      note: 'used sk_test_abcdef123456 and whsec_abcdef123456',
      url: 'postgres://till_app:hunter2@localhost:4607/till',
    });
    expect(text).not.toMatch(/abcdef123456|hunter2/);
    expect(line.url).toBe('postgres://till_app:[secret]@localhost:4607/till');
  });

  it('keeps of a database error the place and not the row', () => {
    const error = Object.assign(new pg.DatabaseError('duplicate key', 0, 'error'), {
      code: '23505',
      table: 'users',
      constraint: 'users_email_key',
      detail: 'Key (email)=(ana@example.com) already exists.',
    });
    const { text, line } = logged({
      err: new AppError('conflict', 'taken', { token: 'hunter2', id: 1 }, { cause: error }),
    });
    expect(text).not.toMatch(/ana@example.com|hunter2/);
    expect(line.err).toMatchObject({
      type: 'AppError',
      code: 'conflict',
      message: 'taken',
      fields: { id: 1, token: '[secret]' },
      cause: { code: '23505', table: 'users', constraint: 'users_email_key', message: 'duplicate key' },
    });
  });

  it('survives what refers to itself, and dates and instants stay readable', () => {
    const round: Record<string, unknown> = { at: Temporal.Instant.from('2026-11-23T20:15:00Z') };
    round.self = round;
    const { line } = logged({ round });
    expect(line.round).toMatchObject({ at: '2026-11-23T20:15:00Z' });
  });
});
