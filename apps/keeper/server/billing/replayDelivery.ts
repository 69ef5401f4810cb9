import { AppError } from '@tillkeeper/platform/errors';
import { inTransaction, type KeeperContext } from '../context.ts';
import { recordAudit } from '../operators/audit.ts';
import { authorize } from '../operators/permissions.ts';

/**
 * Puts a delivery back to work that was given up, ignored or quarantined, with all attempts before it. Replaying an applied one is harmless
 * too: it only asks for another look. Throws `not_found`.
 */
export async function replayDelivery(
  ctx: KeeperContext,
  input: { readonly eventId: string },
): Promise<{ readonly replayed: boolean }> {
  authorize(ctx, 'billing.repair');
  const replayed = await inTransaction(ctx, async (tx) => {
    const [known] = await tx.keeper.query<{ state: string; reason: string | null; organization_id: string | null }>(
      'select state, reason, organization_id from stripe_deliveries where stripe_event_id = $1::text for update',
      [input.eventId],
    );
    if (known === undefined) throw new AppError('not_found', 'there is no such delivery', { eventId: input.eventId });
    if (known.state === 'received') return false;
    await tx.keeper.query(
      `update stripe_deliveries
          set state = 'received', reason = null, attempts = 0, retry_at = null, settled_machine = null, last_error = null
        where stripe_event_id = $1::text`,
      [input.eventId],
    );
    await recordAudit(tx, {
      action: 'delivery.replay',
      subjectId: input.eventId,
      ...(known.organization_id === null ? {} : { organizationId: known.organization_id }),
      details: { was: known.state, reason: known.reason },
    });
    return true;
  });
  if (replayed) await ctx.keeper.query(`select pg_notify('keeper_work', 'deliveries')`);
  return { replayed };
}
