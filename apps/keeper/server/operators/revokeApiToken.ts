import { AppError } from '@tillkeeper/platform/errors';
import { inTransaction, type KeeperContext } from '../context.ts';
import { recordAudit } from './audit.ts';
import { authorize } from './permissions.ts';

/** Ends a token: the next request with it is refused. Revoking it again changes nothing. Throws `not_found`. */
export async function revokeApiToken(
  ctx: KeeperContext,
  input: { readonly tokenId: string },
): Promise<{ readonly tokenId: string; readonly name: string }> {
  authorize(ctx, 'operators.manage');
  const { tokenId } = input;
  return inTransaction(ctx, async (tx) => {
    const [token] = await tx.keeper.query<{ name: string; revoked: boolean }>(
      'select name, revoked_at is not null as revoked from api_tokens where id = $1::uuid for update',
      [tokenId],
    );
    if (token === undefined) throw new AppError('not_found', 'there is no such token', { tokenId });
    if (token.revoked) return { tokenId, name: token.name };
    await tx.keeper.query('update api_tokens set revoked_at = $2::timestamptz where id = $1::uuid', [
      tokenId,
      tx.clock.now().toString(),
    ]);
    await recordAudit(tx, { action: 'token.revoke', subjectId: tokenId, details: { name: token.name } });
    return { tokenId, name: token.name };
  });
}
