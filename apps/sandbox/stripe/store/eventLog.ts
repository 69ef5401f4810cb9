import type { WireEvent } from './objects.ts';
import type { Store } from './store.ts';

/** Events can be read for 30 days. */
export const eventRetentionSeconds = 30 * 86_400;

export interface EventRendering {
  apiVersion: string;
  livemode: boolean;
}

/** A logged event in its wire form. Its `pending_webhooks` is counted at the moment of reading, as Stripe's is. */
export function renderEvent(store: Store, row: Record<string, unknown>, rendering: EventRendering): WireEvent {
  const id = String(row.id);
  const pending = store.one(`select count(*) as n from deliveries where event = ? and state <> 'delivered'`, id);
  return {
    id,
    object: 'event',
    api_version: rendering.apiVersion,
    created: Number(row.created),
    data: JSON.parse(String(row.data)),
    livemode: rendering.livemode,
    pending_webhooks: Number(pending?.n ?? 0),
    request: JSON.parse(String(row.request)),
    type: String(row.type),
  };
}
