import { mountFetchHandler } from '@tillkeeper/platform/fetchHandler';
import type { HttpServer } from '@tillkeeper/platform/http';
import type { FastifyRequest } from 'fastify';
import { openContext, type TillDeps } from '../context.ts';
import type { TillServer } from '../server.ts';
import type { MemberAuth } from './auth.ts';
import type { Sessions, SignedIn } from './session.ts';

const members = new WeakMap<FastifyRequest, SignedIn>();

/** Sign-in and sign-out, by better-auth. */
export async function signInRoutes(
  app: HttpServer,
  { auth, sessions }: { auth: MemberAuth; sessions: Sessions },
): Promise<void> {
  mountFetchHandler(app, {
    paths: ['/api/auth/sign-in/email', '/api/auth/sign-out'],
    handler: auth.handler,
    // A sign-out has ended the session by now, and a request that came meanwhile must not keep it remembered.
    onAnswer: (request) => sessions.forget(request),
    // Guessing passwords is slow work already (some 50 ms each); this makes it pointless, and still lets a mall of shops behind one address
    // open in the same minute.
    rateLimit: { max: 120, timeWindow: '1 minute' },
  });
}

/** Every route of this scope needs a signed-in member; which shops that opens is decided by row security. */
export function requireMember(scope: HttpServer, deps: TillDeps, sessions: Sessions): TillServer {
  const api: TillServer = Object.assign(scope, {
    memberOf,
    contextOf: (request: FastifyRequest) => openContext(deps, memberOf(request).userId, request.id),
  });
  api.addHook('onRequest', async (request) => {
    members.set(request, await sessions.memberOf(request));
  });
  return api;
}

function memberOf(request: FastifyRequest): SignedIn {
  const member = members.get(request);
  if (member === undefined) throw new Error('the member was asked for outside the signed-in scope');
  return member;
}
