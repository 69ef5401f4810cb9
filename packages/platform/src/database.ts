import { type Kysely, Kysely as KyselyInstance, PostgresDialect } from 'kysely';
import pg from 'pg';
import { AppError } from './errors.ts';
import { Secret } from './secret.ts';
import { kyselyOn } from './transactionDialect.ts';
import { typeParsers } from './typeParsers.ts';

/** Text and values, or with a `name` a statement that each connection prepares once. */
export interface Statement {
  readonly name?: string;
  readonly text: string;
  readonly values?: readonly unknown[];
  /** Parsers other than the pool's, for libraries that expect pg's defaults. */
  readonly types?: pg.CustomTypesConfig;
}

/** What a database and a transaction both can do. */
interface Queries<DB> {
  /** For types and short statements; compile once what is hot. */
  readonly kysely: Kysely<DB>;
  /** The rows. bigint comes as number, timestamptz as Temporal.Instant, numeric and date as text. Objects go in as JSON. */
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** The whole result, with `rowCount` and `command`. */
  execute(statement: Statement): Promise<pg.QueryResult>;
}

export interface Database<DB = unknown> extends Queries<DB> {
  readonly pool: pg.Pool;
  /** Waits for what is under way, then closes every connection. */
  close(): Promise<void>;
}

/** One open transaction. Once it is over it refuses statements, so that a forgotten `await` cannot reach the connection's next user. */
export interface Transaction<DB = unknown> extends Queries<DB> {
  readonly inTransaction: true;
}

/** Whatever `readClock` can ask: ours, or a plain pool or client of pg. */
export interface Queryable {
  query(text: string, values?: unknown[]): Promise<unknown>;
}

export interface DatabaseOptions {
  readonly url: Secret | string;
  /** Connections at most; 10 unless told. */
  readonly poolSize?: number;
  /** As `pg_stat_activity` shows it. */
  readonly applicationName: string;
  /** A statement that runs longer is cancelled and becomes `unavailable`; no limit unless told. */
  readonly statementTimeoutMs?: number;
  readonly searchPath?: string;
}

/** How long a caller waits for a connection before it gets `unavailable`. */
const connectTimeoutMs = 5_000;
/** A transaction that a stuck process left open would hold back vacuum for the whole cluster. */
const idleInTransactionMs = 60_000;

/** A pool of pipelined connections with our type parsers, and Kysely on it. Connects at the first statement. */
export function openDatabase<DB = unknown>(options: DatabaseOptions): Database<DB> {
  const { url, settings } = takeSettings(options);
  const pool = new pg.Pool({
    connectionString: url,
    options: settings,
    max: options.poolSize ?? 10,
    application_name: options.applicationName,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    pipeline: true,
    types: typeParsers,
  });
  // A connection that dies says so on itself, and while it is idle on the pool as well; unheard, either ends the process. Whoever was
  // waiting for an answer gets the error, and the pool opens another connection for the next.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));

  async function execute(statement: Statement): Promise<pg.QueryResult> {
    return pool.query(toConfig(statement));
  }
  return {
    pool,
    kysely: new KyselyInstance<DB>({ dialect: new PostgresDialect({ pool }) }),
    execute,
    query: (text, values) => rowsOf(execute({ text, ...(values === undefined ? {} : { values }) })),
    close: () => pool.end(),
  };
}

/** Limits and search path travel with the connection's start, so that no statement ever runs without them. */
function takeSettings(options: DatabaseOptions): { url: string; settings: string } {
  const address = new URL(options.url instanceof Secret ? options.url.reveal() : options.url);
  const settings = [
    address.searchParams.get('options') ?? '',
    `-c idle_in_transaction_session_timeout=${idleInTransactionMs}`,
  ];
  address.searchParams.delete('options');
  if (options.statementTimeoutMs !== undefined)
    settings.push(`-c statement_timeout=${Math.trunc(options.statementTimeoutMs)}`);
  // The server splits its options at blanks.
  if (options.searchPath !== undefined) settings.push(`-c search_path=${options.searchPath.replace(/[\\ ]/g, '\\$&')}`);
  return { url: address.toString(), settings: settings.filter((each) => each !== '').join(' ') };
}

/**
 * Done before anything is sent: a value that pg cannot put into words in the middle of a pipelined transaction would leave out its statement
 * alone, and the commit behind it would stand.
 */
function toParameter(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value) || value instanceof Date) return value;
  if (Array.isArray(value)) return value.map(toParameter);
  if (value instanceof Temporal.Instant || value instanceof Temporal.PlainDate) return value.toString();
  return JSON.stringify(value);
}

function toConfig(statement: Statement): pg.QueryConfig<unknown[]> {
  const { name, text, values, types } = statement;
  return {
    text,
    ...(name === undefined ? {} : { name }),
    ...(values === undefined ? {} : { values: values.map(toParameter) }),
    ...(types === undefined ? {} : { types }),
  };
}

async function rowsOf<Row>(result: Promise<pg.QueryResult>): Promise<Row[]> {
  return (await result).rows as Row[];
}

interface OpenTransaction<DB> extends Transaction<DB> {
  /** What a joined body failed with. The whole transaction then fails with it, even if somebody caught it on the way out. */
  failure: { readonly error: unknown } | undefined;
}

/**
 * Runs `body` in a transaction: of its own on a database, or in the one that it is given, so that verbs can be put together. A joined body
 * that fails makes the whole transaction fail. Resolves only after a commit that the server confirmed.
 */
export async function transaction<T, DB>(
  db: Database<DB> | Transaction<DB>,
  body: (tx: Transaction<DB>) => Promise<T>,
): Promise<T> {
  if ('pool' in db) return begin(db, [{ text: 'begin' }], body);
  const joined = db as OpenTransaction<DB>;
  try {
    return await body(joined);
  } catch (error) {
    joined.failure ??= { error };
    throw error;
  }
}

export interface TenantClaims {
  /** The signed-in user. */
  readonly sub: string;
  readonly role?: 'authenticated' | 'anon';
  readonly [claim: string]: unknown;
}

/** Role and claims in one statement, for this transaction only. */
function claimsStatement(claims: TenantClaims): Statement {
  const role = claims.role ?? 'authenticated';
  return {
    name: 'tenant_claims',
    text: `select set_config('role', $1::text, true), set_config('request.jwt.claims', $2::text, true)`,
    values: [role, JSON.stringify({ ...claims, role })],
  };
}

/** Runs `body` in one transaction as a tenant's user: row security decides what it sees. Role and claims end with the transaction. */
export function asTenant<T, DB>(
  db: Database<DB>,
  claims: TenantClaims,
  body: (tx: Transaction<DB>) => Promise<T>,
): Promise<T> {
  return begin(db, [{ text: 'begin' }, claimsStatement(claims)], body);
}

async function begin<T, DB>(
  db: Database<DB>,
  first: Statement[],
  body: (tx: Transaction<DB>) => Promise<T>,
): Promise<T> {
  const client = await db.pool.connect();
  let over = false;

  async function execute(statement: Statement): Promise<pg.QueryResult> {
    if (over) throw new Error('the transaction is over: a statement came after its end');
    return client.query(toConfig(statement));
  }

  let kysely: Kysely<DB> | undefined;
  const tx: OpenTransaction<DB> = {
    inTransaction: true,
    failure: undefined,
    execute,
    query: (text, values) => rowsOf(execute({ text, ...(values === undefined ? {} : { values }) })),
    get kysely() {
      kysely ??= kyselyOn<DB>(execute);
      return kysely;
    },
  };

  let broken: Error | undefined;
  try {
    await Promise.all(first.map(execute));
    const result = await body(tx);
    if (tx.failure !== undefined) throw tx.failure.error;
    over = true;
    // Answers come in the order of the statements: once this one is answered, so are those that nobody awaited.
    const committed = await client.query('commit');
    if (committed.command !== 'COMMIT') throw notCommitted();
    return result;
  } catch (error) {
    over = true;
    try {
      await client.query('rollback');
    } catch (rollbackError) {
      // Nobody knows what state this connection is in.
      broken = rollbackError instanceof Error ? rollbackError : new Error('rollback failed');
    }
    throw error;
  } finally {
    client.release(broken);
  }
}

/** After a failed statement the server answers `commit` with a successful ROLLBACK. Whoever swallowed the error must not believe in a commit. */
function notCommitted(): AppError {
  return new AppError(
    'internal',
    'the transaction was rolled back: a statement in it failed and its error was swallowed',
  );
}

/**
 * Begin, role, claims, the statements and commit in one wait: for hot paths, where each further round trip would cost a fifth of the
 * throughput. The results are those of `statements`, in order. Throws the first error; nothing has happened then.
 */
export async function asTenantPipelined<DB>(
  db: Database<DB>,
  claims: TenantClaims,
  statements: readonly Statement[],
): Promise<pg.QueryResult[]> {
  const all = [{ text: 'begin' }, claimsStatement(claims), ...statements, { text: 'commit' }].map(toConfig);
  const client = await db.pool.connect();
  let broken: Error | undefined;
  try {
    // All have to be settled before the connection goes back, or the next user's answers would mix with these.
    const settled = await Promise.allSettled(all.map((statement) => client.query(statement)));
    const results: pg.QueryResult[] = [];
    for (const each of settled) {
      if (each.status === 'rejected') throw each.reason;
      results.push(each.value);
    }
    if (results.at(-1)?.command !== 'COMMIT') throw notCommitted();
    return results.slice(2, -1);
  } catch (error) {
    // The commit at the end has closed the transaction already, except where the connection itself broke.
    if (!(error instanceof pg.DatabaseError)) broken = error instanceof Error ? error : new Error('connection failed');
    throw error;
  } finally {
    client.release(broken);
  }
}
