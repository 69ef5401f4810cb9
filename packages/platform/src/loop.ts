import { isSimulatedCrash } from './faults.ts';
import type { Logger } from './log.ts';

export interface LoopOptions {
  readonly name: string;
  /** Milliseconds from the end of a pass that found no more work to the next. */
  readonly everyMs: number;
  /** One pass. `true`: there is more, go again at once. The signal aborts when the loop is told to stop. */
  readonly run: (signal: AbortSignal) => Promise<boolean | void>;
  readonly log: Logger;
  /** After each pass that succeeded. A loop whose passes all fail falls silent, and so is seen. */
  readonly onBeat?: () => void;
}

export interface Loop {
  readonly name: string;
  /** Run now, or once more directly after the pass under way. */
  wake(): void;
  /** No further pass; waits for the one under way. */
  stop(): Promise<void>;
}

/** The longest pause after failures. */
const longestPauseMs = 10_000;

/**
 * Passes one after the other, for as long as the process lives. A failed pass is logged and followed by a pause that doubles with each
 * further failure, up to 10 s; waking does not shorten it below `everyMs`. After a `SimulatedCrash` the loop is dead, as after kill -9:
 * nothing is logged, written or run any more.
 */
export function startLoop(options: LoopOptions): Loop {
  const { name, everyMs, run, log, onBeat } = options;
  const stopping = new AbortController();
  let failures = 0;
  let woken = false;
  let endPause: (() => void) | undefined;

  /** Up to `ms`; ends early when woken, after `atLeastMs`. */
  function pause(ms: number, atLeastMs: number): Promise<void> {
    return new Promise((resolve) => {
      const began = performance.now();
      const end = (): void => {
        clearTimeout(timer);
        endPause = undefined;
        resolve();
      };
      let timer = setTimeout(end, ms);
      endPause = () => {
        const left = stopping.signal.aborted ? 0 : atLeastMs - (performance.now() - began);
        if (left <= 0) return end();
        clearTimeout(timer);
        timer = setTimeout(end, Math.min(left, ms));
      };
      // The wake-up that came during the pass.
      if (woken || stopping.signal.aborted) endPause();
    });
  }

  async function passes(): Promise<void> {
    while (!stopping.signal.aborted) {
      woken = false;
      let more: boolean | void = false;
      try {
        more = await run(stopping.signal);
        failures = 0;
        onBeat?.();
      } catch (error) {
        if (isSimulatedCrash(error)) return;
        if (stopping.signal.aborted) {
          log.warn({ err: error, loop: name }, 'last pass failed');
          return;
        }
        failures += 1;
        log.error({ err: error, loop: name, failures }, 'pass failed');
      }
      if (failures > 0) await pause(Math.min(everyMs * 2 ** Math.min(failures, 20), longestPauseMs), everyMs);
      // Even a loop that always has more lets timers and sockets have their turn.
      else await pause(more === true ? 0 : everyMs, 0);
    }
  }

  const done = passes();
  return {
    name,
    wake() {
      woken = true;
      endPause?.();
    },
    async stop() {
      stopping.abort();
      endPause?.();
      await done;
    },
  };
}
