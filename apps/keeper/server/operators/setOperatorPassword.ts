import { AppError } from '@tillkeeper/platform/errors';
import { inTransaction, type KeeperContext } from '../context.ts';
import { recordAudit } from './audit.ts';
import { hashNewPassword } from './passwords.ts';
import { authorize } from './permissions.ts';

/** Gives an operator another password and signs it out everywhere. Throws `not_found`, `invalid_input` as `createOperator`. */
export async function setOperatorPassword(
  ctx: KeeperContext,
  input: { readonly email: string; readonly password: string },
): Promise<{ readonly operatorId: string; readonly sessionsEnded: number }> {
  authorize(ctx, 'operators.manage');
  const password = await hashNewPassword(input.password);
  return inTransaction(ctx, async (tx) => {
    const email = input.email.trim().toLowerCase();
    const [changed] = await tx.keeper.query<{ id: string }>(
      `update identity."account" a set password = $2::text, "updatedAt" = current_timestamp
         from identity."user" u
        where u.email = $1::text and a."userId" = u.id and a."providerId" = 'credential'
       returning u.id`,
      [email, password],
    );
    if (changed === undefined) throw new AppError('not_found', 'nobody has an account with this address', { email });
    const ended = await tx.keeper.query('delete from identity."session" where "userId" = $1::uuid returning id', [
      changed.id,
    ]);
    await recordAudit(tx, {
      action: 'operator.set_password',
      subjectId: changed.id,
      details: { email, sessionsEnded: ended.length },
    });
    return { operatorId: changed.id, sessionsEnded: ended.length };
  });
}
