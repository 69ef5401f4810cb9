import {
  duration,
  integer,
  list,
  oneOf,
  optional,
  type Parsed,
  parseConfig,
  secret,
  text,
  url,
} from '@tillkeeper/platform/config';

const postgres = ['postgres', 'postgresql'];

const spec = {
  environment: oneOf('KEEPER_ENVIRONMENT', ['sandbox', 'production']),
  host: text('KEEPER_HOST', { default: '127.0.0.1' }),
  port: integer('KEEPER_PORT', { min: 0, max: 65535, default: 4600 }),
  publicUrl: url('KEEPER_PUBLIC_URL'),
  // Whose word on a caller's address is believed. Without it every operator behind a proxy shares one limit on sign-ins.
  trustedProxies: optional(list('KEEPER_TRUSTED_PROXIES')),
  keeperDatabaseUrl: secret('KEEPER_DATABASE_URL', { protocols: postgres }),
  tillDatabaseUrl: secret('TILL_DATABASE_URL', { protocols: postgres }),
  tillPublicUrl: url('TILL_PUBLIC_URL'),
  stripeSecretKey: secret('STRIPE_SECRET_KEY'),
  stripeWebhookSecrets: list('STRIPE_WEBHOOK_SECRETS', { secret: true }),
  stripeApiBase: optional(url('STRIPE_API_BASE')),
  stripeLivemode: oneOf('STRIPE_LIVEMODE', ['true', 'false']),
  stripeReadsPerSecond: integer('STRIPE_READS_PER_SECOND', { min: 1, max: 100_000, default: 60 }),
  smtpUrl: secret('SMTP_URL', { protocols: ['smtp', 'smtps'] }),
  mailFrom: text('MAIL_FROM'),
  mailReplyDomain: text('MAIL_REPLY_DOMAIN'),
  authSecret: secret('KEEPER_AUTH_SECRET', { minLength: 32 }),
  proofSpacing: duration('KEEPER_PROOF_SPACING', { default: 'PT60S' }),
  webRoot: optional(text('KEEPER_WEB_ROOT')),
  sandboxUrl: optional(url('KEEPER_SANDBOX_URL')),
  logLevel: oneOf('LOG_LEVEL', ['debug', 'info', 'warn', 'error'], { default: 'info' }),
  faultPoint: optional(text('FAULT_POINT')),
} as const;

export type KeeperConfig = ReturnType<typeof keeperConfig>;

/** Keeper's configuration from the environment. Throws `ConfigError` naming everything that is wrong at once; no secret is printed. */
export function keeperConfig(env: Readonly<Record<string, string | undefined>>) {
  return parseConfig(spec, env, (parsed) => [
    ...stripeProblems(parsed),
    ...(parsed.environment === 'production' ? productionProblems(parsed) : []),
  ]);
}

type Fields = Partial<Parsed<typeof spec>>;

/** A test key that believes itself live shows every shop as unpaid; a live key in a sandbox charges real cards. */
function stripeProblems({ stripeSecretKey, stripeLivemode, stripeWebhookSecrets }: Fields): string[] {
  const problems: string[] = [];
  if (stripeSecretKey !== undefined && stripeLivemode !== undefined) {
    const live = stripeSecretKey.reveal().includes('_live_');
    if (live !== (stripeLivemode === 'true'))
      problems.push(
        `STRIPE_SECRET_KEY is ${live ? 'a live key' : 'no live key'} and STRIPE_LIVEMODE is ${stripeLivemode}`,
      );
  }
  if (stripeWebhookSecrets?.some((each) => !each.reveal().startsWith('whsec_')))
    problems.push('STRIPE_WEBHOOK_SECRETS must be whole signing secrets, each with its whsec_');
  return problems;
}

function productionProblems({ publicUrl, stripeApiBase, sandboxUrl, faultPoint }: Fields): string[] {
  const problems: string[] = [];
  // Session cookies, and links that open a customer's payment page.
  if (publicUrl?.startsWith('http:')) problems.push('KEEPER_PUBLIC_URL must begin with https:// in production');
  // The secret key goes there with every call.
  if (stripeApiBase?.startsWith('http:')) problems.push('STRIPE_API_BASE must begin with https:// in production');
  if (sandboxUrl !== undefined) problems.push('KEEPER_SANDBOX_URL is for the sandbox only');
  // It would kill a worker in the middle of its work.
  if (faultPoint !== undefined) problems.push('FAULT_POINT is for the sandbox only');
  return problems;
}
