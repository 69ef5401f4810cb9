import { testDatabases } from '@tillkeeper/sandbox/testing/database.ts';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { readClock } from './clock.ts';
import { asTenant, asTenantPipelined, type Database, openDatabase, type Transaction, transaction } from './database.ts';
import { toAppError } from './errors.ts';
import { SimulatedCrash } from './faults.ts';

interface Tables {
  probe: { id: number; owner: string; at: string | null };
}

const { till } = await testDatabases();
await till.admin.query(`
  create table probe (id bigint primary key, owner text not null default current_setting('request.jwt.claims', true)::json ->> 'sub', at timestamptz);
  alter table probe enable row level security;
  alter table probe force row level security;
  create policy own on probe to authenticated using (owner = current_setting('request.jwt.claims', true)::json ->> 'sub');
  grant select, insert, update on probe to authenticated;
  create table plain (id bigint primary key, parent bigint references plain deferrable initially deferred);
  grant all on plain to authenticated, till_app;
`);

/** One connection: whatever one user leaves behind meets the next. */
const db = openDatabase<Tables>({
  url: till.url('till_app'),
  applicationName: 'platform test',
  poolSize: 1,
  statementTimeoutMs: 2_000,
  searchPath: 'public, identity',
});
afterAll(() => db.close());
beforeEach(() => till.admin.query('truncate probe, plain'));

async function ids(table: 'probe' | 'plain' = 'plain'): Promise<number[]> {
  const { rows } = await till.admin.query(`select id::int from ${table} order by id`);
  return rows.map((row: { id: number }) => row.id);
}

const insert = 'insert into plain (id) values ($1::bigint)';

describe('openDatabase', () => {
  it('reads columns in the types that the code expects', async () => {
    const [row] = await db.query(`
      select 9007199254740991::bigint as large, count(*) as counted, 1.10::numeric as exact, '2026-01-31'::date as day,
             '2026-11-23 20:15:00.123456+02'::timestamptz as at, array[1, null]::bigint[] as many,
             array['2026-11-23 20:15:00+00']::timestamptz[] as times, array['2026-01-31']::date[] as days, '{"a": [1]}'::jsonb as json, null::bigint as nothing
        from plain`);
    expect(row).toMatchObject({
      large: 9_007_199_254_740_991,
      counted: 0,
      exact: '1.10',
      day: '2026-01-31',
      many: [1, null],
    });
    expect(row).toMatchObject({ days: ['2026-01-31'], json: { a: [1] }, nothing: null });
    expect(row?.at).toEqual(Temporal.Instant.from('2026-11-23T18:15:00.123456Z'));
    expect(row?.times).toEqual([Temporal.Instant.from('2026-11-23T20:15:00Z')]);
  });

  it('fails rather than give a number that is not exact, and goes on', async () => {
    await expect(db.query('select 9007199254740993::bigint')).rejects.toThrow(
      'does not fit a JavaScript number exactly',
    );
    await expect(db.query(`select 'infinity'::timestamptz`)).rejects.toThrow('infinity is no instant');
    expect(await db.query('select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('takes instants, lists and objects as parameters', async () => {
    const at = Temporal.Instant.from('2026-11-23T20:15:00.5Z');
    const [row] = await db.query(
      `select $1::timestamptz as at, $2::timestamptz[] as times, $3::jsonb as json, $4::bigint[] as many, $5::bytea as bytes`,
      [at, [at, null], { a: '\'"' }, [1, 2], Buffer.from([0, 255])],
    );
    expect(row).toEqual({ at, times: [at, null], json: { a: '\'"' }, many: [1, 2], bytes: Buffer.from([0, 255]) });
  });

  it('sets its limits when it connects, next to those in the address', async () => {
    const address = new URL(till.url('till_app'));
    address.searchParams.set('options', '-c geqo=off');
    const other = openDatabase({
      url: address.toString(),
      applicationName: 'platform test',
      statementTimeoutMs: 50,
      searchPath: 'public, identity',
    });
    const [row] = await other.query(`select current_setting('geqo') as geqo, current_setting('search_path') as path`);
    expect(row).toEqual({ geqo: 'off', path: 'public, identity' });
    const error = await other.query('select pg_sleep(20)').catch((reason: unknown) => reason);
    expect(toAppError(error).code).toBe('unavailable');
    await other.close();
  });

  it('survives the loss of its connections, idle and in use', async () => {
    const backend = async (on: Pick<Database, 'query'>) =>
      (await on.query<{ pid: number }>('select pg_backend_pid() as pid'))[0]?.pid;
    const terminate = (pid: number | undefined) => till.admin.query('select pg_terminate_backend($1)', [pid]);
    const first = await backend(db);
    await terminate(first);
    await vi.waitUntil(() => db.pool.totalCount === 0, { timeout: 20_000 });
    const error = await transaction(db, async (tx) => {
      const pid = await backend(tx);
      await terminate(pid);
      // Between two statements, where nobody waits for an answer that could fail.
      await vi.waitUntil(
        async () => (await till.admin.query('select from pg_stat_activity where pid = $1', [pid])).rowCount === 0,
        {
          timeout: 20_000,
        },
      );
      for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
      await tx.query('select 1');
    }).catch((reason: unknown) => reason);
    expect(toAppError(error).code).toBe('unavailable');
    expect(await backend(db)).not.toBe(first);
  });
});

describe('transaction', () => {
  it('commits what the body did, and gives its result', async () => {
    expect(await transaction(db, async (tx) => (await tx.execute({ text: insert, values: [1] })).rowCount)).toBe(1);
    expect(await ids()).toEqual([1]);
  });

  it('rolls back when the body fails, and passes its error on', async () => {
    const failure = new Error('no');
    const failing = transaction(db, async (tx) => {
      await tx.query(insert, [1]);
      throw failure;
    });
    await expect(failing).rejects.toBe(failure);
    expect(await ids()).toEqual([]);
  });

  it('joins: an inner one commits with the outer one', async () => {
    await transaction(db, async (tx) => {
      await transaction(tx, (inner) => inner.query(insert, [1]));
      expect(await ids()).toEqual([]);
      await tx.query(insert, [2]);
    });
    expect(await ids()).toEqual([1, 2]);
  });

  it('joins: an inner one that fails takes the outer one with it, even if its error is caught', async () => {
    const failure = new Error('inner');
    const outer = transaction(db, async (tx) => {
      await tx.query(insert, [1]);
      await transaction(tx, async (inner) => {
        await inner.query(insert, [2]);
        throw failure;
      }).catch(() => undefined);
      return 'done';
    });
    await expect(outer).rejects.toBe(failure);
    expect(await ids()).toEqual([]);
  });

  it('does not take a rollback for a commit when the error of a statement was swallowed', async () => {
    const swallowing = transaction(db, async (tx) => {
      await tx.query(insert, [1]);
      await tx.query('select 1 / 0').catch(() => undefined);
      return 'done';
    });
    await expect(swallowing).rejects.toThrow('was rolled back');
    expect(await ids()).toEqual([]);
  });

  it('reports a constraint that is checked at the commit', async () => {
    const error = await transaction(db, (tx) => tx.query('insert into plain values (1, 99)')).catch(
      (reason: unknown) => reason,
    );
    expect(toAppError(error)).toMatchObject({ code: 'conflict', fields: { constraint: 'plain_parent_fkey' } });
    expect(await ids()).toEqual([]);
  });

  it('waits for statements that nobody awaited, before the commit and before the rollback', async () => {
    await transaction(db, async (tx) => {
      void tx.query('select pg_sleep(0.05)');
      void tx.query(insert, [1]);
    });
    expect(await ids()).toEqual([1]);
    const failing = transaction(db, async (tx) => {
      void tx.query('select pg_sleep(0.05)');
      void tx.query(insert, [2]).catch(() => undefined);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await db.query('select 1 as one')).toEqual([{ one: 1 }]);
    expect(await ids()).toEqual([1]);
  });

  it('fails when a statement that nobody awaited failed', async () => {
    const forgetful = transaction(db, async (tx) => {
      await tx.query(insert, [1]);
      tx.query(insert, [1]).catch(() => undefined);
    });
    await expect(forgetful).rejects.toThrow('was rolled back');
    expect(await ids()).toEqual([]);
  });

  it('refuses a statement after its end, so that none reaches the next user of the connection', async () => {
    let kept: Transaction<Tables> | undefined;
    await transaction(db, async (tx) => void (kept = tx));
    await expect(kept?.query(insert, [1])).rejects.toThrow('the transaction is over');
    await expect(kept?.kysely.selectFrom('probe').selectAll().execute()).rejects.toThrow('the transaction is over');
    expect(await ids()).toEqual([]);
  });

  it('is rolled back by a simulated crash, as by a lost connection', async () => {
    const crashing = transaction(db, async (tx) => {
      await tx.query(insert, [1]);
      throw new SimulatedCrash();
    });
    await expect(crashing).rejects.toBeInstanceOf(SimulatedCrash);
    expect(await ids()).toEqual([]);
  });

  it('gives its connection back when a value cannot be sent', async () => {
    const round: Record<string, unknown> = {};
    round.self = round;
    const failing = transaction(db, async (tx) => {
      await tx.query(insert, [1]);
      await tx.query('select $1::jsonb', [round]);
    });
    await expect(failing).rejects.toThrow('circular');
    expect(await ids()).toEqual([]);
    expect(await db.query('select 1 as one')).toEqual([{ one: 1 }]);
  });
});

describe('kysely', () => {
  it('speaks in a transaction on its connection, and counts what it changed', async () => {
    await asTenant(db, { sub: 'ana' }, async (tx) => {
      const at = '2026-11-23T20:15:00Z';
      const inserted = await tx.kysely.insertInto('probe').values({ id: 1, owner: 'ana', at }).executeTakeFirst();
      expect(inserted.numInsertedOrUpdatedRows).toBe(1n);
      const updated = await tx.kysely.updateTable('probe').set({ at: null }).where('id', '=', 7).executeTakeFirst();
      expect(updated.numUpdatedRows).toBe(0n);
      expect(await tx.kysely.selectFrom('probe').selectAll().execute()).toEqual([
        { id: 1, owner: 'ana', at: Temporal.Instant.from(at) },
      ]);
      expect(await ids('probe')).toEqual([]);
    });
    expect(await ids('probe')).toEqual([1]);
  });

  it('refuses a transaction inside of one, and streams', async () => {
    await transaction(db, async (tx) => {
      await expect(tx.kysely.transaction().execute(async () => 1)).rejects.toThrow('join it with transaction');
      await expect(tx.kysely.selectFrom('probe').selectAll().stream().next()).rejects.toThrow('cannot be streamed');
    });
  });
});

describe('asTenant', () => {
  const whoAmI = `select current_user::text as role, nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub' as sub`;

  it('acts as the user, under row security', async () => {
    await asTenant(db, { sub: 'ana' }, async (tx) => {
      expect(await tx.query(whoAmI)).toEqual([{ role: 'authenticated', sub: 'ana' }]);
      await tx.query('insert into probe (id) values (1)');
    });
    expect(await asTenant(db, { sub: 'ben' }, (tx) => tx.query('select id from probe'))).toEqual([]);
    expect(await asTenant(db, { sub: 'ana' }, (tx) => tx.query('select id from probe'))).toEqual([{ id: 1 }]);
    const anonymous = await asTenant(db, { sub: 'ana', role: 'anon' }, (tx) => tx.query('select id from probe')).catch(
      (reason: unknown) => reason,
    );
    expect(toAppError(anonymous).code).toBe('forbidden');
  });

  it('leaves nothing to the next user of the connection, whether it succeeded, failed, or broke off', async () => {
    const clean = [{ role: 'till_app', sub: null }];
    await asTenant(db, { sub: 'ana' }, (tx) => tx.query('select 1'));
    expect(await db.query(whoAmI)).toEqual(clean);
    await asTenant(db, { sub: 'ana' }, (tx) => tx.query('select 1 / 0')).catch(() => undefined);
    expect(await db.query(whoAmI)).toEqual(clean);
    await asTenant(db, { sub: 'ana' }, async (tx) => {
      void tx.query('select pg_sleep(0.02)');
      throw new Error('no');
    }).catch(() => undefined);
    expect(await db.query(whoAmI)).toEqual(clean);
    await asTenantPipelined(db, { sub: 'ana' }, [{ text: 'select 1' }]);
    expect(await db.query(whoAmI)).toEqual(clean);
    await asTenantPipelined(db, { sub: 'ana' }, [{ text: 'select 1 / 0' }]).catch(() => undefined);
    expect(await db.query(whoAmI)).toEqual(clean);
  });

  it('keeps many users apart on few connections, failures among them', async () => {
    const few = openDatabase({ url: till.url('till_app'), applicationName: 'platform test', poolSize: 2 });
    const users = Array.from({ length: 200 }, (_, index) => `user-${index}`);
    const seen = await Promise.all(
      users.map(async (sub, index) => {
        if (index % 3 === 0) {
          const [result] = await asTenantPipelined(few, { sub }, [{ name: 'who', text: whoAmI }]);
          return result?.rows[0].sub;
        }
        if (index % 3 === 1) {
          await asTenant(few, { sub }, (tx) => Promise.all([tx.query('select 1 / 0'), tx.query(whoAmI)])).catch(
            () => undefined,
          );
          return sub;
        }
        const rows = await asTenant(few, { sub }, async (tx) => {
          await tx.query('select 1');
          return tx.query<{ sub: string }>(whoAmI);
        });
        return rows[0]?.sub;
      }),
    );
    expect(seen).toEqual(users);
    await few.close();
  });

  it('does not let claims choose a role that was not asked for', async () => {
    const [row] = await asTenant(db, { sub: 'ana', plan: 'pro' }, (tx) =>
      tx.query(`select current_setting('request.jwt.claims')::json as claims`),
    );
    expect(row).toEqual({ claims: { sub: 'ana', plan: 'pro', role: 'authenticated' } });
    const superuser = asTenant(db, { sub: 'ana', role: 'postgres' as 'anon' }, (tx) => tx.query('select 1'));
    await expect(superuser).rejects.toThrow('permission denied to set role');
  });
});

describe('asTenantPipelined', () => {
  it('gives the results of the statements, in order, committed', async () => {
    const results = await asTenantPipelined(db, { sub: 'ana' }, [
      { name: 'add_plain', text: insert, values: [1] },
      { name: 'add_plain', text: insert, values: [2] },
      { text: 'select id from plain order by id' },
    ]);
    expect(results.map((result) => result.command)).toEqual(['INSERT', 'INSERT', 'SELECT']);
    expect(results[2]?.rows).toEqual([{ id: 1 }, { id: 2 }]);
    expect(await ids()).toEqual([1, 2]);
  });

  it('throws the first error and has done nothing, wherever the error comes', async () => {
    for (const statements of [
      [{ text: 'select 1 / 0' }, { text: insert, values: [1] }],
      [{ text: insert, values: [1] }, { text: 'select 1 / 0' }, { text: insert, values: [2] }],
      [{ text: insert, values: [1] }, { text: 'select 1 / 0' }],
    ]) {
      await expect(asTenantPipelined(db, { sub: 'ana' }, statements)).rejects.toThrow('division by zero');
      expect(await ids()).toEqual([]);
      expect(await db.query('select 1 as one')).toEqual([{ one: 1 }]);
    }
    const atCommit = asTenantPipelined(db, { sub: 'ana' }, [{ text: 'insert into plain values (1, 99)' }]);
    await expect(atCommit).rejects.toThrow('plain_parent_fkey');
    expect(await ids()).toEqual([]);
  });

  it('sends nothing when one of the values cannot be sent', async () => {
    const round: Record<string, unknown> = {};
    round.self = round;
    const failing = asTenantPipelined(db, { sub: 'ana' }, [
      { text: insert, values: [1] },
      { text: 'select $1::jsonb', values: [round] },
      { text: insert, values: [2] },
    ]);
    await expect(failing).rejects.toThrow('circular');
    expect(await ids()).toEqual([]);
  });
});

describe('readClock', () => {
  it('reads business time with its offset, once, from our databases and from plain pools', async () => {
    await till.admin.query(`update ops.clock set "offset" = interval '400 days'`);
    const before = Temporal.Now.instant();
    for (const source of [db, till.admin]) {
      const clock = await readClock(source);
      const ahead = clock.now().since(before).total('hours') / 24;
      expect(ahead).toBeGreaterThan(399.9);
      expect(ahead).toBeLessThan(400.1);
      expect(clock.now()).toBe(clock.now());
    }
    await transaction(db, async (tx) => {
      const [row] = await tx.query<{ now: Temporal.Instant }>('select ops.now() as now');
      expect((await readClock(tx)).now()).toEqual(row?.now);
    });
  });
});
