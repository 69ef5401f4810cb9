import { AppError } from '@tillkeeper/platform/errors';
import type { KeeperContext } from '../context.ts';
import { authorize } from '../operators/permissions.ts';

export const deliveryStates = ['received', 'applied', 'ignored', 'quarantined', 'dead'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

export interface DeliveryRow {
  /** Stripe's event id. */
  readonly id: string;
  readonly type: string;
  readonly state: DeliveryState;
  readonly reason: string | null;
  readonly source: 'webhook' | 'gap_fill';
  readonly organizationId: string | null;
  readonly customerId: string | null;
  readonly objectId: string | null;
  readonly eventCreatedAt: Temporal.Instant;
  readonly receivedAt: Temporal.Instant;
  readonly copies: number;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly retryAt: Temporal.Instant | null;
}

interface Filter {
  readonly state?: DeliveryState;
  readonly organizationId?: string;
  readonly limit: number;
  readonly cursor?: string;
}

/** The ledger of deliveries, newest first. Throws `invalid_input` for a cursor that no page gave. */
export async function listDeliveries(
  ctx: KeeperContext,
  filter: Filter,
): Promise<{ items: DeliveryRow[]; nextCursor: string | null }> {
  authorize(ctx, 'billing.read');
  const after = filter.cursor === undefined ? undefined : parseCursor(filter.cursor);
  const rows = await ctx.keeper.query<DeliveryRow & { at: Temporal.Instant }>(
    `select stripe_event_id as id, type, state, reason, source, organization_id as "organizationId", customer_id as "customerId",
            object_id as "objectId", event_created_at as "eventCreatedAt", received_at as "receivedAt", copies, attempts,
            last_error as "lastError", retry_at as "retryAt", received_machine as at
       from stripe_deliveries
      where ($1::text is null or state = $1::text)
        and ($2::uuid is null or organization_id = $2::uuid)
        and ($3::timestamptz is null or (received_machine, stripe_event_id) < ($3::timestamptz, $4::text))
      order by received_machine desc, stripe_event_id desc
      limit $5::integer`,
    [filter.state ?? null, filter.organizationId ?? null, after?.at ?? null, after?.id ?? null, filter.limit + 1],
  );
  const page = rows.slice(0, filter.limit);
  const last = rows.length > filter.limit ? page.at(-1) : undefined;
  return {
    items: page.map(({ at: _, ...row }) => row),
    nextCursor:
      last === undefined ? null : Buffer.from(JSON.stringify([last.at.toString(), last.id])).toString('base64url'),
  };
}

function parseCursor(cursor: string): { at: string; id: string } {
  try {
    const [at, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as [unknown, unknown];
    if (typeof at === 'string' && typeof id === 'string') return { at: Temporal.Instant.from(at).toString(), id };
  } catch {
    // Answered below, like every other text that no page gave.
  }
  throw new AppError('invalid_input', 'the cursor is not one that a page gave', { field: 'cursor' });
}
