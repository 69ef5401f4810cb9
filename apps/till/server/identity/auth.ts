import { randomUUIDv7 } from 'node:crypto';
import type { Logger } from '@tillkeeper/platform/log';
import { betterAuth } from 'better-auth';
import pg from 'pg';
import type { TillConfig } from '../config.ts';

export type MemberAuth = ReturnType<typeof openMemberAuth>['auth'];

/**
 * Members' accounts and sessions, by better-auth on schema `identity`, as the one role that sees it. It has a pool of its own: it expects plain
 * `Date` values, while ours speak `Temporal.Instant`. Nobody signs up over HTTP: members come by invitation.
 */
export function openMemberAuth(config: TillConfig, log: Logger) {
  const pool = new pg.Pool({
    connectionString: config.identityDatabaseUrl.reveal(),
    options: '-c search_path=identity',
    application_name: 'till-identity',
    max: 4,
  });
  pool.on('error', (error) => log.warn({ err: error }, 'identity connection lost'));
  const publicUrl = new URL(config.publicUrl);
  const auth = betterAuth({
    baseURL: config.publicUrl,
    basePath: '/api/auth',
    secret: config.authSecret.reveal(),
    database: pool,
    trustedOrigins: [publicUrl.origin],
    emailAndPassword: { enabled: true, disableSignUp: true, minPasswordLength: 10 },
    // A till stays signed in over the opening hours of a week; the clock of sessions is the machine's.
    session: { expiresIn: 7 * 24 * 60 * 60, updateAge: 24 * 60 * 60 },
    advanced: {
      cookiePrefix: 'till',
      useSecureCookies: publicUrl.protocol === 'https:',
      database: { generateId: () => randomUUIDv7() },
    },
    telemetry: { enabled: false },
    logger: { disabled: true },
  });
  return { auth, pool, close: () => pool.end() };
}
