/** A refusal or failure of the API: `application/problem+json`, or no answer at all (status 0). `fields` are what else the problem carries. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly requestId: string | undefined;
  readonly fields: Record<string, unknown>;
  readonly at = Date.now();

  constructor(
    status: number,
    code: string,
    message: string,
    requestId: string | undefined,
    fields: Record<string, unknown>,
  ) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.requestId = requestId;
    this.fields = fields;
  }
}

const limitMs = 15_000;

async function problemOf(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => ({}));
  const fields = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  const text = (key: string): string | undefined => (typeof fields[key] === 'string' ? fields[key] : undefined);
  return new ApiError(
    response.status,
    text('code') ?? `http_${response.status}`,
    text('detail') ?? text('title') ?? text('message') ?? response.statusText,
    text('requestId') ?? response.headers.get('x-request-id') ?? undefined,
    fields,
  );
}

interface RequestOptions {
  method?: 'GET' | 'POST';
  body?: unknown;
  signal?: AbortSignal | undefined;
  /** How long to wait for the answer, in milliseconds; 15 s when left out. */
  within?: number;
}

/** One call, JSON in and out. Throws `ApiError`; a call that gets no answer in time has the code `no_answer`. */
export async function request<Answer>(url: string, options: RequestOptions = {}): Promise<Answer> {
  const timeout = AbortSignal.timeout(options.within ?? limitMs);
  let response: Response;
  try {
    response = await fetch(url, {
      method: options.method ?? 'GET',
      headers: {
        accept: 'application/json',
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      signal: options.signal ? AbortSignal.any([options.signal, timeout]) : timeout,
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError(0, 'no_answer', 'Keeper does not answer', undefined, {});
  }
  if (!response.ok) throw await problemOf(response);
  return (response.status === 204 ? undefined : await response.json()) as Answer;
}

/** `?a=1&b=2` of what is set. */
export function queryString(values: Record<string, string | number | undefined>): string {
  const set = Object.entries(values).filter(
    (entry): entry is [string, string | number] => entry[1] !== undefined && entry[1] !== '',
  );
  return set.length === 0 ? '' : `?${new URLSearchParams(set.map(([key, value]) => [key, String(value)]))}`;
}
