import type { Actor } from '@tillkeeper/platform/actor';
import { type Database, openDatabase } from '@tillkeeper/platform/database';
import type { Logger } from '@tillkeeper/platform/log';
import type { DB } from '../database/types.generated.ts';
import type { TillConfig } from './config.ts';

/** What a process opens once. The database role owns nothing and sees nothing until a transaction makes it somebody. */
export interface TillDeps {
  readonly config: TillConfig;
  readonly till: Database<DB>;
  readonly log: Logger;
}

/**
 * What every verb gets. `claims` is who the transaction will be: row security decides by them, so a verb that forgets a condition returns
 * nothing rather than a neighbour's rows. Business time is `ops.now()` in the statement itself.
 */
export interface TillContext {
  readonly actor: Actor & { readonly kind: 'member' };
  readonly claims: { readonly sub: string; readonly role: 'authenticated' };
  readonly till: Database<DB>;
  readonly log: Logger;
  readonly requestId: string;
}

export function openDeps(config: TillConfig, log: Logger): TillDeps {
  return {
    config,
    log,
    till: openDatabase<DB>({
      url: config.databaseUrl,
      applicationName: 'till-http',
      statementTimeoutMs: 10_000,
      poolSize: 12,
    }),
  };
}

export function openContext(deps: TillDeps, userId: string, requestId: string): TillContext {
  return {
    actor: { kind: 'member', userId },
    claims: { sub: userId, role: 'authenticated' },
    till: deps.till,
    log: deps.log,
    requestId,
  };
}
