import { AppError } from '@tillkeeper/platform/errors';
import { inTransaction, type KeeperContext } from '../context.ts';
import { recordAudit } from './audit.ts';
import { authorize } from './permissions.ts';

/** Takes an operator's account and all its sessions away; what it did keeps its name. Throws `not_found`. */
export async function removeOperator(
  ctx: KeeperContext,
  input: { readonly email: string },
): Promise<{ readonly operatorId: string }> {
  authorize(ctx, 'operators.manage');
  return inTransaction(ctx, async (tx) => {
    const email = input.email.trim().toLowerCase();
    const [removed] = await tx.keeper.query<{ id: string; name: string }>(
      'delete from identity."user" where email = $1::text returning id, name',
      [email],
    );
    if (removed === undefined) throw new AppError('not_found', 'nobody has an account with this address', { email });
    await recordAudit(tx, {
      action: 'operator.remove',
      subjectId: removed.id,
      details: { email, name: removed.name },
    });
    return { operatorId: removed.id };
  });
}
