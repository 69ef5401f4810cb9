const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const number = /^#?(\d{1,9})$/;
const stripe = /^(?:cus|sub|in|pm|si|pi|ch)_[A-Za-z0-9]{4,}$/;

export interface Reference {
  /** A number is an incident's; a UUID may name anything of ours; Stripe's ids lead to an organization. */
  readonly kind: 'number' | 'uuid' | 'stripe';
  readonly id: string;
}

/** What a typed or pasted text refers to; undefined: nothing but words to search for. */
export function referenceOf(text: string): Reference | undefined {
  const trimmed = text.trim();
  const numbered = number.exec(trimmed)?.[1];
  if (numbered !== undefined) return { kind: 'number', id: numbered };
  if (uuid.test(trimmed)) return { kind: 'uuid', id: trimmed.toLowerCase() };
  return stripe.test(trimmed) ? { kind: 'stripe', id: trimmed } : undefined;
}
