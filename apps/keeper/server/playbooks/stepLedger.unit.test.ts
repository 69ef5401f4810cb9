import { installFaultHandler, isSimulatedCrash, SimulatedCrash } from '@tillkeeper/platform/faults';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { type EffectLedger, type EffectPlan, type LedgerRow, performOnce, reviewEffects } from './stepLedger.ts';

afterEach(() => installFaultHandler(undefined));

/** A ledger that keeps what a database would keep: only what was written before a crash. */
function memoryLedger(): EffectLedger & { readonly rows: Map<string, LedgerRow> } {
  const rows = new Map<string, LedgerRow>();
  return {
    rows,
    find: async (key) => structuredClone(rows.get(key)),
    begun: async () => [...rows].filter(([, row]) => row.outcome !== 'not_done').map(([key, row]) => ({ key, ...row })),
    intend: async (key, intent) => {
      rows.set(key, { outcome: 'unknown', intent: structuredClone(intent), observed: null });
      return 1;
    },
    settle: async (key, outcome, observed) => {
      const row = rows.get(key);
      if (row === undefined) throw new Error(`no intent for ${key}`);
      rows.set(key, { ...row, outcome, observed: structuredClone(observed) });
    },
  };
}

/** The outside world: each effect adds one; `observe` tells the truth. */
function outsideWorld() {
  const done = new Map<string, number>();
  const plan = (key: string, fails: () => boolean): EffectPlan<{ key: string }> => ({
    intent: { key },
    async perform() {
      if (fails()) throw new Error('no answer');
      done.set(key, (done.get(key) ?? 0) + 1);
      return { key };
    },
    observe: async (intent) => (done.has(String(intent.key)) ? { done: true, observed: { key } } : { done: false }),
  });
  return { done, plan };
}

describe('step ledger', () => {
  it('performs each effect exactly once whatever the crash points, and ends as the unbroken run does', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 8 }),
        fc.array(fc.boolean(), { maxLength: 6 }),
        async (effects, crashes, failures) => {
          const ledger = memoryLedger();
          const world = outsideWorld();
          const keys = Array.from({ length: effects }, (_, index) => `step/effect-${index}`);
          const outages = [...failures];
          let results: unknown[] = [];

          // Each life of the worker passes some fault points and dies at one; the last life has none left.
          for (const deadly of [...crashes, Number.POSITIVE_INFINITY]) {
            let passed = 0;
            installFaultHandler((name) => {
              passed += 1;
              if (passed >= deadly) throw new SimulatedCrash(name);
            });
            for (let alive = true; alive; ) {
              try {
                results = [];
                for (const key of keys)
                  results.push(
                    await performOnce(
                      ledger,
                      key,
                      world.plan(key, () => outages.shift() === true),
                    ),
                  );
                alive = false;
              } catch (error) {
                // A failed step is tried again by the same worker; a crash ends it.
                alive = !isSimulatedCrash(error);
              }
            }
          }

          expect([...world.done.entries()]).toEqual(keys.map((key) => [key, 1]));
          expect(results).toEqual(keys.map((key) => ({ key })));
          expect([...ledger.rows.values()].map((row) => row.outcome)).toEqual(keys.map(() => 'done'));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('never performs an effect whose intent is not written', async () => {
    const world = outsideWorld();
    const ledger: EffectLedger = { ...memoryLedger(), intend: () => Promise.reject(new Error('database gone')) };
    await expect(
      performOnce(
        ledger,
        'a',
        world.plan('a', () => false),
      ),
    ).rejects.toThrow('database gone');
    expect(world.done.size).toBe(0);
  });

  it('asks the other side after a crash and does not repeat what it finds done', async () => {
    const world = outsideWorld();
    const ledger = memoryLedger();
    installFaultHandler((name) => {
      if (name === 'engine.after-effect') throw new SimulatedCrash(name);
    });
    await expect(
      performOnce(
        ledger,
        'a',
        world.plan('a', () => false),
      ),
    ).rejects.toThrow('engine.after-effect');
    expect(ledger.rows.get('a')?.outcome).toBe('unknown');
    installFaultHandler(undefined);
    await expect(
      performOnce(
        ledger,
        'a',
        world.plan('a', () => false),
      ),
    ).resolves.toEqual({ key: 'a' });
    expect(world.done.get('a')).toBe(1);
  });

  it('reviews what took place, also what a life before had learned already, and repeats nothing', async () => {
    const world = outsideWorld();
    const ledger = memoryLedger();
    const observe = world.plan('', () => false).observe;
    await performOnce(
      ledger,
      'known',
      world.plan('known', () => false),
    );
    installFaultHandler((name) => {
      if (name === 'engine.after-effect') throw new SimulatedCrash(name);
    });
    const unknown = performOnce(
      ledger,
      'unknown',
      world.plan('unknown', () => false),
    );
    await expect(unknown).rejects.toThrow('engine.after-effect');
    installFaultHandler(undefined);
    await ledger.intend('not begun', { key: 'not begun' });
    for (const life of [1, 2]) {
      expect(await reviewEffects(ledger, observe), `life ${life}`).toHaveLength(2);
      expect([...ledger.rows.values()].map(({ outcome }) => outcome)).toEqual(['done', 'done', 'not_done']);
    }
    expect([...world.done.values()]).toEqual([1, 1]);
  });
});
