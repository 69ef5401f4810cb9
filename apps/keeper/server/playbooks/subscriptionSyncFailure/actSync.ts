import { AppError } from '@tillkeeper/platform/errors';
import { compareWithStripe } from '../../billing/compareWithStripe.ts';
import { refreshOrganizations } from '../../billing/refreshOrganizations.ts';
import { replayDelivery } from '../../billing/replayDelivery.ts';
import { type Drift, readDrift, readSyncTrigger } from '../../detection/readSyncState.ts';
import type { Step, StepRun } from '../playbook.ts';
import type { Intent, Observation } from '../stepLedger.ts';
import { differingFromStripe, readAllGaps } from './assessSync.ts';

/** Machine time between two looks at something that is under way. */
const lookEveryMs = 2_000;
const shownAtMost = 100;

export const restoreDefinition: Step = {
  name: 'restore-definition',
  title: "Restore the trigger's definition",
  phase: 'act',
  kind: 'manual',
  async execute({ ctx, step }) {
    const trigger = await readSyncTrigger(ctx);
    if (trigger.present && !trigger.changed) {
      return {
        kind: step.state === 'waiting' ? 'done' : 'skipped',
        evidence: { summary: 'The trigger is the one that the migrations wrote', trigger },
      };
    }
    const what = trigger.present ? 'does not do what the migrations wrote' : 'is missing';
    return {
      kind: 'manual',
      evidence: {
        summary: `The sync trigger ${what}. A person restores trigger, function and view as the till database's migration wrote them; Keeper may enable it, and no more`,
        trigger,
      },
    };
  },
};

export const enableTrigger: Step = {
  name: 'enable-trigger',
  title: 'Enable the trigger',
  phase: 'act',
  kind: 'automatic',
  async execute(run) {
    const observe = async (): Promise<Observation<Enabled>> =>
      (await readSyncTrigger(run.ctx)).enabled ? { done: true, observed: { changed: true } } : { done: false };
    const [before] = [await readSyncTrigger(run.ctx), await run.review(observe)];
    if (!before.present) throw new AppError('precondition_failed', 'the sync trigger is missing');
    const key = `enable-trigger/${run.round}`;
    if (before.enabled && (await run.observed(key)) === undefined) {
      return { kind: 'skipped', evidence: { summary: 'It is enabled' } };
    }
    const { changed } = await run.effect<Enabled>(key, {
      intent: { trigger: 'sync_subscription', occurrence: occurrenceOf(run, key) },
      async perform() {
        const [row] = await run.ctx.till.query<{ changed: boolean }>(
          'select ops.enable_sync_trigger($1::jsonb, $2::text) as changed',
          [JSON.stringify(run.ctx.actor), occurrenceOf(run, key)],
        );
        return { changed: row?.changed === true };
      },
      observe,
    });
    const after = await readSyncTrigger(run.ctx);
    if (!after.enabled) {
      // Enabled once in this round already: another round of proof will find it disabled, and act anew.
      return { kind: 'done', evidence: { summary: 'Enabled, and disabled again by somebody else', before, after } };
    }
    return {
      kind: 'done',
      evidence: { summary: changed ? 'Disabled before, enabled now' : 'Somebody else had enabled it', before, after },
    };
  },
};

interface Enabled {
  readonly changed: boolean;
}

function occurrenceOf(run: StepRun, key: string): string {
  return `run:${run.runId}/${key}`;
}

export const refreshFromStripe: Step = {
  name: 'refresh-from-stripe',
  title: 'Read from Stripe what differs from it',
  phase: 'act',
  kind: 'automatic',
  async execute(run) {
    const { ctx, incident } = run;
    const differing = differingFromStripe(await compareWithStripe(ctx, incident.organizationIds)).map(
      ({ organizationId }) => organizationId,
    );
    if (differing.length === 0) {
      return {
        kind: run.step.state === 'waiting' ? 'done' : 'skipped',
        evidence: { summary: 'All subscription rows are what Stripe says' },
      };
    }
    const outcomes = await refreshOrganizations(ctx, {
      organizationIds: differing,
      cause: { kind: 'run', runId: run.runId },
      priority: differing.length === 1 ? 'high' : 'low',
    });
    const left = outcomes
      .filter(({ outcome }) => outcome === 'failed' || outcome === 'busy')
      .map(({ organizationId }) => organizationId);
    const summary = `${differing.length - left.length} of ${differing.length} read from Stripe`;
    if (left.length === 0)
      return { kind: 'done', evidence: { summary, organizationIds: differing.slice(0, shownAtMost) } };
    return {
      kind: 'waiting',
      reason: 'organizations that could not be read',
      wakeInMs: lookEveryMs,
      evidence: { summary, left },
    };
  },
};

interface Synced {
  readonly organizationId: string;
  readonly planBefore: string;
  readonly planAfter: string;
  readonly statusBefore: string;
  readonly statusAfter: string;
}

export const syncDrifted: Step = {
  name: 'sync-drifted',
  title: 'Sync the drifted rows',
  phase: 'act',
  kind: 'automatic',
  async execute(run) {
    const observe = async (intent: Intent): Promise<Observation<readonly Synced[]>> => {
      const meant = intent.drift as readonly Drift[];
      const still = new Set((await readDrift(run.ctx)).map(({ organizationId }) => organizationId));
      const followed = meant.filter(({ organizationId }) => !still.has(organizationId));
      return followed.length === 0 ? { done: false } : { done: true, observed: followed.map(asSynced) };
    };
    await run.review(observe);
    const drift = await readDrift(run.ctx);
    const key = `sync-drifted/${run.round}`;
    if (drift.length === 0 && (await run.observed(key)) === undefined) {
      return { kind: 'skipped', evidence: { summary: 'Nothing drifts: the rows followed as they were read' } };
    }
    const rows = await run.effect<readonly Synced[]>(key, {
      intent: { drift, occurrence: occurrenceOf(run, key) },
      perform: () =>
        run.ctx.till.query<Synced>(
          `select organization_id as "organizationId", plan_before as "planBefore", plan_after as "planAfter",
                  status_before as "statusBefore", status_after as "statusAfter"
             from ops.sync_drifted($1::jsonb, $2::jsonb, $3::text)`,
          [JSON.stringify(drift), JSON.stringify(run.ctx.actor), occurrenceOf(run, key)],
        ),
      observe,
    });
    return {
      kind: 'done',
      evidence: {
        summary: `${rows.length} ${rows.length === 1 ? 'row' : 'rows'} written, no other touched`,
        rows: rows.slice(0, shownAtMost),
      },
    };
  },
};

function asSynced(row: Drift): Synced {
  return {
    organizationId: row.organizationId,
    planBefore: row.planHere,
    planAfter: row.planExpected,
    statusBefore: row.statusHere,
    statusAfter: row.statusExpected,
  };
}

export const replayMissing: Step = {
  name: 'replay-missing',
  title: 'Replay deliveries without a row',
  phase: 'act',
  kind: 'automatic',
  async execute(run) {
    const gaps = await readAllGaps(run.ctx);
    if (gaps.length > 0) {
      for (const { eventId } of gaps) await replayDelivery(run.ctx, { eventId });
      const summary = `${gaps.length} ${gaps.length === 1 ? 'delivery' : 'deliveries'} back to work`;
      return {
        kind: 'waiting',
        reason: 'replayed deliveries',
        wakeInMs: lookEveryMs,
        evidence: { summary, events: gaps.slice(0, shownAtMost) },
      };
    }
    const events =
      run.step.state === 'waiting' && Array.isArray(run.step.evidence.events)
        ? (run.step.evidence.events as { eventId: string }[])
        : [];
    if (events.length === 0) return { kind: 'skipped', evidence: { summary: 'Every applied delivery has its row' } };
    const [open] = await run.ctx.keeper.query<{ count: number }>(
      `select count(*)::integer as count from stripe_deliveries where stripe_event_id = any ($1::text[]) and state = 'received'`,
      [events.map(({ eventId }) => eventId)],
    );
    const count = open?.count ?? 0;
    if (count > 0) {
      return {
        kind: 'waiting',
        reason: 'replayed deliveries',
        wakeInMs: lookEveryMs,
        evidence: { ...run.step.evidence, summary: `${count} still at work` },
      };
    }
    return { kind: 'done', evidence: { summary: `${events.length} replayed, each has its row`, events } };
  },
};
