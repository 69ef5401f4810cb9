/** An answer of Till's API that is no success. */
export interface TillRefusal {
  readonly status: number;
  /** `read_only`, `limit_exceeded`, … */
  readonly code: string;
}

export type TillAnswer<T> = { readonly ok: true; readonly body: T } | ({ readonly ok: false } & TillRefusal);

export interface TillClient {
  get<T>(path: string): Promise<TillAnswer<T>>;
  post<T>(path: string, body: unknown): Promise<TillAnswer<T>>;
}

/**
 * Till's HTTP API as one signed-in person: signs in at the first call and again when the session has ended. Throws if Till cannot be reached
 * or answers with a server's error.
 */
export function newTillClient(options: {
  tillUrl: string;
  email: string;
  password: string;
  signal: AbortSignal;
}): TillClient {
  const { tillUrl, email, password, signal } = options;
  let cookie: string | undefined;

  function request(path: string, init: RequestInit): Promise<Response> {
    const headers = {
      'content-type': 'application/json',
      origin: tillUrl,
      ...(cookie === undefined ? {} : { cookie }),
    };
    const limit = AbortSignal.any([signal, AbortSignal.timeout(15_000)]);
    return fetch(tillUrl + path, { ...init, headers, signal: limit });
  }

  async function signIn(): Promise<void> {
    cookie = undefined;
    const answer = await request('/api/auth/sign-in/email', {
      method: 'POST',
      body: JSON.stringify({ email, password }),
    });
    await answer.body?.cancel();
    if (!answer.ok) throw new Error(`sign-in of ${email} answered ${answer.status}`);
    cookie = answer.headers
      .getSetCookie()
      .map((line) => line.split(';', 1)[0])
      .join('; ');
  }

  async function call<T>(path: string, init: RequestInit): Promise<TillAnswer<T>> {
    if (cookie === undefined) await signIn();
    let answer = await request(path, init);
    if (answer.status === 401) {
      await answer.body?.cancel();
      await signIn();
      answer = await request(path, init);
    }
    if (answer.status >= 500) throw new Error(`Till answered ${answer.status}`);
    const body = (await answer.json()) as T & { code?: string };
    return answer.ok ? { ok: true, body } : { ok: false, status: answer.status, code: body.code ?? '' };
  }

  return {
    get: (path) => call(path, { method: 'GET' }),
    post: (path, body) => call(path, { method: 'POST', body: JSON.stringify(body) }),
  };
}
