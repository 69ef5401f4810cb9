import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';
import { Secret } from './secret.ts';

export type Logger = PinoLogger;
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Names of fields whose value is never written, however deep: `password`, `stripeSecretKey`, `set-cookie`, `cardNumber`, … */
const secretName =
  /authorization|cookie|password|passwd|token|secret|api_?key|signature|card_?number|\bcard\b|cvc|cvv|iban/i;
/** Things that are secret wherever they stand: keys of Stripe, bearer tokens, passwords inside addresses. */
const secretText =
  /\b(?:sk|rk|whsec)_[A-Za-z0-9_]{6,}|\bBearer\s+[A-Za-z0-9._~+/-]+=*|(?<=:\/\/[^\s:/@]*:)[^\s@/]+(?=@)/g;

const deepest = 6;

function masked(text: string): string {
  return text.replace(secretText, '[secret]');
}

function redacted(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return masked(value);
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Error) return describeError(value, depth);
  if (value instanceof Secret) return '[secret]';
  if ('toJSON' in value) return value;
  if (depth >= deepest) return '[deeper]';
  if (Array.isArray(value)) return value.map((item) => redacted(item, depth + 1));
  return redactedFields(value, depth);
}

function redactedFields(fields: object, depth: number): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    kept[name] = secretName.test(name) && value !== undefined ? '[secret]' : redacted(value, depth + 1);
  }
  return kept;
}

/**
 * What is kept of an error. Of a database error the place, not the row: `detail` quotes values, such as a customer's mail address.
 */
function describeError(error: Error, depth = 0): Record<string, unknown> {
  const about: Record<string, unknown> = {
    type: error.name,
    message: masked(error.message),
    stack: masked(error.stack ?? ''),
  };
  const extra = error as Error & {
    code?: unknown;
    fields?: unknown;
    table?: unknown;
    constraint?: unknown;
    errors?: unknown;
  };
  if (extra.code !== undefined) about.code = extra.code;
  if (typeof extra.fields === 'object' && extra.fields !== null && !Array.isArray(extra.fields)) {
    about.fields = redactedFields(extra.fields, depth);
  }
  if (extra.table !== undefined) about.table = extra.table;
  if (extra.constraint !== undefined) about.constraint = extra.constraint;
  if (depth < deepest) {
    if (error.cause !== undefined) about.cause = redacted(error.cause, depth + 1);
    if (Array.isArray(extra.errors)) about.errors = extra.errors.map((each) => redacted(each, depth + 1));
  }
  return about;
}

/** JSON lines to standard output (or `destination`), with secrets taken out by the name of the field and by their look. */
export function createLogger(options: { name: string; level: LogLevel; destination?: DestinationStream }): Logger {
  return pino(
    {
      name: options.name,
      level: options.level,
      timestamp: pino.stdTimeFunctions.isoTime,
      base: { pid: process.pid },
      formatters: { level: (label) => ({ level: label }), log: (fields) => redactedFields(fields, 0) },
      serializers: { err: (error: unknown) => error },
    },
    ...(options.destination === undefined ? [] : [options.destination]),
  );
}
