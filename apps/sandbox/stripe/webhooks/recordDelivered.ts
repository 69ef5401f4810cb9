import { draftSeconds } from '../billing/newInvoice.ts';
import type { Store } from '../store/store.ts';

/**
 * An endpoint accepted an event. If that was the last one to learn of an invoice's creation, the draft's hour counts
 * from now: an endpoint that was down has an hour to add to the invoice before it is charged.
 */
export function recordDelivered(store: Store, seq: number, event: string, atMs: number): void {
  store.run(`update deliveries set state = 'delivered', attempts = attempts + 1, last_error = null where seq = ?`, seq);
  const row = store.one(`select object, created from events where id = ? and type = 'invoice.created'`, event);
  if (row === undefined) return;
  if (store.one(`select 1 from deliveries where event = ? and state = 'pending' limit 1`, event) !== undefined) return;
  const invoice = store.get('invoice', String(row.object));
  if (invoice === undefined || invoice.webhooks_delivered_at !== null) return;
  const delivered = invoice.test_clock === null ? Math.floor(atMs / 1000) : Number(row.created);
  const patch = { ...invoice, webhooks_delivered_at: delivered };
  if (invoice.status === 'draft' && invoice.automatically_finalizes_at !== null) {
    const at = Math.max(invoice.created + draftSeconds, delivered + draftSeconds);
    store.put('invoice', { ...patch, automatically_finalizes_at: at, next_payment_attempt: at });
  } else {
    store.put('invoice', patch);
  }
}
