import { AppError } from '@tillkeeper/platform/errors';
import { inTransaction, type KeeperContext } from '../context.ts';
import { recordAudit } from '../operators/audit.ts';
import { authorize } from '../operators/permissions.ts';
import { type ComparedField, compareWithStripe } from './compareWithStripe.ts';
import { refreshOrganizations } from './refreshOrganizations.ts';

const pageSize = 200;
/** More drift than this is no drift but a wrong key or a broken mirror: nothing is repaired before a person has looked. */
const stopAbove = { organizations: 20, share: 0.25 };

export interface Drifted {
  readonly organizationId: string;
  /** Only those that differed. */
  readonly fields: readonly ComparedField[];
  /** Whether a second compare after the refetch found everything equal. */
  readonly healed: boolean;
}

export interface Reconciliation {
  readonly compared: number;
  readonly drifted: readonly Drifted[];
  readonly refreshed: number;
  /** So much differed that nothing was refetched. */
  readonly stopped: boolean;
}

/**
 * Compares one organization, or every one that Stripe knows, and refetches those that differ. What stays different afterwards is not ours to
 * refetch: the sync trigger is off, or a row was changed behind its back. Errors as `compareWithStripe`, and `not_found`.
 */
export async function reconcile(
  ctx: KeeperContext,
  input: { readonly organizationId?: string },
): Promise<Reconciliation> {
  authorize(ctx, 'billing.repair');
  let compared = 0;
  const differing = new Map<string, readonly ComparedField[]>();
  for await (const ids of pages(ctx, input.organizationId)) {
    const page = await compareWithStripe(ctx, ids);
    compared += page.length;
    for (const one of page)
      if (!one.equal)
        differing.set(
          one.organizationId,
          one.fields.filter((field) => field.differs),
        );
  }
  if (input.organizationId !== undefined && compared === 0) {
    throw new AppError('not_found', 'there is no such organization', { organizationId: input.organizationId });
  }

  const ids = [...differing.keys()];
  const stopped = ids.length > Math.max(stopAbove.organizations, compared * stopAbove.share);
  const outcomes =
    stopped || ids.length === 0
      ? []
      : await refreshOrganizations(ctx, {
          organizationIds: ids,
          cause: { kind: 'reconcile' },
          priority: ids.length === 1 ? 'high' : 'low',
        });
  const refreshed = outcomes
    .filter(({ outcome }) => outcome === 'applied' || outcome === 'unchanged')
    .map((one) => one.organizationId);
  const healed = new Set(
    (await compareWithStripe(ctx, refreshed)).filter((one) => one.equal).map((one) => one.organizationId),
  );

  await inTransaction(ctx, (tx) =>
    recordAudit(tx, {
      action: 'billing.reconcile',
      subjectId: input.organizationId ?? 'all',
      ...(input.organizationId === undefined ? {} : { organizationId: input.organizationId }),
      details: { compared, drifted: ids, refreshed: refreshed.length, healed: healed.size, stopped },
    }),
  );
  const drifted = [...differing].map(([organizationId, fields]) => ({
    organizationId,
    fields,
    healed: healed.has(organizationId),
  }));
  return { compared, drifted, refreshed: refreshed.length, stopped };
}

async function* pages(ctx: KeeperContext, only: string | undefined): AsyncGenerator<string[]> {
  if (only !== undefined) {
    yield [only];
    return;
  }
  for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
    const rows = await ctx.till.query<{ organization_id: string }>(
      'select organization_id from stripe_customers where organization_id > $1::uuid order by organization_id limit $2::integer',
      [after, pageSize],
    );
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows.map((row) => row.organization_id);
    after = last.organization_id;
  }
}
