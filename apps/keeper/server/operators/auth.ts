import { randomUUIDv7 } from 'node:crypto';
import type { Logger } from '@tillkeeper/platform/log';
import { betterAuth } from 'better-auth';
import pg from 'pg';
import type { KeeperConfig } from '../config.ts';
import { passwordLength } from './passwords.ts';

export type OperatorAuth = ReturnType<typeof openOperatorAuth>['auth'];

/**
 * Operators' accounts and sessions, by better-auth on schema `identity` of the keeper database. It has a pool of its own: it expects plain
 * `Date` values, while ours speak `Temporal.Instant`. Nobody can sign up over HTTP; operators are made by `createOperator`.
 */
export function openOperatorAuth(config: KeeperConfig, log: Logger) {
  const pool = new pg.Pool({
    connectionString: config.keeperDatabaseUrl.reveal(),
    options: '-c search_path=identity',
    application_name: 'keeper-identity',
    max: 4,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 15_000,
    keepAlive: true,
  });
  // Unheard, a connection that dies would end the process: while idle it says so on the pool, otherwise on itself.
  pool.on('error', (error) => log.warn({ err: error }, 'identity connection lost'));
  pool.on('connect', (client) => client.on('error', () => undefined));
  const publicUrl = new URL(config.publicUrl);
  const auth = betterAuth({
    baseURL: config.publicUrl,
    basePath: '/api/auth',
    secret: config.authSecret.reveal(),
    database: pool,
    trustedOrigins: [publicUrl.origin],
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: passwordLength.min,
      maxPasswordLength: passwordLength.max,
    },
    // Signed in for a working day, and for as long as the console is used at least once in it.
    session: { expiresIn: 12 * 60 * 60, updateAge: 60 * 60 },
    // The server limits by itself, in every environment alike.
    rateLimit: { enabled: false },
    advanced: {
      cookiePrefix: 'keeper',
      useSecureCookies: publicUrl.protocol === 'https:',
      // By themselves they are off where NODE_ENV is "test": what is tested must be what runs.
      disableCSRFCheck: false,
      disableOriginCheck: false,
      database: { generateId: () => randomUUIDv7() },
    },
    telemetry: { enabled: false },
    // Its failures are answered, and logged, as the server's own are.
    logger: { disabled: true },
  });
  return { auth, close: () => pool.end() };
}
