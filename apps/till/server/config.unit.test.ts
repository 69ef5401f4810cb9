import { describe, expect, it } from 'vitest';
import { tillConfig } from './config.ts';

const whole = {
  TILL_ENVIRONMENT: 'production',
  TILL_PUBLIC_URL: 'https://till.example.com/',
  TILL_DATABASE_URL: 'postgres://till_app:pass-word@db/till',
  TILL_IDENTITY_DATABASE_URL: 'postgres://till_identity:pass-word@db/till',
  TILL_AUTH_SECRET: 'x'.repeat(32),
};

describe('Till’s configuration', () => {
  it('is read from the environment with its defaults', () => {
    expect(tillConfig(whole)).toMatchObject({
      environment: 'production',
      host: '127.0.0.1',
      port: 4601,
      publicUrl: 'https://till.example.com',
      webRoot: undefined,
      logLevel: 'info',
    });
  });

  it('names everything that is wrong at once, and prints no secret', () => {
    const { TILL_PUBLIC_URL: _left, ...rest } = whole;
    const wrong = (): unknown =>
      tillConfig({ ...rest, TILL_PORT: '99999', TILL_AUTH_SECRET: 'too-short-a-secret', LOG_LEVEL: 'loud' });
    expect(wrong).toThrow(/TILL_PUBLIC_URL[^]*TILL_AUTH_SECRET|TILL_AUTH_SECRET[^]*TILL_PUBLIC_URL/);
    for (const name of ['TILL_PORT', 'TILL_PUBLIC_URL', 'TILL_AUTH_SECRET', 'LOG_LEVEL']) expect(wrong).toThrow(name);
    expect(wrong).not.toThrow(/too-short-a-secret|pass-word/);
  });
});
