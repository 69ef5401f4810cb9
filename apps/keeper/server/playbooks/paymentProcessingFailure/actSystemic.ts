import { machineNow } from '@tillkeeper/platform/clock';
import { fillGaps as readMissedEvents } from '../../billing/gapFill.ts';
import { refreshOrganizations } from '../../billing/refreshOrganizations.ts';
import { replayDelivery } from '../../billing/replayDelivery.ts';
import { checkStripeHealth } from '../../billing/stripeHealth.ts';
import type { KeeperContext } from '../../context.ts';
import { affectedBy, causesOf, tellCauses } from '../../detection/stripeWebhooks.ts';
import { scheduleTimer } from '../../incidents/scheduleTimer.ts';
import { formatMoment } from '../formatDate.ts';
import type { Evidence, Step, StepRun } from '../playbook.ts';
import { deliveriesCome, lookNow } from './assessSystemic.ts';

/** P1 promises to tell customers within 24 hours. The timer leaves room for a sender that is behind. Business time. */
const noticeAfterHours = 20;
/** Machine time between two looks at an outage: as far apart as proofs, at most 5 s. */
function probeEveryMs({ config }: KeeperContext): number {
  return Math.min(5_000, Math.max(100, config.proofSpacing.total('milliseconds')));
}
/** So long nothing may come wrongly or late before the deliveries count as well: twice as long as proofs are apart, machine time. */
function calmSeconds({ config }: KeeperContext): number {
  return Math.max(1, 2 * config.proofSpacing.total('seconds'));
}
/** Business time before the opening from which Stripe's event log is read again. */
const gapMarginHours = 1;

export const planNotice: Step = {
  name: 'plan-notice',
  title: 'Plan the notice to customers',
  phase: 'act',
  kind: 'automatic',
  async execute({ incident, write }) {
    const dueAt = incident.openedAt.add({ hours: noticeAfterHours });
    await write((tx) =>
      scheduleTimer(tx, { kind: 'customer-notice', key: incident.id, dueAt, incidentId: incident.id }),
    );
    return {
      kind: 'done',
      evidence: {
        summary: `Customers whose payment is hit hear of it when it is over, at the latest on ${formatMoment(dueAt)}`,
        dueAt: dueAt.toString(),
      },
    };
  },
};

export const waitForStripe: Step = {
  name: 'wait-for-stripe',
  title: 'Wait for Stripe',
  phase: 'act',
  kind: 'automatic',
  async execute({ ctx, step }) {
    const health = await checkStripeHealth(ctx);
    if (health.reachable) {
      return {
        kind: step.state === 'waiting' ? 'done' : 'skipped',
        evidence: { summary: `Stripe answers in ${health.latencyMs} ms` },
      };
    }
    const summary = `Stripe does not serve us (${health.status ?? 'no answer'}); we ask every ${probeEveryMs(ctx) / 1_000} s`;
    return {
      kind: 'waiting',
      reason: 'Stripe',
      wakeInMs: probeEveryMs(ctx),
      evidence: { summary, status: health.status ?? null, failuresLast2Minutes: health.failuresLast2Minutes },
    };
  },
};

export const refreshAffected: Step = {
  name: 'refresh-affected',
  title: 'Read every affected organization from Stripe',
  phase: 'act',
  kind: 'automatic',
  async execute(run) {
    const { left: before } = run.step.state === 'waiting' ? run.step.evidence : {};
    const ids = Array.isArray(before) ? (before as string[]) : run.incident.organizationIds;
    const left = await refreshAll(run, ids);
    const all = run.incident.organizationIds.length;
    if (left.length === 0) return { kind: 'done', evidence: { summary: `${all} of ${all} read`, left } };
    return {
      kind: 'waiting',
      reason: 'organizations that could not be read',
      wakeInMs: probeEveryMs(run.ctx),
      evidence: {
        summary: `${all - left.length} of ${all} read, the others again in ${probeEveryMs(run.ctx) / 1_000} s`,
        left,
      },
    };
  },
};

/** Those that could not be read now. */
async function refreshAll(run: StepRun, organizationIds: readonly string[]): Promise<string[]> {
  if (organizationIds.length === 0) return [];
  const outcomes = await refreshOrganizations(run.ctx, {
    organizationIds,
    cause: { kind: 'run', runId: run.runId },
    priority: 'low',
  });
  return outcomes
    .filter(({ outcome }) => outcome === 'failed' || outcome === 'busy')
    .map(({ organizationId }) => organizationId);
}

export const fillGaps: Step = {
  name: 'fill-gaps',
  title: "Fill the gaps from Stripe's event log",
  phase: 'act',
  kind: 'automatic',
  async execute({ ctx, incident }) {
    const { read, added } = await readMissedEvents(ctx, {
      since: incident.openedAt.subtract({ hours: gapMarginHours }),
    });
    const dead = await ctx.keeper.query<{ id: string }>(
      `select stripe_event_id as id from stripe_deliveries where state = 'dead'`,
    );
    for (const { id } of dead) await replayDelivery(ctx, { eventId: id });
    const replayed = dead.length === 0 ? '' : `, ${dead.length} given up are tried again`;
    return {
      kind: 'done',
      evidence: {
        summary: `${read} events read, ${added} had not come${replayed}`,
        read,
        added,
        replayed: dead.length,
      },
    };
  },
};

export const waitForDeliveries: Step = {
  name: 'wait-for-deliveries',
  title: 'Wait for the deliveries',
  phase: 'act',
  kind: 'automatic',
  async execute(run) {
    const { ctx, incident, step } = run;
    const calmFor = calmSeconds(ctx);
    const look = await lookNow(ctx, machineNow().subtract({ milliseconds: Math.round(calmFor * 1_000) }));
    const causes = causesOf(look);
    const hit = affectedBy(look, ['api_failing', 'refused', 'late', 'undelivered']);
    const calm = causes.length === 0 && hit.length === 0;
    const missed = !(await deliveriesCome(ctx, incident));
    if (calm && !missed) {
      return {
        kind: 'done',
        evidence: { summary: `Deliveries come signed and in time, for ${calmFor} s nothing else` },
      };
    }
    // What came unbelievably or late is true at Stripe: nobody waits for the deliveries to be well.
    await refreshAll(run, hit);
    const probes = missed && look.health.reachable ? await probe(run) : probesOf(step.evidence);
    return {
      kind: 'waiting',
      reason: 'deliveries of Stripe',
      wakeInMs: probeEveryMs(ctx),
      evidence: {
        // The same words for as long as it takes: an outage of a day must not fill the chronology.
        summary: 'Not well yet. Who is named is read from Stripe directly, and Stripe is asked for a delivery',
        causes,
        figures: tellCauses(look, causes),
        hit: hit.length,
        probes,
      },
    };
  },
};

interface Probes {
  readonly count: number;
  readonly lastMachine: string;
}

function probesOf(evidence: Partial<Evidence>): Probes | null {
  const known = evidence.probes;
  return typeof known === 'object' && known !== null ? (known as Probes) : null;
}

/**
 * Silence is no proof that deliveries are well. A mark in the metadata of one affected customer makes Stripe send an event; it comes signed and in
 * time, or it shows that they are not well yet. Each time twice as long after the last, up to a minute of machine time.
 */
async function probe(run: StepRun): Promise<Probes | null> {
  const { ctx, incident } = run;
  const before = probesOf(run.step.evidence);
  const pause = before === null ? 0 : Math.min(60_000, probeEveryMs(ctx) * 2 ** Math.min(before.count, 10));
  const now = machineNow();
  if (before !== null && now.since(Temporal.Instant.from(before.lastMachine)).total('milliseconds') < pause)
    return before;
  const [target] = await ctx.till.query<{ customer: string; organizationId: string }>(
    `select stripe_customer_id as customer, organization_id as "organizationId" from stripe_customers
      order by organization_id = any ($1::uuid[]) desc, organization_id limit 1`,
    [incident.organizationIds],
  );
  if (target === undefined) return before;
  const count = (before?.count ?? 0) + 1;
  const mark = `${run.runId}/${run.round}/${count}`;
  await run.effect(`probe/${run.round}/${count}`, {
    intent: { customer: target.customer, mark },
    async perform() {
      await ctx.stripe.write('customers.update', target.organizationId, () =>
        ctx.stripe.api.customers.update(
          target.customer,
          { metadata: { keeper_probe: mark } },
          { idempotencyKey: `${run.runId}/probe/${run.round}/${count}` },
        ),
      );
      return { customer: target.customer };
    },
    // Sent or not, the next one comes in a moment.
    observe: () => Promise.resolve({ done: true, observed: { customer: target.customer } }),
  });
  return { count, lastMachine: now.toString() };
}
