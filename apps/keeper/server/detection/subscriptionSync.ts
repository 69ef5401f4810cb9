import type { Detector, Finding } from './detector.ts';
import {
  type Drift,
  type Gap,
  readDrift,
  readGapSlice,
  readRecentGaps,
  readSyncTrigger,
  type SyncTrigger,
} from './readSyncState.ts';

export const syncIdentity = 'subscription-sync-failure';

/** Whether subscriptions still reach their organizations: the trigger itself, its result, and the events that it should have seen. */
export const subscriptionSync: Detector = {
  name: 'subscription-sync',
  playbook: 'subscription-sync-failure',
  everyMs: 3_000,
  withinMs: 8_000,
  async detect(ctx, memory) {
    const trigger = await readSyncTrigger(ctx);
    const drift = await readDrift(ctx);
    const [recent, slice] = [await readRecentGaps(ctx), await readGapSlice(ctx, memory)];
    const gaps = [...new Map([...recent, ...slice.gaps].map((gap) => [gap.eventId, gap])).values()];
    const finding = describeSync(trigger, drift, gaps);
    return { findings: finding === undefined ? [] : [finding], memory: slice.cursor };
  },
};

/** One signal for all that is wrong with the sync, or undefined. */
export function describeSync(trigger: SyncTrigger, drift: readonly Drift[], gaps: readonly Gap[]): Finding | undefined {
  const said = [
    ...(trigger.present ? [] : ['trigger missing']),
    ...(trigger.present && !trigger.enabled ? ['trigger disabled'] : []),
    ...(trigger.changed ? ['trigger changed'] : []),
    ...(drift.length > 0 ? ['drift'] : []),
    ...(gaps.length > 0 ? ['gaps'] : []),
  ];
  if (said.length === 0) return undefined;
  const sentences = [
    ...(trigger.present ? [] : ['The sync trigger is missing']),
    ...(trigger.present && !trigger.enabled ? ['The sync trigger is disabled'] : []),
    ...(trigger.changed ? ['The sync trigger does not do what the migrations wrote'] : []),
    ...(drift.length > 0
      ? [
          counted(
            drift.length,
            'organization differs from its subscription',
            'organizations differ from their subscription',
          ),
        ]
      : []),
    ...(gaps.length > 0 ? [counted(gaps.length, 'applied delivery has no row', 'applied deliveries have no row')] : []),
  ];
  return {
    playbook: 'subscription-sync-failure',
    identity: syncIdentity,
    title: sentences[0] ?? '',
    summary: sentences.join('; '),
    said: said.join(', '),
    organizationIds: [...new Set([...drift, ...gaps].map((row) => row.organizationId))].sort(),
    facts: {
      trigger,
      drift: drift.slice(0, 100),
      gaps: gaps.slice(0, 100),
      drifted: drift.length,
      missing: gaps.length,
    },
  };
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
