import { AppError } from '@tillkeeper/platform/errors';
import { type Comparison, compareWithStripe } from '../../billing/compareWithStripe.ts';
import { readDrift, readGapSlice, readRecentGaps, readSyncTrigger } from '../../detection/readSyncState.ts';
import { describeSync } from '../../detection/subscriptionSync.ts';
import type { Step } from '../playbook.ts';

/** Rows shown as evidence at most; the count is always of all. */
const shownAtMost = 100;

export const checkTriggerAndDrift: Step = {
  name: 'check-trigger-and-drift',
  title: 'Check trigger and drift',
  phase: 'detect',
  kind: 'automatic',
  async execute({ ctx }) {
    const trigger = await readSyncTrigger(ctx);
    const drift = await readDrift(ctx);
    const gaps = await readRecentGaps(ctx);
    const summary =
      describeSync(trigger, drift, gaps)?.summary ?? 'Trigger enabled, nothing drifts, no delivery without its row';
    return { kind: 'done', evidence: { summary, trigger, drifted: drift.length, missing: gaps.length } };
  },
};

export const findCause: Step = {
  name: 'find-cause',
  title: 'Find the cause',
  phase: 'assess',
  kind: 'automatic',
  async execute({ ctx, incident }) {
    const trigger = await readSyncTrigger(ctx);
    const recent = await ctx.till.query<{ type: string; count: number; last: Temporal.Instant }>(
      `select e.type, count(*)::integer as count, max(e.applied_at) as last
         from organizations o
         join subscription_events e on e.organization_id = o.id and e.applied_at > ops.now() - interval '1 hour'
        where o.id = any ($1::uuid[])
        group by e.type order by count(*) desc`,
      [incident.organizationIds],
    );
    const events = recent.reduce((sum, { count }) => sum + count, 0);
    const cause = !trigger.present
      ? 'The sync trigger was dropped'
      : trigger.changed
        ? `The sync trigger, its function or its rule was changed: ${trigger.definitionHash} instead of ${trigger.knownHash ?? 'a known hash'}`
        : trigger.enabled
          ? 'The trigger is enabled and unchanged: rows were written behind its back'
          : 'The sync trigger was disabled';
    return {
      kind: 'done',
      evidence: {
        summary: `${cause}. ${events} events of these organizations were applied within the hour`,
        trigger,
        recentEvents: recent,
      },
    };
  },
};

export const compareHere: Step = {
  name: 'compare-here',
  title: 'Compare here',
  phase: 'assess',
  kind: 'automatic',
  async execute({ ctx }) {
    const drift = await readDrift(ctx);
    const [counted] = await ctx.till.query<{ count: number }>('select count(*)::integer as count from organizations');
    const fields = drift.reduce(
      (sum, row) => sum + Number(row.planHere !== row.planExpected) + Number(row.statusHere !== row.statusExpected),
      0,
    );
    return {
      kind: 'done',
      evidence: {
        summary: `${counted?.count ?? 0} organizations compared, ${drift.length} differ in ${fields} fields`,
        drifted: drift.length,
        drift: drift.slice(0, shownAtMost),
      },
    };
  },
};

/** The organizations whose subscription rows are not what Stripe says. */
export function differingFromStripe(comparisons: readonly Comparison[]): Comparison[] {
  return comparisons.filter(({ fields }) => fields.some(({ stripe, subscriptionRow }) => stripe !== subscriptionRow));
}

export const compareStripe: Step = {
  name: 'compare-with-stripe',
  title: 'Compare with Stripe',
  phase: 'assess',
  kind: 'automatic',
  async execute({ ctx, incident }) {
    try {
      const comparisons = await compareWithStripe(ctx, incident.organizationIds);
      const differing = differingFromStripe(comparisons);
      return {
        kind: 'done',
        evidence: {
          summary: `Stripe agrees with organization_subscriptions in ${comparisons.length - differing.length} of ${comparisons.length} organizations`,
          differing: differing.slice(0, shownAtMost).map(({ organizationId, fields }) => ({
            organizationId,
            fields: fields.filter(({ stripe, subscriptionRow }) => stripe !== subscriptionRow),
          })),
        },
      };
    } catch (error) {
      // An outage at Stripe must not keep the trigger disabled: what is not known is said, and asked again before anything is written.
      if (!(error instanceof AppError) || (error.code !== 'upstream_failed' && error.code !== 'upstream_timeout'))
        throw error;
      return { kind: 'done', evidence: { summary: `Not known: ${error.message}` } };
    }
  },
};

/** What the detector would find over all deliveries, not only over the next slice. */
export async function readAllGaps(ctx: Parameters<typeof readGapSlice>[0]) {
  const all = await readRecentGaps(ctx);
  for (let cursor: string | null = null; cursor !== ''; ) {
    const slice = await readGapSlice(ctx, cursor);
    all.push(...slice.gaps);
    cursor = slice.cursor;
  }
  return [...new Map(all.map((gap) => [gap.eventId, gap])).values()];
}
