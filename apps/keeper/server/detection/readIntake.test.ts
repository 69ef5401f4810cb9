import { testDatabases } from '@tillkeeper/sandbox/testing/database.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestEngine, type TestEngine } from '../incidents/testEngine.ts';
import { readIntake } from './readIntake.ts';

const databases = await testDatabases();
const keeper = databases.keeper.admin;
let engine: TestEngine;

beforeAll(async () => {
  engine = await startTestEngine(databases);
  const { rows } = await databases.till.admin.query<{ id: string }>(
    `insert into organizations (name) values ('Shop') returning id`,
  );
  await databases.till.admin.query(`insert into stripe_customers values ('cus_ours', $1)`, [rows[0]?.id]);
});
afterAll(() => engine.close());
beforeEach(async () => {
  for (const table of ['stripe_deliveries', 'stripe_rejections', 'ops.clock_jumps'])
    await keeper.query(`delete from ${table}`);
});

/** Made so long before it was received; business time. */
async function deliver(id: string, age: string, source = 'webhook'): Promise<void> {
  await keeper.query(
    `insert into stripe_deliveries (stripe_event_id, type, livemode, event_created_at, customer_id, raw, signature, source)
     values ($1, 'customer.updated', false, ops.now() - $2::interval, 'cus_ours', '', '', $3)`,
    [id, age, source],
  );
}

const read = async (since = Temporal.Now.instant().subtract({ minutes: 5 })) =>
  readIntake(await engine.bench.context(), since);

describe('intake', () => {
  it('PAY-1 counts as late what came later than 30 s after Stripe made it', async () => {
    await deliver('evt_1', '29 seconds');
    expect(await read()).toMatchObject({ late: 0, lastBad: null });
    await deliver('evt_2', '2 minutes');
    const intake = await read();
    expect(intake).toMatchObject({ late: 1, latestSeconds: 120 });
    expect(intake.lateOrganizationIds).toHaveLength(1);
    expect(intake.lastBad).not.toBeNull();
  });

  it('does not count the time that the clock jumped over', async () => {
    // Made 10 s before a jump of seven days, received 5 s after it.
    await deliver('evt_3', '7 days 15 seconds');
    expect(await read()).toMatchObject({ late: 1 });
    await keeper.query(
      `insert into ops.clock_jumps (from_time, to_time) values (ops.now() - interval '7 days 5 seconds', ops.now() - interval '5 seconds')`,
    );
    expect(await read()).toMatchObject({ late: 0 });
    // An hour before the jump is late all the same.
    await deliver('evt_4', '7 days 1 hour');
    expect(await read()).toMatchObject({ late: 1, latestSeconds: 3_600 });
  });

  it('leaves out what we fetched ourselves, and what came before', async () => {
    await deliver('evt_5', '1 hour', 'gap_fill');
    expect(await read()).toMatchObject({ late: 0 });
    await deliver('evt_6', '1 hour');
    expect(await read(Temporal.Now.instant().add({ seconds: 5 }))).toMatchObject({ late: 0 });
  });

  it('PAY-1 counts refusals with the floods among them, and believes them only where they name a customer of ours', async () => {
    await keeper.query(
      `insert into stripe_rejections (code, claimed_customer, body_sha256, body_bytes, copies)
       values ('missing_signature', 'cus_nobody', '', 2, 1), ('flood', null, '', 0, 40)`,
    );
    expect(await read()).toMatchObject({ rejected: 41, rejectedOrganizationIds: [], lastBad: null });
    await keeper.query(
      `insert into stripe_rejections (code, claimed_customer, body_sha256, body_bytes) values ('wrong_signature', 'cus_ours', '', 2)`,
    );
    const intake = await read();
    expect(intake.rejectedOrganizationIds).toHaveLength(1);
    expect(intake.lastBad).not.toBeNull();
  });
});
