import { AppError } from '@tillkeeper/platform/errors';
import { fromNodeHeaders } from 'better-auth/node';
import type { FastifyRequest } from 'fastify';
import type { MemberAuth } from './auth.ts';

export interface SignedIn {
  readonly userId: string;
  readonly name: string;
  readonly email: string;
}

export interface Sessions {
  /** Who sends this request. Throws `unauthenticated`, and `forbidden` for a write that a foreign page sends with a member's cookie. */
  memberOf(request: FastifyRequest): Promise<SignedIn>;
  /** Forgets a signed-out browser at once. */
  forget(request: FastifyRequest): void;
}

// A register sends a sale every few seconds; asking the database for the session each time costs two waits more than the sale itself. A session
// that is ended elsewhere opens doors here for at most this long, and a revoked membership not at all: row security reads it every time.
const rememberedMs = 10_000;
const most = 20_000;
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Sessions by better-auth's signed cookie, remembered for ten seconds of machine time by the whole cookie. */
export function openSessions(auth: MemberAuth, publicUrl: string): Sessions {
  const remembered = new Map<string, { readonly member: SignedIn; readonly until: number }>();
  const ownOrigin = new URL(publicUrl).origin;

  async function read(request: FastifyRequest): Promise<SignedIn> {
    const key = sessionCookie(request);
    const known = key === undefined ? undefined : remembered.get(key);
    if (known !== undefined && known.until > performance.now()) return known.member;
    const session = await auth.api.getSession({ headers: fromNodeHeaders(request.headers) });
    if (session === null) {
      if (key !== undefined) remembered.delete(key);
      throw new AppError('unauthenticated', 'sign in first');
    }
    const member = { userId: session.user.id, name: session.user.name, email: session.user.email };
    if (key !== undefined) {
      if (remembered.size >= most) remembered.clear();
      remembered.set(key, { member, until: performance.now() + rememberedMs });
    }
    return member;
  }

  return {
    async memberOf(request) {
      const { origin } = request.headers;
      if (!safeMethods.has(request.method) && origin !== undefined && origin !== ownOrigin) {
        throw new AppError('forbidden', 'this request comes from another site', { origin });
      }
      return read(request);
    },
    forget(request) {
      const key = sessionCookie(request);
      if (key !== undefined) remembered.delete(key);
    },
  };
}

/** The signed session token as the browser sent it; undefined without one. */
function sessionCookie(request: FastifyRequest): string | undefined {
  return /(?:^|;\s*)(?:__Secure-)?till\.session_token=([^;]+)/.exec(request.headers.cookie ?? '')?.[1];
}
