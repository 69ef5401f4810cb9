import type { Database } from '@tillkeeper/platform/database';
import { AppError } from '@tillkeeper/platform/errors';
import type { DB as KeeperDB } from '../../database/types.generated.ts';
import type { KeeperContext } from '../context.ts';

export type OutsideTransaction = KeeperContext & { readonly keeper: Database<KeeperDB> };

/** For verbs that speak to Stripe: a transaction held open across HTTP would keep its locks for as long as Stripe takes. Throws `internal`. */
export function outsideTransaction(ctx: KeeperContext): OutsideTransaction {
  const { keeper } = ctx;
  if ('inTransaction' in keeper)
    throw new AppError('internal', 'this verb speaks to Stripe and must not run inside a transaction');
  return { ...ctx, keeper };
}
