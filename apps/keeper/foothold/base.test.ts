import { randomUUID } from 'node:crypto';
import { testDatabases } from '@tillkeeper/sandbox/testing/database';
import pg from 'pg';
import { describe, expect, it } from 'vitest';

const { till, keeper } = await testDatabases();

/** One statement as a role, rolled back: the SQLSTATE with which it was refused, or undefined. */
async function refusal(pool: pg.Pool, role: string, sql: string): Promise<string | undefined> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query(`set local role ${role}`);
    await client.query(sql);
    return undefined;
  } catch (error) {
    return (error as { code?: string }).code;
  } finally {
    await client.query('rollback');
    client.release();
  }
}

describe('business time', () => {
  it('is the database’s own time until the sandbox moves it, and then moves by exactly that', async () => {
    for (const { admin } of [till, keeper]) {
      const client = await admin.connect();
      try {
        await client.query('begin');
        const before = await client.query('select ops.now() = now() as same');
        expect(before.rows).toEqual([{ same: true }]);
        await client.query(`update ops.clock set "offset" = interval '7 days 1 hour'`);
        const after = await client.query(`select ops.now() = now() + interval '7 days 1 hour' as moved`);
        expect(after.rows).toEqual([{ moved: true }]);
      } finally {
        await client.query('rollback');
        client.release();
      }
    }
  });

  it('cannot be moved by any role that serves requests or does work', async () => {
    const roles = {
      till: ['anon', 'authenticated', 'service_role', 'till_app', 'till_identity', 'keeper_ops', 'ops_owner'],
      keeper: ['keeper_app'],
    };
    for (const [database, names] of [
      [till, roles.till],
      [keeper, roles.keeper],
    ] as const) {
      for (const role of names) {
        for (const sql of [
          `update ops.clock set "offset" = interval '1 day'`,
          `insert into ops.clock ("offset") values (interval '1 day')`,
          'delete from ops.clock',
          'truncate ops.clock',
          'drop table ops.clock',
          `create or replace function ops.now() returns timestamptz language sql stable as 'select now() - interval ''1 day'''`,
        ]) {
          // ops_owner owns the function and could replace it, but nobody can become ops_owner except the owner of the database.
          if (role === 'ops_owner' && sql.startsWith('create')) continue;
          expect([role, sql, await refusal(database.admin, role, sql)]).toEqual([role, sql, '42501']);
        }
      }
      const { rows } = await database.admin.query<{ member: string }>(
        `select m.rolname as member from pg_auth_members a join pg_roles m on m.oid = a.member join pg_roles g on g.oid = a.roleid
          where g.rolname in ('ops_owner', 'till_owner', 'keeper_owner')`,
      );
      expect(rows).toEqual([{ member: 'till_owner' }]);
    }
  });
});

describe('ids', () => {
  it('are UUIDs of version 7 that carry the moment and sort in the order in which they were made', async () => {
    for (const { admin } of [till, keeper]) {
      const { rows } = await admin.query<{ id: string; at: string }>(
        'select ops.uuidv7() as id, (extract(epoch from clock_timestamp()) * 1000)::bigint as at from generate_series(1, 2000)',
      );
      const ids = rows.map((row) => row.id);
      expect(
        ids.filter((id) => !/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)),
      ).toEqual([]);
      expect(new Set(ids).size).toBe(ids.length);
      for (const { id, at } of rows)
        expect(Math.abs(Number.parseInt(id.replace('-', '').slice(0, 12), 16) - Number(at))).toBeLessThan(50);
      // Two calls within one microsecond are told apart by chance only.
      const backwards = ids.filter((id, index) => index > 0 && id < (ids[index - 1] ?? ''));
      expect(backwards.length).toBeLessThan(ids.length / 50);
    }
  });
});

describe('effects', () => {
  const connect = async (role: 'keeper_ops' | 'till_app'): Promise<pg.Client> => {
    const client = new pg.Client(till.url(role));
    await client.connect();
    return client;
  };
  const record = `select ops.record_effect($1, $2, 'test.happened', '{"kind":"system","job":"test"}', $3) as first`;

  it('are recorded once per key, relayed oldest first, and left alone once they were marked', async () => {
    const client = await connect('keeper_ops');
    try {
      const [a, b] = [randomUUID(), randomUUID()];
      expect((await client.query(record, [a, 'one', '{"n":1}'])).rows).toEqual([{ first: true }]);
      expect((await client.query(record, [b, 'one', '{"n":2}'])).rows).toEqual([{ first: true }]);
      expect((await client.query(record, [a, 'one', '{"n":3}'])).rows).toEqual([{ first: false }]);
      const waiting = async (atMost: number): Promise<unknown[]> =>
        (await client.query('select organization_id, occurrence_key, payload from ops.effects_to_relay($1)', [atMost]))
          .rows;
      const first = { organization_id: a, occurrence_key: 'one', payload: { n: 1 } };
      const second = { organization_id: b, occurrence_key: 'one', payload: { n: 2 } };
      expect(await waiting(10)).toEqual([first, second]);
      expect(await waiting(1)).toEqual([first]);
      const mark = 'select ops.mark_relayed($1::uuid[], $2::text[]) as marked';
      expect((await client.query(mark, [[a], ['one']])).rows).toEqual([{ marked: 1 }]);
      expect((await client.query(mark, [[a], ['one']])).rows).toEqual([{ marked: 0 }]);
      expect(await waiting(10)).toEqual([second]);
    } finally {
      await client.end();
    }
  });

  it('are written by Keeper alone, and through functions only', async () => {
    const call = `select ops.record_effect(gen_random_uuid(), 'k', 'stripe.invoice.paid', '{}', '{}')`;
    for (const role of ['anon', 'authenticated', 'till_app', 'till_identity']) {
      expect([role, await refusal(till.admin, role, call)]).toEqual([role, '42501']);
    }
    expect(await refusal(till.admin, 'keeper_ops', call)).toBeUndefined();
    for (const sql of ['select 1 from ops.effects', 'delete from ops.effects', `update ops.effects set kind = 'x'`]) {
      expect([sql, await refusal(till.admin, 'keeper_ops', sql)]).toEqual([sql, '42501']);
    }
  });
});
