import { randomUUID } from 'node:crypto';
import { createLogger } from '@tillkeeper/platform/log';
import { hashPassword } from 'better-auth/crypto';
import type { Pool } from 'pg';
import { type TillConfig, tillConfig } from './config.ts';
import { openContext, openDeps, type TillContext } from './context.ts';

/** A till database of a test: the address of each role, and a way past row security. */
interface TillDatabase {
  url(role: 'till_app' | 'till_identity'): string;
  readonly admin: Pool;
}

export const testLog = createLogger({ name: 'till-test', level: 'error' });

/** The configuration of a Till on the databases of a test, on any free port. */
export function testConfig(till: TillDatabase, more: Record<string, string> = {}): TillConfig {
  return tillConfig({
    TILL_ENVIRONMENT: 'sandbox',
    TILL_PORT: '0',
    TILL_PUBLIC_URL: 'http://localhost:4601',
    TILL_DATABASE_URL: till.url('till_app'),
    TILL_IDENTITY_DATABASE_URL: till.url('till_identity'),
    TILL_AUTH_SECRET: 'a secret that only tests are signed with',
    ...more,
  });
}

/** Contexts for verbs as the signed-in person, and how to close what they use. */
export function openTestTill(till: TillDatabase): { as(userId: string): TillContext; close(): Promise<void> } {
  const deps = openDeps(testConfig(till), testLog);
  return { as: (userId) => openContext(deps, userId, randomUUID()), close: () => deps.till.close() };
}

/** A way to sign in for a person who has a membership already; returns the address and the password. */
export async function giveSignIn(
  till: TillDatabase,
  userId: string,
): Promise<{ readonly email: string; readonly password: string }> {
  const [email, password] = [`${userId}@example.com`, 'correct horse battery'];
  await till.admin.query(
    `insert into identity."user" (id, name, email, "emailVerified") values ($1::uuid, 'Tia Moana', $2, true)`,
    [userId, email],
  );
  await till.admin.query(
    `insert into identity."account" ("accountId", "providerId", "userId", password, "updatedAt") values ($1::text, 'credential', $1::uuid, $2, now())`,
    [userId, await hashPassword(password)],
  );
  return { email, password };
}
