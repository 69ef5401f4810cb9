import { randomUUIDv7 } from 'node:crypto';
import { AppError } from '@tillkeeper/platform/errors';
import type { KeeperContext } from '../context.ts';
import { authorize } from '../operators/permissions.ts';
import { claimDeliveriesOf } from './deliveryQueries.ts';
import { outsideTransaction } from './outsideTransaction.ts';
import { workOff } from './processDeliveries.ts';
import type { ReadPriority } from './readBudget.ts';
import type { RefreshCause, RefreshOutcome } from './refreshUnderLease.ts';

/**
 * Reads these organizations from Stripe now and applies what comes, each under its lease. Deliveries that wait for them, also those put off
 * after a failure, are answered by the same read. One outcome per organization, in no order: `busy` means that somebody else reads it at
 * this moment; without a Stripe customer there is nothing to read (`unchanged`).
 */
export async function refreshOrganizations(
  ctx: KeeperContext,
  input: { readonly organizationIds: readonly string[]; readonly cause: RefreshCause; readonly priority: ReadPriority },
): Promise<RefreshOutcome[]> {
  authorize(ctx, 'billing.repair');
  const outside = outsideTransaction(ctx);
  const rows = await ctx.till.query<{ id: string; stripe_customer_id: string | null }>(
    `select o.id, c.stripe_customer_id
       from organizations o
       left join stripe_customers c on c.organization_id = o.id
      where o.id = any ($1::uuid[])`,
    [input.organizationIds],
  );
  const customers = new Map(rows.map((row) => [row.id, row.stripe_customer_id]));
  const outcomes: RefreshOutcome[] = [];
  const targets: { organizationId: string; customerId: string }[] = [];
  for (const organizationId of new Set(input.organizationIds)) {
    const customerId = customers.get(organizationId);
    if (customerId === undefined) {
      outcomes.push({
        organizationId,
        outcome: 'failed',
        error: new AppError('not_found', 'there is no such organization', { organizationId }),
      });
    } else if (customerId === null) outcomes.push({ organizationId, outcome: 'unchanged' });
    else targets.push({ organizationId, customerId });
  }
  if (targets.length === 0) return outcomes;

  const holder = randomUUIDv7();
  const claimed = await claimDeliveriesOf(
    outside.keeper,
    holder,
    targets.map((target) => target.customerId),
  );
  await workOff(outside, claimed, targets, {
    holder,
    cause: input.cause,
    priority: input.priority,
    onOutcomes: (some) => void outcomes.push(...some),
  });
  return outcomes;
}
