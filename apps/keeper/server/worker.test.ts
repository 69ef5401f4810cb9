import { testDatabases } from '@tillkeeper/sandbox/testing/database';
import { expect, it } from 'vitest';
import { readEngine } from './engine/readEngine.ts';
import { startTestServer } from './testServer.ts';
import { startWorker } from './worker.ts';

const databases = await testDatabases();
const otherDatabases = await testDatabases();

async function connections(of: typeof databases): Promise<string[]> {
  const { rows } = await of.keeper.admin.query<{ name: string }>(
    `select application_name as name from pg_stat_activity where datname = $1 and usename = 'keeper_app'`,
    [of.keeper.name],
  );
  return rows.map((row) => row.name);
}

it('a worker proves itself in every lane, looks once for what was never delivered, and leaves nothing open', async () => {
  const server = await startTestServer(databases);
  try {
    const shop = await server.shop({ plan: 'basic' });
    const engine = async () => readEngine(await server.context());
    expect((await engine()).lastProvenAt).toBeNull();
    const before = Temporal.Now.instant();
    const worker = await startWorker(server.config, server.deps.log);
    try {
      const states = async () => (await engine()).lanes.map((lane) => lane.state);
      await expect.poll(states, { timeout: 20_000 }).toEqual(['ok', 'ok', 'ok', 'ok']);
      await expect.poll(async () => (await engine()).lastProvenAt, { timeout: 20_000 }).not.toBeNull();
      const proven = (await engine()).lastProvenAt ?? before;
      expect(Temporal.Instant.compare(proven, before)).toBe(1);
      // Nobody told Keeper of this shop: Stripe's webhooks have no endpoint here.
      const found = async () => {
        const { rows } = await databases.keeper.admin.query<{ source: string }>(
          'select distinct source from stripe_deliveries where customer_id = $1',
          [shop.customerId],
        );
        return rows;
      };
      await expect.poll(found, { timeout: 20_000 }).toEqual([{ source: 'gap_fill' }]);
    } finally {
      await worker.stop();
    }
    await expect
      .poll(async () => (await connections(databases)).filter((name) => name === 'keeper-worker'), { timeout: 20_000 })
      .toEqual([]);
  } finally {
    await server.close();
  }
});

it('a worker that cannot start leaves nothing open either', async () => {
  const server = await startTestServer(otherDatabases);
  try {
    const { keeper } = otherDatabases;
    const before = await connections(otherDatabases);
    await keeper.admin.query('revoke all on schema pgboss from keeper_app; alter schema pgboss owner to keeper_owner');
    await expect(startWorker(server.config, server.deps.log)).rejects.toThrow();
    await expect
      .poll(async () => (await connections(otherDatabases)).length, { timeout: 20_000 })
      .toBeLessThanOrEqual(before.length);
  } finally {
    await server.close();
  }
});
