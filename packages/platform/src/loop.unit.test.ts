import { afterEach, describe, expect, it, vi } from 'vitest';
import { SimulatedCrash } from './faults.ts';
import { createLogger } from './log.ts';
import { type Loop, type LoopOptions, startLoop } from './loop.ts';

const loops: Loop[] = [];
const lines: string[] = [];
const log = createLogger({ name: 'test', level: 'debug', destination: { write: (line) => void lines.push(line) } });

function start(options: Omit<LoopOptions, 'name' | 'log'>): Loop {
  const loop = startLoop({ name: 'test-loop', log, ...options });
  loops.push(loop);
  return loop;
}

afterEach(async () => {
  await Promise.all(loops.splice(0).map((loop) => loop.stop()));
  lines.length = 0;
});

const eventually = { timeout: 20_000, interval: 2 };

describe('startLoop', () => {
  it('runs at once, and again after the period', async () => {
    let passes = 0;
    start({ everyMs: 5, run: async () => void (passes += 1) });
    await vi.waitUntil(() => passes >= 3, eventually);
  });

  it('goes again at once while there is more', async () => {
    let left = 50;
    start({ everyMs: 1_000_000, run: async () => --left > 0 });
    await vi.waitUntil(() => left === 0, eventually);
  });

  it('never runs two passes at the same time, and none is lost to a wake-up during a pass', async () => {
    let at = 0;
    let most = 0;
    let passes = 0;
    const gates: (() => void)[] = [];
    const loop = start({
      everyMs: 1_000_000,
      run: async () => {
        most = Math.max(most, ++at);
        await new Promise<void>((resolve) => gates.push(resolve));
        at -= 1;
        passes += 1;
      },
    });
    await vi.waitUntil(() => gates.length === 1, eventually);
    loop.wake();
    loop.wake();
    gates[0]?.();
    await vi.waitUntil(() => gates.length === 2, eventually);
    gates[1]?.();
    await vi.waitUntil(() => passes === 2, eventually);
    expect(most).toBe(1);
  });

  it('runs now when woken from its pause', async () => {
    let passes = 0;
    const loop = start({ everyMs: 1_000_000, run: async () => void (passes += 1) });
    await vi.waitUntil(() => passes === 1, eventually);
    await new Promise(setImmediate);
    loop.wake();
    await vi.waitUntil(() => passes === 2, eventually);
  });

  it('logs a failed pass, beats only after good ones, and goes on', async () => {
    let passes = 0;
    let beats = 0;
    start({
      everyMs: 1,
      onBeat: () => void (beats += 1),
      run: async () => {
        passes += 1;
        if (passes <= 3) throw new Error(`failure ${passes}`);
      },
    });
    await vi.waitUntil(() => beats >= 1, eventually);
    expect(passes - beats).toBe(3);
    const failed = lines.map((line) => JSON.parse(line)).filter((line) => line.msg === 'pass failed');
    expect(failed.map((line) => line.failures)).toEqual([1, 2, 3]);
    expect(failed[0]).toMatchObject({ level: 'error', loop: 'test-loop', err: { message: 'failure 1' } });
  });

  it('does not spin when it fails and is woken all the time', async () => {
    let passes = 0;
    const loop = start({
      everyMs: 60_000,
      run: async () => {
        passes += 1;
        throw new Error('always');
      },
    });
    await vi.waitUntil(() => lines.length === 1, eventually);
    for (let wakes = 0; wakes < 1_000; wakes += 1) {
      loop.wake();
      await new Promise(setImmediate);
    }
    expect(passes).toBe(1);
  });

  it('stops after the pass under way, which hears of it', async () => {
    let ended = false;
    let passes = 0;
    const loop = start({
      everyMs: 1,
      run: async (signal) => {
        passes += 1;
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
        await new Promise(setImmediate);
        ended = true;
        return true;
      },
    });
    await vi.waitUntil(() => passes === 1, eventually);
    await loop.stop();
    expect({ ended, passes }).toEqual({ ended: true, passes: 1 });
    await loop.stop();
  });

  it('is dead after a simulated crash: no pass, no log, no beat', async () => {
    let passes = 0;
    let beats = 0;
    const loop = start({
      everyMs: 1,
      onBeat: () => void (beats += 1),
      run: async () => {
        passes += 1;
        throw new Error('step failed', { cause: new SimulatedCrash('runs.after-act') });
      },
    });
    await vi.waitUntil(() => passes === 1, eventually);
    loop.wake();
    let turns = 0;
    await vi.waitUntil(() => ++turns > 20, eventually);
    loop.wake();
    await loop.stop();
    expect({ passes, beats, lines }).toEqual({ passes: 1, beats: 0, lines: [] });
  });
});
