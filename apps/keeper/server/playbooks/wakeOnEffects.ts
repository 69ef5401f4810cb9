import type { EffectSubscriber } from '../effects/relayEffects.ts';
import { wakeRuns } from './wakeRuns.ts';

/** What a waiting case may wait for. Everything else in an organization's life is none of its business. */
const kinds =
  /^(stripe\.(payment_method\.|invoice\.|customer\.|setup_intent\.|checkout\.session\.)|subscription\.|payment_page\.)/;

/** Wakes the cases of the organizations to which something happened. Told twice it only makes them look twice. */
export const wakeOnEffects: EffectSubscriber = async (effects, ctx) => {
  const byKind = new Map<string, Set<string>>();
  for (const { kind, organizationId } of effects) {
    if (kinds.test(kind)) byKind.set(kind, (byKind.get(kind) ?? new Set()).add(organizationId));
  }
  for (const [kind, organizationIds] of byKind)
    await wakeRuns(ctx, { organizationIds: [...organizationIds], reason: kind });
};
