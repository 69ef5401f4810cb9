const families = ['customer.subscription.', 'invoice.'];

const types: ReadonlySet<string> = new Set([
  'charge.refunded',
  'checkout.session.completed',
  'customer.deleted',
  'customer.updated',
  'payment_intent.payment_failed',
  'payment_method.attached',
  'payment_method.automatically_updated',
  'payment_method.detached',
  'payment_method.updated',
  'setup_intent.succeeded',
]);

/** Whether an event of this type asks for a fresh look at its customer. All others are stored, marked `ignored` and answered 200. */
export function isHandledType(type: string): boolean {
  return types.has(type) || families.some((family) => type.startsWith(family));
}
