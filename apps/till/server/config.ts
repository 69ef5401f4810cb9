import { integer, oneOf, optional, parseConfig, secret, text, url } from '@tillkeeper/platform/config';

const spec = {
  environment: oneOf('TILL_ENVIRONMENT', ['sandbox', 'production']),
  host: text('TILL_HOST', { default: '127.0.0.1' }),
  port: integer('TILL_PORT', { min: 0, max: 65535, default: 4601 }),
  publicUrl: url('TILL_PUBLIC_URL'),
  databaseUrl: secret('TILL_DATABASE_URL'),
  identityDatabaseUrl: secret('TILL_IDENTITY_DATABASE_URL'),
  authSecret: secret('TILL_AUTH_SECRET', { minLength: 32 }),
  webRoot: optional(text('TILL_WEB_ROOT')),
  logLevel: oneOf('LOG_LEVEL', ['debug', 'info', 'warn', 'error'], { default: 'info' }),
} as const;

export type TillConfig = ReturnType<typeof tillConfig>;

/** Till's configuration from the environment. Throws `ConfigError` naming everything that is wrong at once; no secret is printed. */
export function tillConfig(env: Readonly<Record<string, string | undefined>>) {
  return parseConfig(spec, env);
}
