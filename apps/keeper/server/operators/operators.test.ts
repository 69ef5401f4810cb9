import { testDatabases } from '@tillkeeper/sandbox/testing/database';
import { afterAll, describe, expect, it } from 'vitest';
import type { KeeperContext } from '../context.ts';
import { inTransaction } from '../context.ts';
import { startTestServer } from '../testServer.ts';
import { createApiToken } from './createApiToken.ts';
import { createOperator } from './createOperator.ts';
import { listApiTokens } from './listApiTokens.ts';
import { removeOperator } from './removeOperator.ts';
import { revokeApiToken } from './revokeApiToken.ts';
import { setOperatorPassword } from './setOperatorPassword.ts';

const databases = await testDatabases();
const server = await startTestServer(databases);
afterAll(() => server.close());
const keeper = databases.keeper.admin;
const ana = { kind: 'operator', id: 'ana', name: 'Ana Ruiz' } as const;

/** The audit rows that a call writes. */
async function audited(call: (ctx: KeeperContext) => Promise<unknown>): Promise<Record<string, unknown>[]> {
  const last = async () =>
    (await keeper.query<{ id: string }>('select max(id::text) as id from audit')).rows[0]?.id ?? '';
  const before = await last();
  await call({ ...(await server.context(ana)), requestId: 'request-1' });
  const { rows } = await keeper.query(
    `select action, subject_id, actor, details, request_id from audit where id::text > $1 order by id`,
    [before],
  );
  return rows;
}

describe('operators and tokens', () => {
  it('are made and ended with one row in the audit each, by whom and in which request', async () => {
    let id = '';
    const person = { name: ' Bo Lind ', email: ' Bo@Example.com', password: 'long enough for this' };
    const row = (action: string, details: object) => [
      { action, subject_id: id, actor: ana, details, request_id: 'request-1' },
    ];
    const made = await audited(async (ctx) => {
      id = (await createOperator(ctx, person)).operatorId;
    });
    expect(made).toEqual(row('operator.create', { email: 'bo@example.com', name: 'Bo Lind' }));
    expect(
      await audited((ctx) => setOperatorPassword(ctx, { email: person.email, password: 'another long password' })),
    ).toEqual(row('operator.set_password', { email: 'bo@example.com', sessionsEnded: 0 }));
    expect(await audited((ctx) => removeOperator(ctx, { email: 'BO@example.com' }))).toEqual(
      row('operator.remove', { email: 'bo@example.com', name: 'Bo Lind' }),
    );

    const token = await audited(async (ctx) => {
      id = (await createApiToken(ctx, { name: ' nightly ' })).tokenId;
    });
    expect(token).toEqual(row('token.create', { name: 'nightly' }));
    expect(await audited((ctx) => revokeApiToken(ctx, { tokenId: id }))).toEqual(
      row('token.revoke', { name: 'nightly' }),
    );
    // Ended is ended: nothing changes, so nothing is written.
    expect(await audited((ctx) => revokeApiToken(ctx, { tokenId: id }))).toEqual([]);
    const { items } = await listApiTokens(await server.context(ana));
    expect(items.map(({ name, revokedAt }) => [name, revokedAt === null])).toEqual([
      ['nightly', false],
      ['a script', true],
    ]);
  });

  it('are not written without their row: both go with the transaction', async () => {
    const ctx = await server.context(ana);
    const undone = inTransaction(ctx, async (tx) => {
      await createOperator(tx, { name: 'Gone', email: 'gone@example.com', password: 'long enough for this' });
      await createApiToken(tx, { name: 'gone' });
      throw new Error('thought better of it');
    });
    await expect(undone).rejects.toThrow('thought better of it');
    const { rows } = await keeper.query(
      `select (select count(*)::integer from identity."user" where email = 'gone@example.com') as people,
              (select count(*)::integer from api_tokens where name = 'gone') as tokens,
              (select count(*)::integer from audit where details::text like '%gone%') as rows`,
    );
    expect(rows).toEqual([{ people: 0, tokens: 0, rows: 0 }]);
  });

  it('refuse what makes no account', async () => {
    const ctx = await server.context(ana);
    const person = { name: 'Eve', email: 'eve@example.com', password: 'long enough for this' };
    for (const [wrong, field] of [
      [{ name: '  ' }, 'name'],
      [{ email: 'eve' }, 'email'],
      [{ email: 'eve @example.com' }, 'email'],
      [{ password: 'too short' }, 'password'],
      [{ password: 'x'.repeat(129) }, 'password'],
    ] as const) {
      await expect(createOperator(ctx, { ...person, ...wrong })).rejects.toMatchObject({
        code: 'invalid_input',
        fields: { field },
      });
    }
    await expect(createOperator(ctx, { ...person, email: server.operator.email.toUpperCase() })).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(createApiToken(ctx, { name: ' ' })).rejects.toMatchObject({ code: 'invalid_input' });
    const nobody = { email: 'nobody@example.com', password: 'long enough for this' };
    await expect(setOperatorPassword(ctx, nobody)).rejects.toMatchObject({ code: 'not_found' });
    await expect(removeOperator(ctx, nobody)).rejects.toMatchObject({ code: 'not_found' });
    await expect(revokeApiToken(ctx, { tokenId: '0197f0c0-0000-7000-8000-000000000001' })).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});
