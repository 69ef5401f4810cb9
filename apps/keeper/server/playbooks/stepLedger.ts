import { faultPoint } from '@tillkeeper/platform/faults';

/** An outside effect of a step. `intent` is JSON and must hold all that `observe` needs. */
export interface EffectPlan<T> {
  readonly intent: Intent;
  /**
   * Does it, under an idempotency key of its own where the other side has one. A further attempt (2, 3, …) needs a new key: Stripe keeps a failure
   * under the old one for a day, and `observe` has just said that nothing took place. An error leaves the outcome unknown.
   */
  perform(attempt: number): Promise<T>;
  /** Asks the other side whether it took place. Must tell the truth: on its word the effect is repeated or not. */
  observe(intent: Intent): Promise<Observation<T>>;
}

export type Intent = Readonly<Record<string, unknown>>;
export type Observation<T> = { readonly done: true; readonly observed: T } | { readonly done: false };

export interface LedgerRow {
  readonly outcome: 'unknown' | 'done' | 'not_done';
  readonly intent: Intent;
  readonly observed: unknown;
}

/** Where intents and outcomes are kept. Each call is committed when it resolves. */
export interface EffectLedger {
  find(key: string): Promise<LedgerRow | undefined>;
  /** Effects of this step that took place, or may have. */
  begun(): Promise<readonly (LedgerRow & { readonly key: string })[]>;
  /** How often it was intended, this time included. */
  intend(key: string, intent: Intent): Promise<number>;
  settle(key: string, outcome: 'done' | 'not_done', observed: unknown): Promise<void>;
}

/**
 * Carries an effect out at most once. The intent is committed before it, what was observed after it; a worker that finds an intent without an
 * outcome asks the other side first, and repeats the effect only if the other side says that it did not take place.
 */
export async function performOnce<T>(ledger: EffectLedger, key: string, plan: EffectPlan<T>): Promise<T> {
  const known = await ledger.find(key);
  // JSON has been through the database; T is what `perform` gave, which the plan's author keeps to JSON.
  if (known?.outcome === 'done') return known.observed as T;
  if (known?.outcome === 'unknown') {
    const seen = await plan.observe(known.intent);
    if (seen.done) {
      await ledger.settle(key, 'done', seen.observed);
      await faultPoint('engine.after-observed');
      return seen.observed;
    }
    await ledger.settle(key, 'not_done', null);
  }
  const attempt = await ledger.intend(key, plan.intent);
  await faultPoint('engine.after-step-intent');
  const observed = await plan.perform(attempt);
  await faultPoint('engine.after-effect');
  await ledger.settle(key, 'done', observed);
  await faultPoint('engine.after-observed');
  return observed;
}

/**
 * Learns what became of a step's effects that a dead worker left unknown, without repeating any: whether the step still wants them is for the
 * step to say, from what it sees now. Returns what took place, now or before.
 */
export async function reviewEffects<T>(
  ledger: EffectLedger,
  observe: (intent: Intent, key: string) => Promise<Observation<T>>,
): Promise<T[]> {
  const found: T[] = [];
  for (const { key, intent, outcome, observed } of await ledger.begun()) {
    if (outcome === 'done') {
      found.push(observed as T);
      continue;
    }
    const seen = await observe(intent, key);
    await ledger.settle(key, seen.done ? 'done' : 'not_done', seen.done ? seen.observed : null);
    if (seen.done) found.push(seen.observed);
  }
  return found;
}
