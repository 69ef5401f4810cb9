import type { Actor } from '@tillkeeper/platform/actor';
import { AppError } from '@tillkeeper/platform/errors';
import { fromNodeHeaders } from 'better-auth/node';
import type { FastifyRequest } from 'fastify';
import type { KeeperDeps } from '../context.ts';
import type { OperatorAuth } from './auth.ts';
import { tokenHash } from './createApiToken.ts';

export interface Caller {
  readonly actor: Actor;
  /** `set-cookie` headers of a session that was prolonged. */
  readonly cookies: readonly string[];
}

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Who sends this request: a bearer token's holder or a signed-in operator. With `prolong` a session that is in use goes on for longer, which
 * the browser learns from `cookies`. Throws `unauthenticated`, and `forbidden` for a write that a foreign page sends with an operator's cookie.
 */
export async function authenticate(
  deps: KeeperDeps,
  auth: OperatorAuth,
  request: FastifyRequest,
  { prolong }: { readonly prolong: boolean },
): Promise<Caller> {
  const { authorization, origin } = request.headers;
  if (authorization !== undefined) return { actor: await readToken(deps, authorization), cookies: [] };
  if (!safeMethods.has(request.method) && origin !== undefined && origin !== new URL(deps.config.publicUrl).origin) {
    throw new AppError('forbidden', 'this request comes from another site', { origin });
  }
  return readSession(auth, request, prolong);
}

async function readToken(deps: KeeperDeps, authorization: string): Promise<Actor> {
  const bearer = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  if (bearer === undefined) throw new AppError('unauthenticated', 'the authorization header holds no bearer token');
  // To the minute: a script that calls often would otherwise wait for itself, each call writing the same row.
  const [token] = await deps.keeper.query<{ id: string; name: string }>(
    `with known as (
       select id, name, last_used_at from api_tokens where token_hash = $1::bytea and revoked_at is null
     ), used as (
       update api_tokens t set last_used_at = clock_timestamp()
         from known
        where t.id = known.id and (known.last_used_at is null or known.last_used_at < clock_timestamp() - interval '1 minute')
     )
     select id, name from known`,
    [tokenHash(bearer)],
  );
  if (token === undefined) throw new AppError('unauthenticated', 'this token is not known');
  return { kind: 'token', id: token.id, name: token.name };
}

async function readSession(auth: OperatorAuth, request: FastifyRequest, prolong: boolean): Promise<Caller> {
  const { response, headers } = await auth.api
    .getSession({
      headers: fromNodeHeaders(request.headers),
      query: { disableRefresh: !prolong },
      returnHeaders: true,
    })
    .catch((error: unknown) => {
      // Wrapped: what is to be seen is that the database is away, not that a session could not be read.
      throw error instanceof Error ? (error.cause ?? error) : error;
    });
  if (response === null) throw new AppError('unauthenticated', 'sign in first');
  return {
    actor: { kind: 'operator', id: response.user.id, name: response.user.name },
    cookies: headers.getSetCookie(),
  };
}
