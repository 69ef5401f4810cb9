import { createServer } from '@tillkeeper/platform/http';
import { createLogger, type Logger } from '@tillkeeper/platform/log';
import { runUntilSignal } from '@tillkeeper/platform/process';
import { serveSinglePage } from '@tillkeeper/platform/singlePage';
import { catalogueRoutes } from './catalogue/routes.ts';
import { type TillConfig, tillConfig } from './config.ts';
import { openDeps } from './context.ts';
import { openMemberAuth } from './identity/auth.ts';
import { requireMember, signInRoutes } from './identity/routes.ts';
import { openSessions } from './identity/session.ts';
import { organizationRoutes } from './organizations/routes.ts';
import { saleRoutes } from './sales/routes.ts';

export interface TillHttp {
  /** Where it listens, as http://host:port. */
  readonly url: string;
  close(): Promise<void>;
}

/** Till's server: members' sign-in, the API and the web app's files. Stateless; start as many as the load wants. */
export async function startHttp(config: TillConfig, log: Logger): Promise<TillHttp> {
  const deps = openDeps(config, log);
  const { auth, pool: identity, close: closeAuth } = openMemberAuth(config, log);
  const sessions = openSessions(auth, config.publicUrl);
  const app = await createServer({
    name: 'till',
    log,
    openapi: { title: 'Till', version: '1' },
    readiness: {
      till: async () => void (await deps.till.query('select 1')),
      identity: async () => void (await identity.query('select 1')),
    },
  });

  await app.register(signInRoutes, { auth, sessions, prefix: '/api/auth' });
  await app.register(
    async (api) => {
      const scope = requireMember(api, deps, sessions);
      for (const routes of [organizationRoutes, catalogueRoutes, saleRoutes]) await routes(scope);
    },
    { prefix: '/api/v1' },
  );
  if (config.webRoot !== undefined) await serveSinglePage(app, { root: config.webRoot, notPages: ['/api/'] });

  await app.listen({ host: config.host, port: config.port });
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : config.port;
  return {
    url: `http://${config.host}:${port}`,
    async close() {
      await app.close();
      await Promise.all([closeAuth(), deps.till.close()]);
    },
  };
}

if (import.meta.main) {
  const config = tillConfig(process.env);
  const log = createLogger({ name: 'till-http', level: config.logLevel });
  const server = await startHttp(config, log);
  log.info({ url: server.url }, 'till listens');
  process.send?.({ ready: true });
  runUntilSignal({ log, close: () => server.close(), graceMs: 4_000 });
}
