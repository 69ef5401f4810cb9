import type { Database } from '@tillkeeper/platform/database';
import { AppError } from '@tillkeeper/platform/errors';
import type { Logger } from '@tillkeeper/platform/log';
import Stripe from 'stripe';
import type { DB as KeeperDB } from '../../database/types.generated.ts';
import type { KeeperConfig } from '../config.ts';
import { createReadBudget, type ReadPriority } from './readBudget.ts';

/**
 * The version whose shapes this code reads. The webhook endpoint must be made with the same one; others go to quarantine. Written out: were it
 * the library's own, its next release would put every delivery into quarantine. The type refuses a release that speaks another.
 */
export const stripeApiVersion: typeof Stripe.API_VERSION = '2026-10-28.endive';

/** Attempts that end without an answer; Stripe's own client would wait 80 s, which is longer than any lease of ours. */
const timeoutMs = 10_000;
/** How long nothing is read after a 429. The client does not retry those by itself. */
const pauseAfterRateLimitMs = 1_000;

export interface StripeClient {
  readonly api: Stripe;
  /**
   * One read under the budget. `operation` names it in `stripe_failures`. Throws AppError: `not_found` if Stripe does not have the object,
   * `upstream_timeout` without an answer in time, `upstream_failed` otherwise, each with `status`, `stripeCode` and `organizationId`.
   */
  read<T>(
    priority: ReadPriority,
    operation: string,
    organizationId: string | undefined,
    call: () => Promise<T>,
  ): Promise<T>;
  /** One write, outside the budget. Errors as `read`, `conflict` for a reused idempotency key; a declined card stays a `StripeCardError`. */
  write<T>(operation: string, organizationId: string | undefined, call: () => Promise<T>): Promise<T>;
}

export function createStripeClient(
  config: Pick<KeeperConfig, 'stripeSecretKey' | 'stripeApiBase' | 'stripeReadsPerSecond'>,
  keeper: Database<KeeperDB>,
  log: Logger,
): StripeClient {
  const api = new Stripe(config.stripeSecretKey.reveal(), {
    apiVersion: stripeApiVersion,
    maxNetworkRetries: 1,
    timeout: timeoutMs,
    telemetry: false,
    ...addressOf(config.stripeApiBase),
  });
  const budget = createReadBudget(config.stripeReadsPerSecond);

  async function attempt<T>(operation: string, organizationId: string | undefined, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof Stripe.errors.StripeError) || error instanceof Stripe.errors.StripeCardError) throw error;
      if (error.statusCode === 429) budget.pause(pauseAfterRateLimitMs);
      if (isOutage(error)) await recordFailure(operation, organizationId, error);
      throw toAppError(operation, organizationId, error);
    }
  }

  async function recordFailure(
    operation: string,
    organizationId: string | undefined,
    error: InstanceType<typeof Stripe.errors.StripeError>,
  ): Promise<void> {
    try {
      await keeper.query(
        `insert into stripe_failures (organization_id, operation, status, code, request_id)
         values ($1::uuid, $2::text, $3::integer, $4::text, $5::text)`,
        [
          organizationId ?? null,
          operation,
          error.statusCode ?? null,
          error.code ?? error.type,
          error.requestId ?? null,
        ],
      );
    } catch (failure) {
      // The outage at Stripe is what the caller must hear about, not that we could not count it.
      log.warn({ err: failure, operation }, 'a failure at Stripe was not counted');
    }
  }

  return {
    api,
    async read(priority, operation, organizationId, call) {
      await budget.take(priority);
      return attempt(operation, organizationId, call);
    },
    write: attempt,
  };
}

function addressOf(base: string | URL | undefined): { host?: string; port?: string; protocol?: 'http' | 'https' } {
  if (base === undefined) return {};
  const { hostname, port, protocol } = new URL(base);
  const plain = protocol === 'http:';
  return { host: hostname, port: port === '' ? (plain ? '80' : '443') : port, protocol: plain ? 'http' : 'https' };
}

/** Whether this is Stripe's trouble or our key's, as opposed to a question about one object that has a wrong answer. */
function isOutage(error: InstanceType<typeof Stripe.errors.StripeError>): boolean {
  const status = error.statusCode;
  return status === undefined || status >= 500 || status === 429 || status === 401 || status === 403;
}

function toAppError(
  operation: string,
  organizationId: string | undefined,
  error: InstanceType<typeof Stripe.errors.StripeError>,
): AppError {
  const fields = {
    operation,
    ...(organizationId === undefined ? {} : { organizationId }),
    ...(error.statusCode === undefined ? {} : { status: error.statusCode }),
    ...(error.code === undefined ? {} : { stripeCode: error.code }),
    ...(error.requestId === undefined ? {} : { stripeRequestId: error.requestId }),
  };
  const options = { cause: error };
  if (error.statusCode === 404 || error.code === 'resource_missing')
    return new AppError('not_found', `Stripe has no such object: ${operation}`, fields, options);
  if (error instanceof Stripe.errors.StripeIdempotencyError)
    return new AppError('conflict', `idempotency key used before: ${operation}`, fields, options);
  if (isTimeout(error))
    return new AppError(
      'upstream_timeout',
      `Stripe did not answer within ${timeoutMs} ms: ${operation}`,
      fields,
      options,
    );
  return new AppError(
    'upstream_failed',
    `Stripe failed at ${operation}: ${error.statusCode ?? 'no answer'}`,
    fields,
    options,
  );
}

function isTimeout(error: InstanceType<typeof Stripe.errors.StripeError>): boolean {
  const { detail } = error;
  return typeof detail === 'object' && 'code' in detail && detail.code === 'ETIMEDOUT';
}
