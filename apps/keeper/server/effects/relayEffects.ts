import { faultPoint, isSimulatedCrash } from '@tillkeeper/platform/faults';
import type { KeeperContext } from '../context.ts';
import type { WorkerDeps } from '../workerDeps.ts';

/** A change in the operated database, with the key by which it is known for ever. */
export interface RelayedEffect {
  readonly organizationId: string;
  readonly occurrenceKey: string;
  readonly kind: string;
  readonly actor: unknown;
  readonly payload: unknown;
  readonly recordedAt: Temporal.Instant;
}

/** Called with effects that Keeper has copied and not yet marked: after a crash with the same ones again, so it must be idempotent. */
export type EffectSubscriber = (effects: readonly RelayedEffect[], ctx: KeeperContext) => Promise<void>;

const subscribersOf = new WeakMap<WorkerDeps, EffectSubscriber[]>();

/** Registers a subscriber with the relay of this worker. */
export function onEffects(worker: WorkerDeps, subscriber: EffectSubscriber): void {
  const known = subscribersOf.get(worker);
  if (known === undefined) subscribersOf.set(worker, [subscriber]);
  else known.push(subscriber);
}

export function subscribersTo(worker: WorkerDeps): readonly EffectSubscriber[] {
  return subscribersOf.get(worker) ?? [];
}

const atMost = 500;

/**
 * Copies effects of the operated database to Keeper by their unique key, tells the subscribers, and only then marks them there. An effect
 * that a subscriber cannot take stays unmarked and comes again with the next pass; the others go on. `more`: another pass would find some.
 */
export async function relayEffects(
  ctx: KeeperContext,
  subscribers: readonly EffectSubscriber[],
): Promise<{ readonly relayed: number; readonly more: boolean }> {
  const effects = await ctx.till.query<RelayedEffect>(
    `select organization_id as "organizationId", occurrence_key as "occurrenceKey", kind, actor, payload, recorded_at as "recordedAt"
       from ops.effects_to_relay($1::integer)`,
    [atMost],
  );
  if (effects.length === 0) return { relayed: 0, more: false };
  await ctx.keeper.query(
    `insert into effects (organization_id, occurrence_key, kind, actor, payload, recorded_at)
     select organization_id, occurrence_key, kind, actor, payload, recorded_at
       from unnest($1::uuid[], $2::text[], $3::text[], $4::jsonb[], $5::jsonb[], $6::timestamptz[])
         as e (organization_id, occurrence_key, kind, actor, payload, recorded_at)
     on conflict do nothing`,
    [
      effects.map((effect) => effect.organizationId),
      effects.map((effect) => effect.occurrenceKey),
      effects.map((effect) => effect.kind),
      effects.map((effect) => JSON.stringify(effect.actor)),
      effects.map((effect) => JSON.stringify(effect.payload)),
      effects.map((effect) => effect.recordedAt.toString()),
    ],
  );
  await faultPoint('effects.after-copy');
  const told = await tell(ctx, subscribers, effects);
  await faultPoint('effects.after-subscribers');
  if (told.length > 0) {
    await ctx.till.query('select ops.mark_relayed($1::uuid[], $2::text[])', [
      told.map((effect) => effect.organizationId),
      told.map((effect) => effect.occurrenceKey),
    ]);
  }
  return { relayed: told.length, more: told.length === atMost };
}

/** The effects that every subscriber took. If a batch fails, one by one, so that one bad effect holds up no other. */
async function tell(
  ctx: KeeperContext,
  subscribers: readonly EffectSubscriber[],
  effects: readonly RelayedEffect[],
): Promise<RelayedEffect[]> {
  try {
    for (const subscriber of subscribers) await subscriber(effects, ctx);
    return [...effects];
  } catch (error) {
    if (isSimulatedCrash(error)) throw error;
    const [only, ...others] = effects;
    if (only !== undefined && others.length === 0) {
      ctx.log.error(
        { err: error, organizationId: only.organizationId, occurrenceKey: only.occurrenceKey, kind: only.kind },
        'effect not taken',
      );
      return [];
    }
    const told: RelayedEffect[] = [];
    for (const effect of effects) told.push(...(await tell(ctx, subscribers, [effect])));
    return told;
  }
}
