import { createLogger } from '@tillkeeper/platform/log';
import { beforeEach, describe, expect, test } from 'vitest';
import { createShop } from '../seed/createShop.ts';
import { stripeClientOf } from '../seed/stripeClientOf.ts';
import { type StripeStandIn, startStripe } from '../stripe/startStripe.ts';
import { testDatabases } from '../testing/database.ts';
import { createSandboxClock, type SandboxClock } from './sandboxClock.ts';

const databases = await testDatabases();
const till = databases.till.admin;
const keeper = databases.keeper.admin;
const log = createLogger({ name: 'test', level: 'error' });

function open(settleTimeoutMs = 20_000): Promise<SandboxClock> {
  return createSandboxClock({ tillAdmin: till, keeperAdmin: keeper, log, settleTimeoutMs });
}

async function times(): Promise<{ till: number; keeper: number }> {
  const ask = async (db: typeof till): Promise<number> =>
    Number(
      (await db.query<{ ms: string }>(`select (extract(epoch from ops.now()) * 1000)::bigint as ms from ops.clock`))
        .rows[0]?.ms,
    );
  return { till: await ask(till), keeper: await ask(keeper) };
}

async function addTimer(key: string, dueAt: Temporal.Instant): Promise<void> {
  await keeper.query(`insert into public.timers (kind, key, due_at) values ('test', $1::text, $2::timestamptz)`, [
    key,
    dueAt.toString(),
  ]);
}

/** A worker that does what falls due, and writes down at which business time it did. */
function startWorker(): { stop(): Promise<void> } {
  let working = true;
  const done = (async () => {
    while (working) {
      await keeper.query(`update public.timers set done_at = ops.now() where done_at is null and due_at <= ops.now()`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  return {
    async stop() {
      working = false;
      await done;
    },
  };
}

beforeEach(async () => {
  await keeper.query('delete from public.timers');
  await keeper.query('delete from ops.clock_jumps');
  await Promise.all([till, keeper].map((db) => db.query(`update ops.clock set "offset" = '0'`)));
});

describe('business time', () => {
  test('is one for both databases and for the stand-ins, and outlives a restart', async () => {
    const clock = await open();
    const advanced = await clock.advance('P7D');
    const machine = Temporal.Now.instant().epochMilliseconds;
    const week = 7 * 86_400_000;
    const { till: tillNow, keeper: keeperNow } = await times();
    for (const now of [tillNow, keeperNow, clock.now().epochMilliseconds, advanced.to.epochMilliseconds]) {
      expect(Math.abs(now - machine - week)).toBeLessThan(60_000);
    }
    expect((await open()).offset().total('milliseconds')).toBe(clock.offset().total('milliseconds'));
  });

  test('stops at each due time on the way, in order, until what fell due is done', async () => {
    const clock = await open();
    const start = clock.now();
    await addTimer('second', start.add({ hours: 50 }));
    await addTimer('first', start.add({ hours: 2 }));
    await addTimer('later', start.add({ hours: 100 }));
    const worker = startWorker();
    const { steps } = await clock.advance('P3D');
    await worker.stop();
    expect(steps).toBe(2);
    const { rows } = await keeper.query<{ key: string; late: number }>(
      `select key, extract(epoch from done_at - due_at)::float8 as late from public.timers where done_at is not null order by due_at`,
    );
    expect(rows.map((row) => row.key)).toEqual(['first', 'second']);
    // Done at its own time, not at the end of the jump.
    for (const row of rows) expect(row.late).toBeLessThan(3_600);
  });

  test('records what was jumped over', async () => {
    const clock = await open();
    await clock.advance('PT1H');
    const { rows } = await keeper.query<{ seconds: number }>(
      'select extract(epoch from to_time - from_time)::float8 as seconds from ops.clock_jumps',
    );
    expect(rows.reduce((sum, row) => sum + row.seconds, 0)).toBeCloseTo(clock.offset().total('seconds'), 1);
  });

  test('records the night in which everything was off, so that nothing of it counts as late', async () => {
    const jumps = async () =>
      (
        await keeper.query<{ minutes: number }>(
          `select (extract(epoch from to_time - from_time) / 60)::integer as minutes from ops.clock_jumps`,
        )
      ).rows;
    await open();
    expect(await jumps()).toEqual([]);
    await keeper.query(
      `insert into detectors (name, playbook, every_ms, last_finished_machine)
       values ('last-look', 'none', 1000, clock_timestamp() - interval '9 hours')`,
    );
    await open();
    await keeper.query(`delete from detectors where name = 'last-look'`);
    expect(await jumps()).toEqual([{ minutes: 540 }]);
  });

  test('two advances at the same time are two, one after the other', async () => {
    const clock = await open();
    const both = await Promise.all([clock.advance('PT1H'), clock.advance('PT2H')]);
    expect(both[0].to.until(both[1].to).total('minutes')).toBeGreaterThanOrEqual(120);
    expect(clock.offset().total('hours')).toBeGreaterThan(2.99);
  });

  test('a crash between the two databases is healed: the later one counts, and its jump is recorded', async () => {
    await till.query(`update ops.clock set "offset" = '5 hours'`);
    const clock = await open();
    expect(clock.offset().total('hours')).toBe(5);
    const { till: tillNow, keeper: keeperNow } = await times();
    expect(Math.abs(tillNow - keeperNow)).toBeLessThan(60_000);
    expect((await keeper.query('select * from ops.clock_jumps')).rows).toHaveLength(1);
  });
});

describe('what never settles', () => {
  test('is named, time stands at the step that it reached, and goes on when it is done', async () => {
    const clock = await open(300);
    const start = clock.now();
    await addTimer('stuck', start.add({ hours: 1 }));
    await expect(clock.advance('P1D')).rejects.toMatchObject({
      code: 'upstream_timeout',
      message: expect.stringContaining('timers (1)'),
      fields: { stuck: { timers: 1 } },
    });
    expect(start.until(clock.now()).total('hours')).toBeCloseTo(1, 1);
    const worker = startWorker();
    await clock.advance('P1D');
    await worker.stop();
    expect(start.until(clock.now()).total('hours')).toBeGreaterThan(24.9);
  });

  test('an effect that nobody relays', async () => {
    const clock = await open(300);
    await till.query(
      `insert into ops.effects (organization_id, occurrence_key, kind, actor) values (gen_random_uuid(), 'k', 'test', '{}')`,
    );
    await expect(clock.advance('PT1M')).rejects.toMatchObject({ fields: { stuck: { effects: 1 } } });
    await till.query(`update ops.effects set relayed_at = clock_timestamp()`);
    await clock.advance('PT1M');
  });

  test('detectors that have not looked since a plan or status changed', async () => {
    const clock = await open(300);
    await keeper.query(`insert into public.detectors (name, playbook, every_ms) values ('eye', 'test', 1000)`);
    // Nothing changed: nobody waits for a look.
    await clock.advance('PT1M');
    await till.query(
      `insert into ops.effects (organization_id, occurrence_key, kind, actor, relayed_at)
       values (gen_random_uuid(), 'changed', 'subscription.changed', '{}', clock_timestamp())`,
    );
    await expect(clock.advance('PT1M')).rejects.toMatchObject({ fields: { stuck: { detectors: 1 } } });
    await till.query(
      `insert into ops.effects (organization_id, occurrence_key, kind, actor, relayed_at)
       values (gen_random_uuid(), 'changed again', 'subscription.changed', '{}', clock_timestamp())`,
    );
    const patient = await open();
    const looking = patient.advance('PT1M');
    const look = async (): Promise<void> => {
      await keeper.query(
        `update public.detectors set last_started_machine = clock_timestamp(), last_finished_machine = clock_timestamp()`,
      );
    };
    const timer = setInterval(() => void look().catch(() => undefined), 20);
    await looking;
    clearInterval(timer);
    await keeper.query('delete from public.detectors');
  });
});

test('refuses what is no way forward', async () => {
  const clock = await open();
  for (const by of ['PT0S', '-PT1H', 'P3Y', 'soon'])
    await expect(clock.advance(by)).rejects.toMatchObject({ code: 'invalid_input' });
  expect(clock.offset().total('milliseconds')).toBe(0);
});

describe('with Stripe', () => {
  test('a year of renewals is billed month by month, each at its time', async () => {
    const clock = await open();
    const stripe: StripeStandIn = await startStripe({ file: ':memory:', port: 0, secretKey: 'sk_test_clock', clock });
    clock.attach({
      name: 'stripe',
      nextDueAt: () => stripe.nextDueAt(),
      runDue: () => stripe.runDue(),
      quiet: () => stripe.quiet(),
    });
    try {
      const client = stripeClientOf(stripe);
      const shop = await createShop({ till, stripe: client, plan: 'basic' });
      await clock.advance('P1Y');
      const invoices = await client.invoices.list({ customer: shop.customerId, limit: 100 });
      const paid = invoices.data.filter((invoice) => invoice.status === 'paid');
      expect(paid.length).toBeGreaterThanOrEqual(12);
      const months = paid.map((invoice) => new Date(invoice.created * 1000).toISOString().slice(0, 7));
      expect(new Set(months).size).toBe(paid.length);
    } finally {
      await stripe.close();
    }
  });
});
