/** A closed union: every failure that a caller can tell apart. */
export type ErrorCode =
  | 'invalid_input'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'not_proven'
  | 'precondition_failed'
  | 'limit_exceeded'
  | 'rate_limited'
  | 'upstream_failed'
  | 'upstream_timeout'
  | 'unavailable'
  | 'read_only'
  | 'internal';

const meanings: Readonly<Record<ErrorCode, { readonly status: number; readonly title: string }>> = {
  invalid_input: { status: 400, title: 'The request is not valid' },
  unauthenticated: { status: 401, title: 'Sign in first' },
  forbidden: { status: 403, title: 'Not allowed' },
  not_found: { status: 404, title: 'Not found' },
  conflict: { status: 409, title: 'In conflict with the present state' },
  not_proven: { status: 409, title: 'Not proven' },
  precondition_failed: { status: 412, title: 'A precondition no longer holds' },
  limit_exceeded: { status: 403, title: 'A limit of the plan is reached' },
  rate_limited: { status: 429, title: 'Too many requests' },
  upstream_failed: { status: 502, title: 'A service that we depend on failed' },
  upstream_timeout: { status: 504, title: 'A service that we depend on did not answer in time' },
  unavailable: { status: 503, title: 'Not available at the moment' },
  read_only: { status: 403, title: 'This organization is read-only' },
  internal: { status: 500, title: 'Internal error' },
};

/** The one error class. `fields` are ids and figures for the caller; the message of a 5xx stays in the log. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    message: string,
    fields: Readonly<Record<string, unknown>> = {},
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.code = code;
    this.fields = fields;
  }
}

export function statusOf(code: ErrorCode): number {
  return meanings[code].status;
}

/** An `application/problem+json` body (RFC 9457). */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly requestId: string | undefined;
  readonly [field: string]: unknown;
}

/** SQLSTATEs that mean something to a caller. Those that are not here are faults of ours: 500. */
const sqlStates: Readonly<Record<string, { readonly code: ErrorCode; readonly detail: string }>> = {
  '23505': { code: 'conflict', detail: 'there is already one like it' },
  '23503': { code: 'conflict', detail: 'it refers to something that does not exist, or is still referred to' },
  '23514': { code: 'invalid_input', detail: 'a value is outside of what is allowed' },
  '23502': { code: 'invalid_input', detail: 'a value is missing' },
  '22P02': { code: 'invalid_input', detail: 'a value is not of the form that is expected' },
  '22001': { code: 'invalid_input', detail: 'a text is too long' },
  '22003': { code: 'invalid_input', detail: 'a number is out of range' },
  '22007': { code: 'invalid_input', detail: 'a time is not of the form that is expected' },
  '22008': { code: 'invalid_input', detail: 'a time is out of range' },
  '22021': { code: 'invalid_input', detail: 'a text holds characters that cannot be stored' },
  '22P05': { code: 'invalid_input', detail: 'a text holds characters that cannot be stored' },
  '42501': { code: 'forbidden', detail: 'not allowed' },
  '40001': { code: 'conflict', detail: 'somebody else changed the same thing; try again' },
  '40P01': { code: 'conflict', detail: 'somebody else changed the same thing; try again' },
  '55P03': { code: 'unavailable', detail: 'busy' },
  '57014': { code: 'unavailable', detail: 'took too long' },
  '57P01': { code: 'unavailable', detail: 'the database is restarting' },
  '57P02': { code: 'unavailable', detail: 'the database is restarting' },
  '57P03': { code: 'unavailable', detail: 'the database is starting' },
  '53300': { code: 'unavailable', detail: 'too many connections' },
  '25006': { code: 'unavailable', detail: 'the database takes no writes' },
  TK001: { code: 'read_only', detail: 'this organization is read-only' },
  TK003: { code: 'not_found', detail: 'there is no such organization' },
};

/** Failures to reach a database at all, as Node and pg report them. */
const unreachable = /^(?:ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN)$/;
const connectionLost =
  /^(?:timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error|Query read timeout)/;

/** The error as one with a code: itself, what a database error means to a caller, or `internal`. The original is the cause. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (!(error instanceof Error))
    return new AppError('internal', 'something other than an error was thrown', {}, { cause: error });
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const known = sqlStates[code];
  if (known !== undefined) {
    const constraint =
      'constraint' in error && typeof error.constraint === 'string' ? { constraint: error.constraint } : {};
    return new AppError(known.code, known.detail, constraint, { cause: error });
  }
  if (unreachable.test(code) || connectionLost.test(error.message)) {
    return new AppError('unavailable', 'a database cannot be reached', {}, { cause: error });
  }
  return new AppError('internal', error.message, {}, { cause: error });
}

/** The one mapper to HTTP. The answer of a 5xx carries nothing but its code and the request's id. */
export function toProblem(error: unknown, requestId: string | undefined): { status: number; body: Problem } {
  const known = toAppError(error);
  const { status, title } = meanings[known.code];
  const open = status < 500;
  const body: Problem = {
    ...(open ? known.fields : {}),
    type: `urn:tillkeeper:problem:${known.code}`,
    title,
    status,
    code: known.code,
    detail: open ? known.message : title,
    requestId,
  };
  return { status, body };
}
