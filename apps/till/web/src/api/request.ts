/** A refusal of the API (`application/problem+json`) or no answer at all: then the status is 0 and the code `no_answer`. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly requestId: string | undefined;

  constructor(status: number, code: string, message: string, requestId: string | undefined) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.requestId = requestId;
  }
}

const limitMs = 15_000;

/** One call, JSON in and out. Throws `ApiError`. */
export async function request<Answer>(
  url: string,
  options: { method?: 'GET' | 'POST'; body?: unknown; signal?: AbortSignal } = {},
): Promise<Answer> {
  const timeout = AbortSignal.timeout(limitMs);
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
    throw new ApiError(0, 'no_answer', 'The till’s server does not answer', undefined);
  }
  if (response.ok) return (await response.json()) as Answer;
  const problem: unknown = await response.json().catch(() => ({}));
  const fields = typeof problem === 'object' && problem !== null ? (problem as Record<string, unknown>) : {};
  const text = (key: string): string | undefined => (typeof fields[key] === 'string' ? fields[key] : undefined);
  throw new ApiError(
    response.status,
    text('code') ?? `http_${response.status}`,
    text('detail') ?? text('message') ?? response.statusText,
    text('requestId') ?? response.headers.get('x-request-id') ?? undefined,
  );
}
