import { createServer, type HttpServer } from '@tillkeeper/platform/http';
import type { Logger } from '@tillkeeper/platform/log';
import { serveSinglePage } from '@tillkeeper/platform/singlePage';
import { pageRoutes } from './billing/pageRoutes.ts';
import { billingRoutes } from './billing/routes.ts';
import { webhookRoutes } from './billing/webhookRoutes.ts';
import type { KeeperConfig } from './config.ts';
import { closeDeps, type KeeperDeps, openDeps } from './context.ts';
import { collectMetrics } from './engine/metrics.ts';
import { engineRoutes, environmentRoutes } from './engine/routes.ts';
import { streamRoutes } from './engine/stream.ts';
import { incidentRoutes } from './incidents/routes.ts';
import { messageRoutes } from './messages/routes.ts';
import { type OperatorAuth, openOperatorAuth } from './operators/auth.ts';
import { requireOperator, signInRoutes } from './operators/routes.ts';
import { organizationRoutes } from './organizations/routes.ts';
import { runProcess } from './runProcess.ts';

export interface KeeperHttp {
  /** Where it listens, as http://host:port. */
  readonly url: string;
  close(): Promise<void>;
}

/** Keeper's server: Stripe's deliveries, the API, operators' sign-in and the console's files. Stateless; start as many as the load wants. */
export async function startHttp(config: KeeperConfig, log: Logger): Promise<KeeperHttp> {
  const deps = openDeps(config, log, 'keeper-http');
  const { auth, close: closeAuth } = openOperatorAuth(config, log);
  const stopMetrics = collectMetrics(deps);
  const app = await createServer({
    name: 'keeper',
    log,
    openapi: { title: 'Keeper', version: '1' },
    // Not the operated database: while it is down, Keeper has to be reached more than ever. `keeper_database_up` tells of it.
    readiness: { keeper: async () => void (await deps.keeper.query('select 1')) },
    ...(config.trustedProxies === undefined ? {} : { trustProxy: [...config.trustedProxies] }),
    // The sandbox's clock and faults are moved from the console; production has no such address.
    csp: { connectSrc: config.sandboxUrl === undefined ? [] : [new URL(config.sandboxUrl).origin] },
  });
  const close = async (): Promise<void> => {
    await app.close();
    stopMetrics();
    await Promise.all([closeAuth(), closeDeps(deps)]);
  };
  try {
    await addRoutes(app, deps, auth);
    await app.listen({ host: config.host, port: config.port });
  } catch (error) {
    await close();
    throw error;
  }
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : config.port;
  return { url: `http://${config.host}:${port}`, close };
}

async function addRoutes(app: HttpServer, deps: KeeperDeps, auth: OperatorAuth): Promise<void> {
  await app.register(webhookRoutes, { deps });
  await app.register(pageRoutes, { deps });
  await app.register(signInRoutes, { auth, prefix: '/api/auth' });
  await app.register(environmentRoutes, { deps, prefix: '/api/v1' });
  await app.register(
    async (api) => {
      const scope = requireOperator(api, deps, auth);
      for (const routes of [incidentRoutes, organizationRoutes, messageRoutes, billingRoutes, engineRoutes])
        await routes(scope);
      await streamRoutes(scope, { deps });
    },
    { prefix: '/api/v1' },
  );
  if (deps.config.webRoot !== undefined) {
    await serveSinglePage(app, { root: deps.config.webRoot, notPages: ['/api/', '/webhooks/', '/pay/'] });
  }
}

if (import.meta.main) {
  await runProcess('keeper-http', process.env, async (config, log) => {
    const server = await startHttp(config, log);
    log.info({ url: server.url }, 'keeper listens');
    return () => server.close();
  });
}
