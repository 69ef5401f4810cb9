import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { AppError, type ErrorCode, statusOf, toAppError, toProblem } from './errors.ts';

function databaseError(code: string, message = 'duplicate key value violates unique constraint'): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError(message, 0, 'error'), {
    code,
    detail: 'Key (email)=(ana@example.com) already exists.',
  });
}

describe('errors', () => {
  it('gives each code its status', () => {
    const statuses: Record<ErrorCode, number> = {
      invalid_input: 400,
      unauthenticated: 401,
      forbidden: 403,
      not_found: 404,
      conflict: 409,
      not_proven: 409,
      precondition_failed: 412,
      limit_exceeded: 403,
      rate_limited: 429,
      upstream_failed: 502,
      upstream_timeout: 504,
      unavailable: 503,
      read_only: 403,
      internal: 500,
    };
    for (const [code, status] of Object.entries(statuses)) expect(statusOf(code as ErrorCode), code).toBe(status);
  });

  it('says to the caller what a 4xx means, with its fields', () => {
    const { status, body } = toProblem(
      new AppError('limit_exceeded', 'no more products', { limit: 50, current: 50 }),
      'request-1',
    );
    expect(status).toBe(403);
    expect(body).toEqual({
      type: 'urn:tillkeeper:problem:limit_exceeded',
      title: 'A limit of the plan is reached',
      status: 403,
      code: 'limit_exceeded',
      detail: 'no more products',
      requestId: 'request-1',
      limit: 50,
      current: 50,
    });
  });

  it('lets no field overwrite what the problem itself says', () => {
    const { body } = toProblem(new AppError('conflict', 'taken', { status: 200, code: 'fine' }), 'request-1');
    expect(body).toMatchObject({ status: 409, code: 'conflict' });
  });

  it('leaks nothing of a 5xx: neither message nor fields', () => {
    const failures = [
      new Error('connect to db01.internal as till_app failed'),
      new AppError('upstream_failed', 'Stripe said sk_live_123 is wrong', { key: 'sk_live_123' }),
      databaseError('57014', 'canceling statement on db01.internal'),
      databaseError('XX000', 'db01.internal is broken'),
      'db01.internal',
    ];
    for (const failure of failures) {
      const { status, body } = toProblem(failure, 'request-1');
      expect(status).toBeGreaterThanOrEqual(500);
      expect(JSON.stringify(body)).not.toMatch(/internal\.|db01|sk_live/);
      expect(Object.keys(body).sort()).toEqual(['code', 'detail', 'requestId', 'status', 'title', 'type']);
    }
  });

  it('reads what PostgreSQL says', () => {
    const codes: Record<string, ErrorCode> = {
      '23505': 'conflict',
      '23503': 'conflict',
      '23514': 'invalid_input',
      '22P02': 'invalid_input',
      '42501': 'forbidden',
      '57014': 'unavailable',
      '57P01': 'unavailable',
      '40001': 'conflict',
      TK001: 'read_only',
      TK003: 'not_found',
      '42P01': 'internal',
      TK002: 'internal',
    };
    for (const [state, code] of Object.entries(codes)) expect(toAppError(databaseError(state)).code, state).toBe(code);
  });

  it('does not repeat the row that a database error quotes', () => {
    const { body } = toProblem(databaseError('23505'), 'request-1');
    expect(JSON.stringify(body)).not.toContain('ana@example.com');
  });

  it('knows a database that cannot be reached', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:4607'), { code: 'ECONNREFUSED' });
    expect(toAppError(refused).code).toBe('unavailable');
    expect(toAppError(new Error('timeout exceeded when trying to connect')).code).toBe('unavailable');
    expect(toAppError(new Error('Connection terminated unexpectedly')).code).toBe('unavailable');
  });

  it('keeps the cause for the log', () => {
    const cause = databaseError('23505');
    expect(toAppError(cause).cause).toBe(cause);
    const own = new AppError('conflict', 'taken', {}, { cause });
    expect(toAppError(own)).toBe(own);
  });
});
