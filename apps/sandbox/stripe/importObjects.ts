import { randomText } from './store/ids.ts';
import type { InternalOf, Kind, Kinds } from './store/objects.ts';
import type { Store } from './store/store.ts';

/** An object of the past, in its stored shape, and what happened to it as far as the event log should tell. */
export type ImportItem = {
  [K in Kind]: { kind: K; object: Kinds[K]; internal?: InternalOf<K>; events?: { type: string; created: number }[] };
}[Kind];

function internalOf({ kind, internal }: ImportItem): InternalOf<Kind> {
  if (internal !== undefined) return internal;
  switch (kind) {
    case 'subscription':
      return { trialWillEndFor: null, resumption: null };
    case 'invoice':
      return { token: randomText(40), retries: 0, refused: null, exhausted: false, resumptionEndsAt: null };
    case 'payment_method':
      return { card: 'visa', decline: null };
    case 'webhook_endpoint':
    case 'checkout.session':
    case 'billing_portal.session':
      throw new Error(`A ${kind} cannot be imported without what is known of it inside.`);
    default:
      return null;
  }
}

/**
 * Writes objects of the past in one transaction: no webhooks go out for them, but their timers run from now on. Events
 * carry the object as it is now.
 */
export function importObjects(store: Store, items: readonly ImportItem[], newEventId: () => string): void {
  store.transaction(() => {
    for (const item of items) {
      const internal = internalOf(item);
      store.put(item.kind, item.object, internal as never);
      if (item.kind === 'invoice') store.alias((internal as InternalOf<'invoice'>).token, item.object.id);
      for (const event of item.events ?? []) {
        store.run(
          'insert into events (id, type, created, object, data, request) values (?, ?, ?, ?, ?, ?)',
          newEventId(),
          event.type,
          event.created,
          item.object.id,
          JSON.stringify({ object: item.object }),
          JSON.stringify({ id: null, idempotency_key: null }),
        );
      }
    }
  });
}
