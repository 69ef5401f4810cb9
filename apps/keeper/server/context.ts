import type { Actor } from '@tillkeeper/platform/actor';
import { type Clock, readClock } from '@tillkeeper/platform/clock';
import { type Database, openDatabase, type Transaction, transaction } from '@tillkeeper/platform/database';
import type { Logger } from '@tillkeeper/platform/log';
import type { DB as TillDB } from '../database/operated.generated.ts';
import type { DB as KeeperDB } from '../database/types.generated.ts';
import { createStripeClient, type StripeClient } from './billing/stripeClient.ts';
import type { KeeperConfig } from './config.ts';

/** What a process opens once. `till` is the operated database, as the role that reads and repairs narrowly. */
export interface KeeperDeps {
  readonly config: KeeperConfig;
  readonly keeper: Database<KeeperDB>;
  readonly till: Database<TillDB>;
  readonly stripe: StripeClient;
  readonly log: Logger;
}

/** What every verb gets: who acts, at which business instant, on which databases. No transaction spans the two databases. */
export interface KeeperContext extends Omit<KeeperDeps, 'keeper'> {
  readonly actor: Actor;
  readonly clock: Clock;
  readonly keeper: Database<KeeperDB> | Transaction<KeeperDB>;
  readonly requestId?: string;
}

/** A context whose `keeper` is an open transaction: what several writes share that stand or fall together. */
export type KeeperTransaction = KeeperContext & { readonly keeper: Transaction<KeeperDB> };

export function openDeps(config: KeeperConfig, log: Logger, applicationName: string): KeeperDeps {
  const keeper = openDatabase<KeeperDB>({
    url: config.keeperDatabaseUrl,
    applicationName,
    statementTimeoutMs: 15_000,
    poolSize: 12,
  });
  const till = openDatabase<TillDB>({
    url: config.tillDatabaseUrl,
    applicationName,
    statementTimeoutMs: 15_000,
    poolSize: 8,
  });
  return { config, keeper, till, log, stripe: createStripeClient(config, keeper, log) };
}

export async function closeDeps(deps: KeeperDeps): Promise<void> {
  await Promise.all([deps.keeper.close(), deps.till.close()]);
}

/** One business instant per unit of work, so that all that a verb writes carries the same time. */
export async function openContext(deps: KeeperDeps, actor: Actor, requestId?: string): Promise<KeeperContext> {
  const clock = await readClock(deps.keeper);
  return { ...deps, actor, clock, ...(requestId === undefined ? {} : { requestId }) };
}

/** Runs `body` in a transaction of the keeper database, or in the one that `ctx` already stands in. */
export function inTransaction<T>(ctx: KeeperContext, body: (tx: KeeperTransaction) => Promise<T>): Promise<T> {
  return transaction(ctx.keeper, (keeper) => body({ ...ctx, keeper }));
}
