import { randomUUIDv7 } from 'node:crypto';
import { AppError } from '@tillkeeper/platform/errors';
import { inTransaction, type KeeperContext } from '../context.ts';
import { recordAudit } from './audit.ts';
import { hashNewPassword } from './passwords.ts';
import { authorize } from './permissions.ts';

export interface NewOperator {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

/**
 * Makes an operator's account. Throws `conflict` if the address has one already, `invalid_input` for an address or a name that is none, and for a
 * password under 12 characters.
 */
export async function createOperator(ctx: KeeperContext, input: NewOperator): Promise<{ readonly operatorId: string }> {
  authorize(ctx, 'operators.manage');
  const name = input.name.trim();
  const email = input.email.trim().toLowerCase();
  if (name === '') throw new AppError('invalid_input', 'the name is empty', { field: 'name' });
  if (!/^[^\s@]+@[^\s@]+$/.test(email))
    throw new AppError('invalid_input', `"${email}" is no mail address`, { field: 'email' });
  const password = await hashNewPassword(input.password);
  return inTransaction(ctx, async (tx) => {
    const operatorId = randomUUIDv7();
    const made = await tx.keeper.query(
      `insert into identity."user" (id, name, email, "emailVerified")
       values ($1::uuid, $2::text, $3::text, true)
       on conflict (email) do nothing
       returning id`,
      [operatorId, name, email],
    );
    if (made.length === 0) throw new AppError('conflict', 'this address has an account already', { email });
    await tx.keeper.query(
      `insert into identity."account" ("accountId", "providerId", "userId", password, "updatedAt")
       values ($1::text, 'credential', $1::uuid, $2::text, current_timestamp)`,
      [operatorId, password],
    );
    await recordAudit(tx, { action: 'operator.create', subjectId: operatorId, details: { email, name } });
    return { operatorId };
  });
}
