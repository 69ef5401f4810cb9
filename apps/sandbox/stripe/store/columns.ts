import type { Kind, Kinds } from './objects.ts';

export interface Columns {
  created: number;
  customer: string | null;
  subscription: string | null;
  /** What else it belongs to: a payment to its invoice, a charge to its payment intent, a refund to its charge, a price to its product. */
  parent: string | null;
  status: string | null;
  /** The test clock in whose time the object lives. */
  clock: string | null;
  timed: boolean;
}

const timedKinds: ReadonlySet<Kind> = new Set([
  'subscription',
  'invoice',
  'checkout.session',
  'test_helpers.test_clock',
]);

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function subscriptionOf(kind: Kind, object: Kinds[Kind]): string | null {
  if (kind === 'invoice') return (object as Kinds['invoice']).parent?.subscription_details?.subscription ?? null;
  if (kind === 'invoiceitem')
    return (object as Kinds['invoiceitem']).parent?.subscription_details?.subscription ?? null;
  if (kind === 'checkout.session') return (object as Kinds['checkout.session']).subscription;
  return null;
}

function parentOf(kind: Kind, object: Kinds[Kind]): string | null {
  if (kind === 'invoice_payment') return (object as Kinds['invoice_payment']).invoice;
  if (kind === 'invoiceitem') return (object as Kinds['invoiceitem']).invoice;
  if (kind === 'charge') return (object as Kinds['charge']).payment_intent;
  if (kind === 'refund') return (object as Kinds['refund']).charge;
  if (kind === 'price') return (object as Kinds['price']).product;
  return null;
}

/** What lists are filtered by, read out of the wire form. */
export function columnsOf<K extends Kind>(kind: K, object: Kinds[K]): Columns {
  const fields = object as unknown as Record<string, unknown>;
  const created = kind === 'invoiceitem' ? (object as Kinds['invoiceitem']).date : fields.created;
  return {
    created: Number(created),
    customer: text(fields.customer),
    subscription: subscriptionOf(kind, object),
    parent: parentOf(kind, object),
    status: text(fields.status),
    clock: text(fields.test_clock),
    timed: timedKinds.has(kind),
  };
}
