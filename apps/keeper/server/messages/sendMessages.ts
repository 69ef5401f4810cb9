import { createHash } from 'node:crypto';
import { AppError } from '@tillkeeper/platform/errors';
import { faultPoint, isSimulatedCrash } from '@tillkeeper/platform/faults';
import type { KeeperContext } from '../context.ts';
import { inTransaction } from '../context.ts';
import { recordAudit } from '../operators/audit.ts';
import { authorize } from '../operators/permissions.ts';
import { wakeRuns } from '../playbooks/wakeRuns.ts';
import { renderMessage } from './render.ts';
import { replyAddress } from './replyAddress.ts';
import type { Mailer, SmtpOutcome } from './smtp.ts';
import { type TemplateName, templates } from './templates.ts';

interface Claimed {
  readonly id: string;
  readonly organization_id: string;
  readonly template: TemplateName;
  readonly recipient: string;
  readonly recipient_name: string | null;
  readonly class: 'service' | 'optional';
  readonly incident_id: string | null;
  readonly variables: Record<string, unknown>;
  readonly attempts: number;
  readonly second_copy: boolean;
  readonly subject: string | null;
  readonly body_text: string | null;
  readonly body_html: string | null;
  readonly message_id: string | null;
}

type Unsettled = Pick<Claimed, 'id' | 'attempts' | 'organization_id' | 'incident_id' | 'template'>;

/** A claim that was not handed over yet lapses soon; one that was outlives the longest exchange with the mail server. */
const claimSeconds = 20;
const handedOverSeconds = 60;
const mostAttempts = 10;
const noticeOfSecondCopy = 'You may have had this mail already: we could not learn whether the first copy arrived.';

/**
 * Sends the next mail that is due; says whether there was one. The order of writes is the point: the mail's words are frozen, then "handed
 * over" is committed, then SMTP is spoken to, then the outcome is committed. A crash in between leaves a row that says what nobody knows, and
 * `settleAbandoned` decides by the mail's class. One at a time, so that no claim lapses behind a slow mail before it.
 */
export async function sendNextMessage(ctx: KeeperContext, mailer: Mailer, holder: string): Promise<boolean> {
  authorize(ctx, 'messages.send');
  await settleAbandoned(ctx);
  const [message] = await ctx.keeper.query<Claimed>(
    `update messages m
        set state = 'sending', claimed_by = $1::text, attempts = attempts + 1, handed_over = null,
            claimed_until = clock_timestamp() + make_interval(secs => $2::integer)
      where id in (select id from messages
                    where state = 'planned' and due_at <= ops.now() and (retry_at is null or retry_at <= clock_timestamp())
                    order by due_at, id limit 1 for update skip locked)
     returning id, organization_id, template, recipient, recipient_name, class, incident_id, variables, attempts, second_copy,
               subject, body_text, body_html, message_id`,
    [holder, claimSeconds],
  );
  if (message === undefined) return false;
  try {
    await sendOne(ctx, mailer, message);
  } catch (error) {
    if (isSimulatedCrash(error)) throw error;
    await putBack(ctx, message, error);
  }
  return true;
}

/** A mail that cannot be rendered or checked goes to the end of its own line and holds up no other; after enough attempts a person sees it failed. */
async function putBack(ctx: KeeperContext, message: Claimed, error: unknown): Promise<void> {
  ctx.log.error({ err: error, messageId: message.id }, 'mail not sent');
  const reason = error instanceof Error ? error.message : String(error);
  const ours = error instanceof AppError && error.code === 'unavailable';
  const [handedOver] = await ctx.keeper.query(
    'select 1 from messages where id = $1::uuid and handed_over is not null',
    [message.id],
  );
  if (handedOver !== undefined) return settleUnknown(ctx, message, reason);
  if (message.attempts >= mostAttempts && !ours) return settle(ctx, message, 'failed', reason);
  return retryLater(ctx, message, reason);
}

async function sendOne(ctx: KeeperContext, mailer: Mailer, message: Claimed): Promise<void> {
  const untrue = await noLongerTrue(ctx, message);
  if (untrue !== undefined) return settle(ctx, message, 'skipped', untrue);
  const mail = await freeze(ctx, message);
  const { length } = await ctx.keeper.query(
    `update messages set handed_over = clock_timestamp(), claimed_until = clock_timestamp() + make_interval(secs => $3::integer)
      where id = $1::uuid and state = 'sending' and attempts = $2::integer returning id`,
    [message.id, message.attempts, handedOverSeconds],
  );
  if (length === 0) return; // another worker took it over while we were slow
  await faultPoint('messages.before-send');
  const outcome = await mailer({
    ...mail,
    to: { address: message.recipient, name: message.recipient_name ?? '' },
    replyTo: replyAddress(ctx.config, message.id),
  });
  await faultPoint('messages.after-send');
  await conclude(ctx, message, outcome);
}

/** Why the mail should not go out any more, or undefined. A trial or payment mail to who has paid meanwhile is the commonest real bug. */
async function noLongerTrue(ctx: KeeperContext, message: Claimed): Promise<string | undefined> {
  const [late] = await ctx.keeper.query('select 1 from messages where id = $1::uuid and not_after < ops.now()', [
    message.id,
  ]);
  if (late !== undefined) return 'too late to be true';
  if (templates[message.template].onlyWhile === 'always') return undefined;
  // Not the mirrored column: while that drifts, it would keep a true mail back.
  const [effective] = await ctx.till.query<{ status: string }>(
    'select status from billing.effective_subscriptions where organization_id = $1::uuid',
    [message.organization_id],
  );
  return ['past_due', 'unpaid', 'incomplete'].includes(effective?.status ?? '')
    ? undefined
    : 'nothing is open any more';
}

/** Renders at the first attempt and keeps the words: every retry sends the same. A marked second copy alone differs, by its first line. */
async function freeze(ctx: KeeperContext, message: Claimed) {
  const messageId = message.message_id ?? `<${message.id}@${ctx.config.mailReplyDomain}>`;
  if (message.subject !== null && message.body_text !== null && message.body_html !== null) {
    return { messageId, subject: message.subject, text: message.body_text, html: message.body_html };
  }
  const shop = String(message.variables.shop ?? 'a shop');
  const rendered = renderMessage(message.template, message.variables, {
    why: `Sent because you own ${shop}. ${message.class === 'service' ? 'Mails about payments and incidents cannot be switched off while a subscription runs.' : ''}`.trim(),
    ...(message.second_copy ? { notice: noticeOfSecondCopy } : {}),
  });
  const digest = createHash('sha256').update(JSON.stringify(rendered)).digest();
  await ctx.keeper.query(
    `update messages set subject = $2::text, body_text = $3::text, body_html = $4::text, body_hash = $5::bytea, message_id = $6::text
      where id = $1::uuid`,
    [message.id, rendered.subject, rendered.text, rendered.html, digest, messageId],
  );
  return { messageId, ...rendered };
}

async function conclude(ctx: KeeperContext, message: Claimed, outcome: SmtpOutcome): Promise<void> {
  if (outcome.kind === 'accepted') return settle(ctx, message, 'accepted', outcome.response);
  if (outcome.kind === 'refused') return settle(ctx, message, 'failed', outcome.response);
  if (outcome.kind === 'unknown') return settleUnknown(ctx, message, outcome.response);
  if (message.attempts >= mostAttempts)
    return settle(ctx, message, 'failed', `gave up after ${message.attempts} attempts: ${outcome.response}`);
  return retryLater(ctx, message, outcome.response);
}

async function retryLater(ctx: KeeperContext, message: Claimed, reason: string): Promise<void> {
  await ctx.keeper.query(
    `update messages set state = 'planned', handed_over = null, claimed_until = null, reason = $3::text,
            retry_at = clock_timestamp() + make_interval(secs => least(2 ^ attempts, 900))
      where id = $1::uuid and state = 'sending' and attempts = $2::integer`,
    [message.id, message.attempts, reason],
  );
}

/** A service mail whose fate nobody knows goes out once more, marked, with the same Message-ID; an optional one does not. */
async function settleUnknown(
  ctx: KeeperContext,
  message: Unsettled & Pick<Claimed, 'class' | 'second_copy'>,
  reason: string,
): Promise<void> {
  if (message.class === 'optional' || message.second_copy) return settle(ctx, message, 'unknown', reason);
  await ctx.keeper.query(
    `update messages set state = 'planned', second_copy = true, handed_over = null, claimed_until = null,
            subject = null, body_text = null, body_html = null, reason = $3::text, retry_at = clock_timestamp()
      where id = $1::uuid and state = 'sending' and attempts = $2::integer`,
    [message.id, message.attempts, reason],
  );
}

/** Rows that a dead worker left in `sending`: before the hand-over nothing was sent, after it nobody knows. */
async function settleAbandoned(ctx: KeeperContext): Promise<void> {
  await ctx.keeper.query(
    `update messages set state = 'planned', claimed_until = null
      where state = 'sending' and claimed_until < clock_timestamp() and handed_over is null`,
  );
  const unknown = await ctx.keeper.query<Claimed>(
    `update messages set claimed_until = clock_timestamp() + make_interval(secs => $1::integer)
      where id in (select id from messages
                    where state = 'sending' and claimed_until < clock_timestamp() and handed_over is not null
                    limit 50 for update skip locked)
     returning id, attempts, class, second_copy, organization_id, incident_id, template`,
    [claimSeconds],
  );
  for (const message of unknown)
    await settleUnknown(ctx, message, 'the sender stopped before the mail server answered');
}

async function settle(
  ctx: KeeperContext,
  message: Unsettled,
  state: 'accepted' | 'failed' | 'unknown' | 'skipped',
  reason: string,
): Promise<void> {
  await inTransaction(ctx, async (tx) => {
    const settled = await tx.keeper.query(
      `update messages set state = $2::text, reason = $3::text, claimed_until = null,
              sent_at = case when $2::text = 'accepted' then ops.now() end
        where id = $1::uuid and state = 'sending' and attempts = $4::integer returning id`,
      [message.id, state, reason, message.attempts],
    );
    if (settled.length === 0) return;
    await recordAudit(tx, {
      action: `message.${state}`,
      subjectId: message.id,
      organizationId: message.organization_id,
      details: { template: message.template, reason },
    });
    if (message.incident_id !== null)
      await wakeRuns(tx, { incidentId: message.incident_id, reason: `mail ${message.template} ${state}` });
  });
}
