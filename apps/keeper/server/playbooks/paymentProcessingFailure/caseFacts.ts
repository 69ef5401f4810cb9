import { AppError } from '@tillkeeper/platform/errors';
import { classifyDecline, type DeclineClass } from '../../billing/declineCodes.ts';
import { type PaymentFacts, type PaymentMethodFacts, readPaymentFacts } from '../../billing/paymentFacts.ts';
import { formatAmount } from '../formatAmount.ts';
import type { IncidentFacts, StepRun } from '../playbook.ts';

/** The one organization of a case. */
export function organizationOf(incident: Pick<IncidentFacts, 'organizationIds' | 'identity'>): string {
  const [organizationId] = incident.organizationIds;
  if (organizationId === undefined)
    throw new AppError('internal', `the case ${incident.identity} names no organization`);
  return organizationId;
}

export function readCase(run: Pick<StepRun, 'ctx' | 'incident'>): Promise<PaymentFacts> {
  return readPaymentFacts(run.ctx, organizationOf(run.incident));
}

/** `ended`: cancelled at Stripe, so nothing is left to be paid for. */
export type PaymentState = 'paid' | 'ended' | 'open';

export function paymentState({
  subscription,
  openInvoice,
}: Pick<PaymentFacts, 'subscription' | 'openInvoice'>): PaymentState {
  if (subscription === undefined || subscription.status === 'canceled' || subscription.status === 'incomplete_expired')
    return 'ended';
  return openInvoice === undefined && (subscription.status === 'active' || subscription.status === 'trialing')
    ? 'paid'
    : 'open';
}

export function declineClass({ lastError }: Pick<PaymentFacts, 'lastError'>): DeclineClass {
  return classifyDecline(lastError?.code, lastError?.declineCode);
}

/** The card that the customer has chosen since the one that Stripe charges was made: the subscription's own default would hide it. */
export function newerChoice({ paymentMethod, customerDefault }: PaymentFacts): PaymentMethodFacts | undefined {
  if (customerDefault === undefined || customerDefault.id === paymentMethod?.id) return undefined;
  return paymentMethod === undefined || customerDefault.created >= paymentMethod.created ? customerDefault : undefined;
}

/** The card to collect with, if it is another than the one that failed when the case was read. */
export function newCard(run: Pick<StepRun, 'evidenceOf'>, facts: PaymentFacts): PaymentMethodFacts | undefined {
  const failed = run.evidenceOf('check-payment-method')?.paymentMethodId;
  const card = newerChoice(facts) ?? facts.paymentMethod;
  return card === undefined || card.id === failed ? undefined : card;
}

/** Key of the one attempt that we make with a card on an invoice. */
export function payKey(invoiceId: string, paymentMethodId: string): string {
  return `pay/${invoiceId}/${paymentMethodId}`;
}

export function describeCard(card: PaymentMethodFacts): string {
  const brand = card.brand.charAt(0).toUpperCase() + card.brand.slice(1);
  const expiry =
    card.expMonth === undefined || card.expYear === undefined
      ? ''
      : `, expires ${String(card.expMonth).padStart(2, '0')}/${card.expYear}`;
  return `${brand}${card.last4 === '' ? '' : ` ending ${card.last4}`}${expiry}`;
}

export function describeAmount({ openInvoice }: Pick<PaymentFacts, 'openInvoice'>): string {
  return openInvoice === undefined ? 'nothing' : formatAmount(openInvoice.amountDueMinor, openInvoice.currency);
}

/** `card_declined, insufficient_funds`, or one word where both are the same: Stripe's own words, for people who look them up. */
export function describeError({ lastError }: Pick<PaymentFacts, 'lastError'>): string {
  const words = [lastError?.code, lastError?.declineCode].filter((word) => word !== undefined && word !== '');
  return words.length === 0 ? 'Stripe gives no reason' : [...new Set(words)].join(', ');
}
