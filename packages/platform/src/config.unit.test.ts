import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ConfigError, duration, integer, list, oneOf, optional, parseConfig, secret, text, url } from './config.ts';

const spec = {
  environment: oneOf('APP_ENVIRONMENT', ['sandbox', 'production']),
  port: integer('APP_PORT', { min: 0, max: 65_535, default: 4_600 }),
  publicUrl: url('APP_PUBLIC_URL'),
  databaseUrl: secret('APP_DATABASE_URL'),
  authSecret: secret('APP_AUTH_SECRET', { minLength: 32 }),
  webhookSecrets: list('APP_WEBHOOK_SECRETS', { secret: true }),
  origins: list('APP_ORIGINS', { default: [] }),
  spacing: duration('APP_SPACING', { default: 'PT60S' }),
  from: text('APP_FROM'),
  webRoot: optional(text('APP_WEB_ROOT')),
} as const;

const usable = {
  APP_ENVIRONMENT: 'sandbox',
  APP_PUBLIC_URL: 'http://localhost:4600/',
  APP_DATABASE_URL: 'postgres://app:hunter2@localhost/app',
  APP_AUTH_SECRET: 'a-secret-of-more-than-thirty-two-characters',
  APP_WEBHOOK_SECRETS: 'whsec_one, whsec_two',
  APP_FROM: ' Till <till@example.com> ',
};

function problemsOf(env: Record<string, string | undefined>): readonly string[] {
  try {
    parseConfig(spec, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('the configuration was taken');
}

describe('parseConfig', () => {
  it('gives typed values, defaults and undefined for what is optional', () => {
    const config = parseConfig(spec, usable);
    expect(config).toMatchObject({
      environment: 'sandbox',
      port: 4_600,
      publicUrl: 'http://localhost:4600',
      origins: [],
    });
    expect(config.from).toBe('Till <till@example.com>');
    expect(config.webRoot).toBeUndefined();
    expect(config.spacing.total('seconds')).toBe(60);
    expect(config.databaseUrl.reveal()).toBe(usable.APP_DATABASE_URL);
    expect(config.webhookSecrets.map((each) => each.reveal())).toEqual(['whsec_one', 'whsec_two']);
  });

  it('lists everything that is wrong at once', () => {
    const problems = problemsOf({
      APP_ENVIRONMENT: 'staging',
      APP_PORT: '70000',
      APP_PUBLIC_URL: 'localhost:4600',
      APP_AUTH_SECRET: 'short',
      APP_WEBHOOK_SECRETS: ' , ',
      APP_SPACING: '4 seconds',
      APP_FROM: '  ',
    });
    expect(problems).toEqual([
      'APP_ENVIRONMENT must be one of sandbox, production',
      'APP_PORT must be a whole number from 0 to 65535',
      'APP_PUBLIC_URL must be an address that begins with http:// or https://',
      'APP_DATABASE_URL is missing',
      'APP_AUTH_SECRET must have at least 32 characters',
      'APP_WEBHOOK_SECRETS must name at least one value',
      'APP_SPACING must be an ISO duration such as PT60S',
      'APP_FROM is missing',
    ]);
  });

  it('knows an address with a password in it for one, and does not repeat what it was given instead', () => {
    const database = { url: secret('URL', { protocols: ['postgres', 'postgresql'] }) };
    expect(parseConfig(database, { URL: 'postgresql://app:pw@db/keeper' }).url.reveal()).toContain('db/keeper');
    for (const wrong of ['mysql://app:hunter2@db/keeper', 'postgres//app:hunter2', 'hunter2']) {
      expect(() => parseConfig(database, { URL: wrong })).toThrow(
        /URL must be an address that begins with postgres:\/\/ or postgresql:\/\/$/,
      );
    }
  });

  it('refuses numbers that only begin as one, durations of unknown length, and addresses with a password', () => {
    expect(problemsOf({ ...usable, APP_PORT: '46 00' })).toHaveLength(1);
    expect(problemsOf({ ...usable, APP_PORT: '1e3' })).toHaveLength(1);
    expect(problemsOf({ ...usable, APP_SPACING: 'P1M' })).toEqual([
      'APP_SPACING must not count in months or years, whose length varies',
    ]);
    expect(problemsOf({ ...usable, APP_SPACING: '-PT4S' })).toEqual(['APP_SPACING must not be negative']);
    expect(problemsOf({ ...usable, APP_PUBLIC_URL: 'https://me:hunter2@example.com' })).toEqual([
      'APP_PUBLIC_URL must not hold a user name or a password',
    ]);
  });

  it('prints no value that it refuses, whatever variable it came in', () => {
    const wrong = Object.fromEntries(
      Object.values(spec).map((field) => [field.variable, '\u0000sk_live_hunter2\u0000']),
    );
    expect(problemsOf(wrong).join('\n')).not.toContain('hunter2');
  });

  it('hides secrets however they are shown', () => {
    const config = parseConfig(spec, usable);
    for (const shown of [
      JSON.stringify(config),
      inspect(config, { depth: 9 }),
      String(config.databaseUrl),
      String(config.webhookSecrets),
    ]) {
      expect(shown).not.toMatch(/hunter2|thirty-two|whsec_/);
      expect(shown).toContain('[secret]');
    }
  });

  it('checks fields together, and says what is wrong with them and with others at once', () => {
    const together = (env: Record<string, string>): unknown =>
      parseConfig(spec, env, ({ environment, webRoot }) =>
        environment === 'sandbox' && webRoot === undefined ? ['no web'] : [],
      );
    expect(() => together(usable)).toThrow(/no web/);
    expect(() => together({ ...usable, APP_WEB_ROOT: 'dist' })).not.toThrow();
    expect(() => together({ ...usable, APP_PORT: 'x' })).toThrow(/APP_PORT.*no web/s);
    expect(() => together({ ...usable, APP_ENVIRONMENT: 'x' })).not.toThrow(/no web/);
  });
});
