import { AppError } from '@tillkeeper/platform/errors';
import type { KeeperContext } from '../context.ts';
import { authorize } from '../operators/permissions.ts';

export const messageStates = [
  'planned',
  'held',
  'sending',
  'accepted',
  'unknown',
  'failed',
  'delivered',
  'bounced',
  'skipped',
] as const;
export type MessageState = (typeof messageStates)[number];

export interface MessageRow {
  readonly id: string;
  readonly template: string;
  readonly to: string;
  readonly subject: string | null;
  readonly state: MessageState;
  readonly at: Temporal.Instant;
  readonly organizationId: string | null;
  readonly incidentId: string | null;
}

export interface MessageDetail extends MessageRow {
  readonly text: string | null;
  readonly html: string | null;
  readonly reason: string | null;
  readonly attempts: number;
  readonly secondCopy: boolean;
  readonly dueAt: Temporal.Instant;
  readonly messageId: string | null;
}

const columns = `id, template, recipient as "to", subject, state, coalesce(sent_at, due_at) as at,
  organization_id as "organizationId", incident_id as "incidentId"`;

export interface MessageFilter {
  readonly to?: string;
  readonly organizationId?: string;
  readonly incidentId?: string;
  readonly limit: number;
  /** The id of the last item of the page before. */
  readonly cursor?: string;
}

/** Newest first; ids are UUIDv7, so the id is the order and the cursor. */
export async function listMessages(
  ctx: KeeperContext,
  filter: MessageFilter,
): Promise<{ items: MessageRow[]; nextCursor: string | null }> {
  authorize(ctx, 'messages.read');
  const items = await ctx.keeper.query<MessageRow>(
    `select ${columns} from messages
      where ($1::text is null or recipient = lower($1::text))
        and ($2::uuid is null or organization_id = $2::uuid)
        and ($3::uuid is null or incident_id = $3::uuid)
        and ($4::uuid is null or id < $4::uuid)
      order by id desc limit $5::integer`,
    [
      filter.to ?? null,
      filter.organizationId ?? null,
      filter.incidentId ?? null,
      filter.cursor ?? null,
      filter.limit + 1,
    ],
  );
  const more = items.length > filter.limit;
  const page = more ? items.slice(0, filter.limit) : items;
  return { items: page, nextCursor: more ? (page.at(-1)?.id ?? null) : null };
}

/** One mail with its words. Throws `not_found`. */
export async function readMessage(ctx: KeeperContext, id: string): Promise<MessageDetail> {
  authorize(ctx, 'messages.read');
  const [message] = await ctx.keeper.query<MessageDetail>(
    `select ${columns}, body_text as text, body_html as html, reason, attempts, second_copy as "secondCopy", due_at as "dueAt",
            message_id as "messageId"
       from messages where id = $1::uuid`,
    [id],
  );
  if (message === undefined) throw new AppError('not_found', 'there is no such mail', { id });
  return message;
}
