import { isDeepStrictEqual } from 'node:util';
import { newId } from './ids.ts';
import type { InternalOf, Kind, Kinds, WebhookEndpoint } from './objects.ts';
import type { Scope } from './scope.ts';

type Hash = Record<string, unknown>;

function isHash(value: unknown): value is Hash {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What changed, as `data.previous_attributes` has it: the former values, hashes reduced to what changed in them. */
export function previousAttributes(before: Hash, after: Hash): Hash {
  const previous: Hash = {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const old = before[key];
    const fresh = after[key];
    if (isDeepStrictEqual(old, fresh)) continue;
    previous[key] = isHash(old) && isHash(fresh) ? previousAttributes(old, fresh) : (old ?? null);
  }
  return previous;
}

function wants(endpoint: WebhookEndpoint, type: string): boolean {
  return (
    endpoint.status === 'enabled' && (endpoint.enabled_events.includes('*') || endpoint.enabled_events.includes(type))
  );
}

/** Logs an event with a snapshot of its object and queues it for every endpoint that asked for its type. */
export function emit(scope: Scope, type: string, object: { id: string }, previous?: Hash): void {
  const { store } = scope;
  const id = newId('event');
  const data = previous === undefined ? { object } : { object, previous_attributes: previous };
  store.run(
    'insert into events (id, type, created, object, data, request) values (?, ?, ?, ?, ?, ?)',
    id,
    type,
    scope.now,
    object.id,
    JSON.stringify(data),
    JSON.stringify({ id: scope.request.id, idempotency_key: scope.request.idempotencyKey }),
  );
  const endpoints = store.list({ kind: 'webhook_endpoint', where: [], limit: 100, order: 'asc' });
  for (const endpoint of endpoints) {
    if (!wants(endpoint, type)) continue;
    store.run(
      `insert into deliveries (event, endpoint, state, first_at, next_at) values (?, ?, 'pending', ?, ?)`,
      id,
      endpoint.id,
      scope.businessMs,
      scope.businessMs,
    );
  }
}

/** Stores a new object and says so. */
export function create<K extends Kind>(
  scope: Scope,
  kind: K,
  object: Kinds[K],
  type: string | null,
  internal?: InternalOf<K>,
): Kinds[K] {
  scope.store.put(kind, object, internal);
  if (type !== null) emit(scope, type, object);
  return object;
}

/** Stores the changed object and says what changed. Nothing changed: nothing is said. */
export function change<K extends Kind>(
  scope: Scope,
  kind: K,
  before: Kinds[K],
  patch: Partial<Kinds[K]>,
  type: string | null,
  internal?: InternalOf<K>,
): Kinds[K] {
  const after = { ...before, ...patch };
  scope.store.put(kind, after, internal);
  if (type !== null) {
    const previous = previousAttributes(before as unknown as Hash, after as unknown as Hash);
    if (Object.keys(previous).length > 0) emit(scope, type, after, previous);
  }
  return after;
}
