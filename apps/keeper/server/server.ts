import type { HttpServer } from '@tillkeeper/platform/http';
import type { FastifyRequest } from 'fastify';
import type { KeeperContext } from './context.ts';

/** The authenticated scope, as every domain's routes get it. */
export type KeeperServer = HttpServer & {
  /** The verbs' context of a signed-in operator or token. */
  contextOf(request: FastifyRequest): Promise<KeeperContext>;
  /** Whether who sent this request would be let in again now; for answers that go on for hours. */
  isStillSignedIn(request: FastifyRequest): Promise<boolean>;
};
