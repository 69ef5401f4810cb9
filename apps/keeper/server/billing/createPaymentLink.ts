import { createHash, createHmac, randomUUIDv7 } from 'node:crypto';
import { AppError } from '@tillkeeper/platform/errors';
import type { Secret } from '@tillkeeper/platform/secret';
import { inTransaction, type KeeperContext } from '../context.ts';
import { recordAudit } from '../operators/audit.ts';
import { authorize } from '../operators/permissions.ts';

export type LinkPurpose = 'update_payment_method' | 'pay_invoice';

/** Longer than the seven days to a suspension and the mail that follows it. Stripe's own sessions end within the hour. */
const linkDays = 30;

/**
 * A link for a mail that leads to Stripe's pages for as long as 30 days (business time). Asked again by the same run for the same purpose and
 * invoice it gives the same link, valid for 30 days more, so that a repeated mail has the same bytes.
 */
export async function createPaymentLink(
  ctx: KeeperContext,
  input: {
    readonly organizationId: string;
    readonly purpose: LinkPurpose;
    readonly invoiceId?: string;
    readonly runId?: string;
  },
): Promise<{ readonly url: string }> {
  authorize(ctx, 'billing.repair');
  const made = randomUUIDv7();
  const now = ctx.clock.now();
  const id = await inTransaction(ctx, async (tx) => {
    const [row] = await tx.keeper.query<{ id: string }>(
      `insert into payment_links as kept (token_hash, id, organization_id, purpose, invoice_id, run_id, created_at, expires_at)
       values ($1::bytea, $2::uuid, $3::uuid, $4::text, $5::text, $6::uuid, $7::timestamptz, $8::timestamptz)
       on conflict (run_id, organization_id, purpose, invoice_id) where run_id is not null
         do update set expires_at = greatest(kept.expires_at, excluded.expires_at)
       returning id`,
      [
        hashOf(tokenOf(ctx.config.authSecret, made)),
        made,
        input.organizationId,
        input.purpose,
        input.invoiceId ?? null,
        input.runId ?? null,
        now.toString(),
        now.add({ hours: linkDays * 24 }).toString(),
      ],
    );
    if (row === undefined) throw new AppError('internal', 'the link was not written');
    if (row.id === made) {
      await recordAudit(tx, {
        action: 'payment_link.create',
        subjectId: made,
        organizationId: input.organizationId,
        details: { purpose: input.purpose, ...(input.invoiceId === undefined ? {} : { invoiceId: input.invoiceId }) },
      });
    }
    return row.id;
  });
  return { url: `${ctx.config.publicUrl}/pay/${tokenOf(ctx.config.authSecret, id)}` };
}

/** Made from the row's id, so that it can be made again; the database keeps its hash alone, so that a copy of it opens no page. */
function tokenOf(secret: Secret, id: string): string {
  return createHmac('sha256', secret.reveal()).update(`payment-link:${id}`).digest('base64url');
}

export function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
