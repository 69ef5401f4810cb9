import { ConfigError } from '@tillkeeper/platform/config';
import { describe, expect, it } from 'vitest';
import { keeperConfig } from './config.ts';

const production = {
  KEEPER_ENVIRONMENT: 'production',
  KEEPER_PUBLIC_URL: 'https://keeper.example.com',
  KEEPER_DATABASE_URL: 'postgres://keeper_app:hunter2@db/keeper',
  TILL_DATABASE_URL: 'postgresql://keeper_ops:hunter2@db/till',
  TILL_PUBLIC_URL: 'https://till.example.com',
  STRIPE_SECRET_KEY: 'sk_live_hunter2',
  STRIPE_WEBHOOK_SECRETS: 'whsec_hunter2, whsec_older',
  STRIPE_LIVEMODE: 'true',
  SMTP_URL: 'smtps://mail:hunter2@smtp.example.com',
  MAIL_FROM: 'Till <billing@example.com>',
  MAIL_REPLY_DOMAIN: 'reply.example.com',
  KEEPER_AUTH_SECRET: 'hunter2 hunter2 hunter2 hunter2 hunter2',
};
const sandbox = {
  ...production,
  KEEPER_ENVIRONMENT: 'sandbox',
  KEEPER_PUBLIC_URL: 'http://localhost:4600',
  STRIPE_SECRET_KEY: 'sk_test_hunter2',
  STRIPE_LIVEMODE: 'false',
  STRIPE_API_BASE: 'http://localhost:4603',
  KEEPER_SANDBOX_URL: 'http://localhost:4606',
  FAULT_POINT: 'billing.after-fetch',
};

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    keeperConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('the configuration', () => {
  it('is that of a production or of a sandbox, with defaults for what need not be said', () => {
    expect(problemsOf(sandbox)).toEqual([]);
    const config = keeperConfig(production);
    expect(config).toMatchObject({
      environment: 'production',
      host: '127.0.0.1',
      port: 4600,
      stripeReadsPerSecond: 60,
    });
    expect(config.stripeWebhookSecrets.map((secret) => secret.reveal())).toEqual(['whsec_hunter2', 'whsec_older']);
    expect(config.proofSpacing.toString()).toBe('PT60S');
  });

  it('names everything that is missing at once', () => {
    const required = Object.keys(production);
    expect(problemsOf({})).toEqual(required.map((name) => `${name} is missing`));
  });

  it('names everything that is wrong at once, and prints no secret', () => {
    const wrong = {
      ...production,
      KEEPER_PORT: '99999',
      KEEPER_DATABASE_URL: 'mysql://keeper:hunter2@db/keeper',
      TILL_DATABASE_URL: 'hunter2',
      SMTP_URL: 'http://hunter2',
      KEEPER_AUTH_SECRET: 'hunter2',
      STRIPE_WEBHOOK_SECRETS: 'hunter2',
      FAULT_POINT: 'anything',
      MAIL_FROM: '',
    };
    const problems = problemsOf(wrong);
    expect(problems).toEqual([
      'KEEPER_PORT must be a whole number from 0 to 65535',
      'KEEPER_DATABASE_URL must be an address that begins with postgres:// or postgresql://',
      'TILL_DATABASE_URL must be an address that begins with postgres:// or postgresql://',
      'SMTP_URL must be an address that begins with smtp:// or smtps://',
      'MAIL_FROM is missing',
      'KEEPER_AUTH_SECRET must have at least 32 characters',
      'STRIPE_WEBHOOK_SECRETS must be whole signing secrets, each with its whsec_',
      'FAULT_POINT is for the sandbox only',
    ]);
    expect(problems.join()).not.toContain('hunter2');
    expect(JSON.stringify(keeperConfig(production))).not.toContain('hunter2');
  });

  it('of a production has nothing of a sandbox and nothing unencrypted', () => {
    expect(problemsOf({ ...sandbox, KEEPER_ENVIRONMENT: 'production' })).toEqual([
      'KEEPER_PUBLIC_URL must begin with https:// in production',
      'STRIPE_API_BASE must begin with https:// in production',
      'KEEPER_SANDBOX_URL is for the sandbox only',
      'FAULT_POINT is for the sandbox only',
    ]);
  });

  it.each([
    ['sk_live_x', 'false', 'STRIPE_SECRET_KEY is a live key and STRIPE_LIVEMODE is false'],
    ['rk_live_x', 'false', 'STRIPE_SECRET_KEY is a live key and STRIPE_LIVEMODE is false'],
    ['sk_test_x', 'true', 'STRIPE_SECRET_KEY is no live key and STRIPE_LIVEMODE is true'],
  ])('takes %s with a livemode of %s for the mistake that it is', (key, livemode, problem) => {
    expect(problemsOf({ ...production, STRIPE_SECRET_KEY: key, STRIPE_LIVEMODE: livemode })).toEqual([problem]);
  });
});
