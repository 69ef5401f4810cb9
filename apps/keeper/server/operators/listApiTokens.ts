import type { KeeperContext } from '../context.ts';
import { authorize } from './permissions.ts';

export interface ApiToken {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Temporal.Instant;
  /** Machine time, to the minute. */
  readonly lastUsedAt: Temporal.Instant | null;
  readonly revokedAt: Temporal.Instant | null;
}

/** Every token that was ever made, newest first; a handful. */
export async function listApiTokens(ctx: KeeperContext): Promise<{ readonly items: readonly ApiToken[] }> {
  authorize(ctx, 'operators.manage');
  const items = await ctx.keeper.query<ApiToken>(
    `select id, name, created_at as "createdAt", last_used_at as "lastUsedAt", revoked_at as "revokedAt"
       from api_tokens order by id desc`,
  );
  return { items };
}
