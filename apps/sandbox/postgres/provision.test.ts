import { afterAll, expect, test } from 'vitest';
import { cloneDatabases } from '../testing/cloneDatabases.ts';
import { startTestCluster, type TestCluster } from '../testing/testCluster.ts';

const clusters: TestCluster[] = [];
afterAll(async () => {
  await Promise.all(clusters.map((cluster) => cluster.stop()));
});

test.each([15, 17] as const)('both databases are made on PostgreSQL %i', async (version) => {
  const cluster = await startTestCluster({ version });
  clusters.push(cluster);
  const { till, keeper, close } = await cloneDatabases(cluster.address);
  const told = await till.admin.query(`select current_setting('server_version_num')::integer / 10000 as version`);
  expect(told.rows).toEqual([{ version }]);
  for (const { admin } of [till, keeper]) {
    const { rows } = await admin.query<{ id: string; tables: number }>(
      `select ops.uuidv7() as id, (select count(*)::integer from pg_tables where schemaname = 'public') as tables`,
    );
    expect(rows[0]?.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(rows[0]?.tables).toBeGreaterThan(5);
  }
  await close();
});
