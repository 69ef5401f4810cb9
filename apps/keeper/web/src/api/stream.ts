import type { QueryClient } from '@tanstack/react-query';
import { useMachineNow } from '@tillkeeper/ui/Clock';
import { useSyncExternalStore } from 'react';
import { beatQuery } from './queries.ts';
import type { Beat } from './types.ts';

/** `dataOf`: the stream is down, and the oldest thing on the page is of this moment (device clock, milliseconds). */
export interface StreamState {
  readonly dataOf: number | undefined;
}

// Beats come every 5 s; two missed and a bit is a stream that nobody answers any more.
const silentAfterMs = 12_000;
// A step of a playbook writes several rows: one refetch for all of them.
const coalesceMs = 250;
// Without the stream the console asks by itself, so that a broken proxy does not blind the person on call.
const pollMs = 10_000;
// Data older than this is not a base for a decision.
const writableForMs = 30_000;

let state: StreamState = { dataOf: undefined };
const listeners = new Set<() => void>();

function set(next: StreamState): void {
  if (next.dataOf === state.dataOf) return;
  state = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useStream(): StreamState {
  return useSyncExternalStore(subscribe, () => state);
}

/** Why nothing may be written now: what the reader sees is too old to decide on. */
export function useWriteRefusal(): string | undefined {
  const { dataOf } = useStream();
  const now = useMachineNow();
  return dataOf !== undefined && now - dataOf > writableForMs ? 'Wait for fresh data' : undefined;
}

function keysOf(kind: string): string[] {
  switch (kind) {
    case 'message':
      return ['messages', 'incidents'];
    case 'organization':
      return ['organizations'];
    default:
      return ['incidents'];
  }
}

/** Follows Keeper's changes and has the queries that they touch fetched again. Returns how to stop. */
export function followStream(client: QueryClient): () => void {
  const source = new EventSource('/api/v1/stream');
  const changed = new Set<string>();
  let flushing: ReturnType<typeof setTimeout> | undefined;
  let lastHeard = Date.now();
  let lastPoll = 0;

  function refresh(key: string): void {
    changed.add(key);
    flushing ??= setTimeout(() => {
      flushing = undefined;
      const keys = [...changed];
      changed.clear();
      for (const each of keys) void client.invalidateQueries({ queryKey: [each] });
    }, coalesceMs);
  }

  function heard(): void {
    lastHeard = Date.now();
    if (state.dataOf === undefined) return;
    set({ dataOf: undefined });
    // What changed while nobody listened is not told again.
    void client.invalidateQueries();
  }

  function lost(): void {
    const shown = client
      .getQueryCache()
      .findAll({ type: 'active' })
      .filter((query) => ['incidents', 'organizations', 'messages'].includes(String(query.queryKey[0])))
      .map((query) => Math.max(lastHeard, query.state.dataUpdatedAt));
    set({ dataOf: Math.min(Date.now(), ...(shown.length === 0 ? [lastHeard] : shown)) });
    if (Date.now() - lastPoll < pollMs) return;
    lastPoll = Date.now();
    void client.invalidateQueries();
  }

  function beat(event: MessageEvent<string>): void {
    heard();
    client.setQueryData(beatQuery.queryKey, JSON.parse(event.data) as Beat);
  }

  source.addEventListener('hello', beat);
  source.addEventListener('beat', beat);
  source.addEventListener('change', (event) => {
    heard();
    const change = JSON.parse(event.data) as { kind: string };
    if (change.kind === 'everything') void client.invalidateQueries();
    else for (const key of keysOf(change.kind)) refresh(key);
  });
  source.addEventListener('error', lost);
  const watch = setInterval(() => {
    if (state.dataOf !== undefined || Date.now() - lastHeard > silentAfterMs) lost();
  }, 1_000);

  return () => {
    source.close();
    clearInterval(watch);
    clearTimeout(flushing);
    set({ dataOf: undefined });
  };
}
