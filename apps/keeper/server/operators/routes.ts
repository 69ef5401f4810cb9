import type { Actor } from '@tillkeeper/platform/actor';
import { AppError } from '@tillkeeper/platform/errors';
import { mountFetchHandler } from '@tillkeeper/platform/fetchHandler';
import type { HttpServer } from '@tillkeeper/platform/http';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { type KeeperDeps, openContext } from '../context.ts';
import type { KeeperServer } from '../server.ts';
import { oneOf } from '../shapes.ts';
import type { OperatorAuth } from './auth.ts';
import { authenticate } from './authenticate.ts';

const actors = new WeakMap<FastifyRequest, Actor>();

/** All that is open of better-auth's routes. Others would let operators rename themselves, and their name stands in every audit row. */
const offered = ['/api/auth/sign-in/email', '/api/auth/sign-out'];

/** Sign-in and sign-out, by better-auth. */
export async function signInRoutes(app: HttpServer, { auth }: { auth: OperatorAuth }): Promise<void> {
  mountFetchHandler(app, {
    paths: offered,
    handler: auth.handler,
    // Guessing passwords is slow work already; this makes it pointless.
    rateLimit: { max: 30, timeWindow: '1 minute' },
  });
}

const Me = Type.Object({ kind: oneOf(['operator', 'token']), id: Type.String(), name: Type.String() });

/** Every route of this scope needs a person or a token; `contextOf` then gives the verbs' context with one business instant. */
export function requireOperator(scope: HttpServer, deps: KeeperDeps, auth: OperatorAuth): KeeperServer {
  const api: KeeperServer = Object.assign(scope, {
    contextOf: (request: FastifyRequest) => openContext(deps, actorOf(request), request.id),
    async isStillSignedIn(request: FastifyRequest) {
      try {
        // Not prolonged: an answer under way has no way to tell the browser.
        await authenticate(deps, auth, request, { prolong: false });
        return true;
      } catch (error) {
        if (isUnauthenticated(error)) return false;
        throw error;
      }
    },
  });
  api.addHook('onRequest', async (request, reply) => {
    const { actor, cookies } = await authenticate(deps, auth, request, { prolong: true }).catch((error: unknown) => {
      // HTTP asks for it on every 401.
      if (isUnauthenticated(error)) reply.header('www-authenticate', 'Bearer');
      throw error;
    });
    for (const cookie of cookies) reply.header('set-cookie', cookie);
    actors.set(request, actor);
  });
  api.get(
    '/me',
    { schema: { tags: ['operators'], summary: 'Who is signed in', response: { 200: Me } } },
    async (request) => {
      const actor = actorOf(request);
      if (actor.kind !== 'operator' && actor.kind !== 'token') throw new Error(`a ${actor.kind} cannot send requests`);
      return { kind: actor.kind, id: actor.id, name: actor.name };
    },
  );
  return api;
}

function isUnauthenticated(error: unknown): boolean {
  return error instanceof AppError && error.code === 'unauthenticated';
}

function actorOf(request: FastifyRequest): Actor {
  const actor = actors.get(request);
  if (actor === undefined) throw new Error('contextOf was asked outside the authenticated scope');
  return actor;
}
