import { hash, randomBytes } from 'node:crypto';
import { AppError } from '@tillkeeper/platform/errors';
import { inTransaction, type KeeperContext } from '../context.ts';
import { recordAudit } from './audit.ts';
import { authorize } from './permissions.ts';

/** The digest under which a token is kept; the token itself is not stored. */
export function tokenHash(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}

/** Makes a bearer token for scripts. It is returned once and never again. Throws `invalid_input` for an empty name. */
export async function createApiToken(
  ctx: KeeperContext,
  input: { readonly name: string },
): Promise<{ readonly tokenId: string; readonly token: string }> {
  authorize(ctx, 'operators.manage');
  const name = input.name.trim();
  if (name === '') throw new AppError('invalid_input', 'the name is empty', { field: 'name' });
  const token = `tk_${randomBytes(24).toString('base64url')}`;
  return inTransaction(ctx, async (tx) => {
    const [made] = await tx.keeper.query<{ id: string }>(
      'insert into api_tokens (name, token_hash, created_at) values ($1::text, $2::bytea, $3::timestamptz) returning id',
      [name, tokenHash(token), tx.clock.now().toString()],
    );
    if (made === undefined) throw new AppError('internal', 'insert returned no row');
    await recordAudit(tx, { action: 'token.create', subjectId: made.id, details: { name } });
    return { tokenId: made.id, token };
  });
}
