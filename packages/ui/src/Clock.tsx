import { createContext, type ReactNode, useContext, useSyncExternalStore } from 'react';

// One interval for every clock on the page: a list of a hundred countdowns ticks in one go.
const listeners = new Set<() => void>();
let ticker: ReturnType<typeof setInterval> | undefined;
let machineNow = Date.now();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  ticker ??= setInterval(() => {
    machineNow = Date.now();
    for (const each of listeners) each();
  }, 1_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(ticker);
      ticker = undefined;
    }
  };
}

function snapshot(): number {
  // Between ticks the value must not change, and before the first one it must not be old.
  if (ticker === undefined) machineNow = Date.now();
  return machineNow;
}

const Offset = createContext(0);

/** `offsetMs`: how far the product's business clock is ahead of this device. Zero in production, but for the device's own error. */
export function ClockProvider({ offsetMs, children }: { offsetMs: number; children: ReactNode }) {
  return <Offset.Provider value={offsetMs}>{children}</Offset.Provider>;
}

/** The device's time in milliseconds, each second. For ages of machine facts: heartbeats, connections. */
export function useMachineNow(): number {
  return useSyncExternalStore(subscribe, snapshot);
}

/** Business time in milliseconds, each second. */
export function useNow(): number {
  return useMachineNow() + useContext(Offset);
}

/** How far business time is ahead of this device, in milliseconds. */
export function useClockOffset(): number {
  return useContext(Offset);
}
