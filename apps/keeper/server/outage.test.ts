import { createServer } from 'node:net';
import { createLogger } from '@tillkeeper/platform/log';
import { testDatabases } from '@tillkeeper/sandbox/testing/database';
import { afterAll, describe, expect, it } from 'vitest';
import { keeperConfig } from './config.ts';
import { startHttp } from './http.ts';
import { startTestServer, testEnvironment } from './testServer.ts';

const databases = await testDatabases();
const otherDatabases = await testDatabases();
const nowhere = 'postgres://keeper_ops:x@127.0.0.1:9/till';

async function samples(server: { call: (path: string) => Promise<{ text: string }> }): Promise<string[]> {
  const { text } = await server.call('/metrics');
  return text.split('\n').filter((line) => line.startsWith('keeper_'));
}

describe('while the operated database is down', () => {
  it('Keeper is ready, takes incidents, and says of the rest that it is not available', async () => {
    const server = await startTestServer(databases, { TILL_DATABASE_URL: nowhere });
    try {
      expect(await server.call('/readyz')).toMatchObject({ status: 200, body: { checks: { keeper: 'ok' } } });
      expect(await samples(server)).toContain('keeper_database_up{database="till"} 0');
      const raised = await server.call('/api/v1/signals', {
        body: { source: 'a person', identity: 'subscription-sync-failure', summary: 'Nothing answers' },
      });
      expect(raised.status).toBe(200);
      expect((await server.call('/api/v1/incidents')).body.items).toHaveLength(1);
      expect((await server.call(`/api/v1/incidents/${String(raised.body.incidentId)}`)).status).toBe(200);
      expect((await server.call('/api/v1/engine')).status).toBe(200);

      const refused = await server.call('/api/v1/organizations');
      expect(refused).toMatchObject({
        status: 503,
        body: { code: 'unavailable', detail: 'Not available at the moment' },
      });
      expect(refused.text).not.toMatch(/127\.0\.0\.1|ECONN|keeper_ops/);
    } finally {
      await server.close();
    }
  });
});

describe('while Keeper’s own database is down', () => {
  it('is not ready, names what fails, leaks nothing, and comes back by itself', async () => {
    const server = await startTestServer(otherDatabases);
    const { admin, name } = otherDatabases.keeper;
    try {
      const cookie = await server.signIn();
      expect((await server.call('/readyz')).status).toBe(200);
      await admin.query(`alter database ${name} connection limit 0`);
      await admin.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and usename = 'keeper_app'`,
        [name],
      );
      await expect.poll(async () => (await server.call('/readyz')).status, { timeout: 20_000 }).toBe(503);
      const readiness = await server.call('/readyz');
      expect(readiness.body).toMatchObject({
        code: 'unavailable',
        detail: 'not ready: keeper',
        checks: { keeper: 'failing' },
      });
      expect((await server.call('/healthz')).status).toBe(200);
      // By token and by cookie alike: neither is taken for somebody who is not signed in.
      for (const options of [{}, { cookie }])
        expect(await server.call('/api/v1/incidents', options)).toMatchObject({
          status: 503,
          body: { code: 'unavailable' },
        });
      const shown = await samples(server);
      expect(shown).toContain('keeper_database_up{database="keeper"} 0');
      // Old figures would look like news.
      expect(shown.filter((line) => !line.startsWith('keeper_database_up'))).toEqual([]);

      await admin.query(`alter database ${name} connection limit -1`);
      await expect.poll(async () => (await server.call('/readyz')).status, { timeout: 20_000 }).toBe(200);
      expect((await server.call('/api/v1/incidents', { cookie })).status).toBe(200);
    } finally {
      await admin.query(`alter database ${name} connection limit -1`);
      await server.close();
    }
  });
});

describe('a start that fails', () => {
  const taken = createServer();
  afterAll(() => void taken.close());

  it('says why and leaves no connection open', async () => {
    const port = await new Promise<number>((resolve) => {
      taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port));
    });
    const log = createLogger({ name: 'test', level: 'error', destination: { write: () => undefined } });
    const config = keeperConfig({ ...testEnvironment(databases), KEEPER_PORT: String(port) });
    await expect(startHttp(config, log)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    const connections = async () => {
      const { rows } = await databases.keeper.admin.query(
        `select application_name from pg_stat_activity where datname = $1 and usename = 'keeper_app'`,
        [databases.keeper.name],
      );
      return rows;
    };
    await expect.poll(connections, { timeout: 20_000 }).toEqual([]);
  });
});
