import type { HttpServer } from '@tillkeeper/platform/http';
import type { FastifyRequest } from 'fastify';
import type { TillContext } from './context.ts';
import type { SignedIn } from './identity/session.ts';

/** The signed-in scope, as every domain's routes get it. */
export type TillServer = HttpServer & {
  /** The member who sent this request. */
  memberOf(request: FastifyRequest): SignedIn;
  /** The verbs' context of that member. */
  contextOf(request: FastifyRequest): TillContext;
};
