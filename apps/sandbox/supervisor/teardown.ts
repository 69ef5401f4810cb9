import { setTimeout as wait } from 'node:timers/promises';

/** What has to be undone, in stages: a later stage waits for all of an earlier one. */
export interface Teardown {
  /** `withinMs`: how long the later stages wait for this one at most. */
  add(stage: number, name: string, undo: () => unknown, withinMs?: number): void;
  /** Undoes everything, once; a failure is told and the rest goes on. */
  run(): Promise<void>;
}

interface Entry {
  readonly name: string;
  readonly undo: () => unknown;
  readonly withinMs: number;
}

export function createTeardown(onFailure: (name: string, error: unknown) => void): Teardown {
  const stages = new Map<number, Entry[]>();
  let running: Promise<void> | undefined;

  async function undoOne({ name, undo, withinMs }: Entry): Promise<void> {
    const timer = new AbortController();
    const late = wait(withinMs, undefined, { signal: timer.signal }).then(() => {
      throw new Error(`not done within ${withinMs} ms`);
    });
    late.catch(() => undefined);
    try {
      await Promise.race([Promise.resolve().then(undo), late]);
    } catch (error) {
      onFailure(name, error);
    } finally {
      timer.abort();
    }
  }

  async function undoAll(): Promise<void> {
    while (stages.size > 0) {
      const stage = Math.min(...stages.keys());
      const entries = stages.get(stage) ?? [];
      stages.delete(stage);
      await Promise.all(entries.map(undoOne));
    }
  }

  return {
    add(stage, name, undo, withinMs = 5_000) {
      stages.set(stage, [...(stages.get(stage) ?? []), { name, undo, withinMs }]);
    },
    run() {
      running ??= undoAll();
      return running;
    },
  };
}
