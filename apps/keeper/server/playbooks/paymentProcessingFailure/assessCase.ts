import { checkStripeHealth } from '../../billing/stripeHealth.ts';
import { formatMoment } from '../formatDate.ts';
import type { Step } from '../playbook.ts';
import {
  declineClass,
  describeAmount,
  describeCard,
  describeError,
  newerChoice,
  paymentState,
  readCase,
} from './caseFacts.ts';

export const readFailedPayment: Step = {
  name: 'read-failed-payment',
  title: 'Read the failed payment',
  phase: 'detect',
  kind: 'automatic',
  async execute(run) {
    const facts = await readCase(run);
    const state = paymentState(facts);
    const { openInvoice, subscription } = facts;
    const summary =
      state === 'paid'
        ? 'Nothing is open any more'
        : state === 'ended'
          ? 'The subscription has ended at Stripe'
          : openInvoice === undefined
            ? `The subscription is ${subscription?.status ?? 'unknown'} and no invoice is open`
            : `${describeAmount(facts)} not collected: ${describeError(facts)} (${declineClass(facts)})`;
    return {
      kind: 'done',
      evidence: {
        summary,
        invoiceId: openInvoice?.id ?? null,
        amountDueMinor: openInvoice?.amountDueMinor ?? null,
        currency: openInvoice?.currency ?? null,
        attemptCount: openInvoice?.attemptCount ?? 0,
        subscriptionId: subscription?.id ?? null,
        subscriptionStatus: subscription?.status ?? null,
        code: facts.lastError?.code ?? null,
        declineCode: facts.lastError?.declineCode ?? null,
        declineClass: declineClass(facts),
      },
    };
  },
};

export const checkPaymentMethod: Step = {
  name: 'check-payment-method',
  title: 'Check the payment method',
  phase: 'assess',
  kind: 'automatic',
  async execute(run) {
    const facts = await readCase(run);
    const { paymentMethod, customerDefault } = facts;
    const other =
      customerDefault === undefined || customerDefault.id === paymentMethod?.id ? undefined : customerDefault;
    const charged =
      paymentMethod === undefined
        ? 'Stripe has no card to charge'
        : `Stripe charges the ${paymentMethod.source}'s default, ${describeCard(paymentMethod)}`;
    const beside =
      other === undefined
        ? ''
        : `; the customer's own default is the ${newerChoice(facts) === undefined ? 'older' : 'newer'} ${describeCard(other)}`;
    return {
      kind: 'done',
      evidence: {
        summary: `${charged}${beside}`,
        paymentMethodId: paymentMethod?.id ?? null,
        source: paymentMethod?.source ?? null,
        card: paymentMethod === undefined ? null : describeCard(paymentMethod),
        customerDefaultId: customerDefault?.id ?? null,
      },
    };
  },
};

export const checkStripe: Step = {
  name: 'check-stripe',
  title: 'Check Stripe',
  phase: 'assess',
  kind: 'automatic',
  async execute(run) {
    const health = await checkStripeHealth(run.ctx);
    const others = health.organizationsFailing.filter((id) => !run.incident.organizationIds.includes(id)).length;
    const answers = health.reachable
      ? `Stripe answers in ${health.latencyMs} ms`
      : `Stripe does not serve us (${health.status ?? 'no answer'})`;
    return {
      kind: 'done',
      evidence: {
        summary: `${answers}; ${health.failuresLast2Minutes} failed calls in 2 minutes, ${others} other organizations not read`,
        ...health,
        organizationsFailing: health.organizationsFailing.length,
      },
    };
  },
};

export const reviewRetries: Step = {
  name: 'review-retries',
  title: 'Review the retries left',
  phase: 'assess',
  kind: 'automatic',
  async execute(run) {
    const { openInvoice } = await readCase(run);
    if (openInvoice === undefined)
      return { kind: 'done', evidence: { summary: 'No invoice is open', attemptCount: 0, nextAttemptAt: null } };
    const { attemptCount, nextAttemptAt } = openInvoice;
    const made = `${attemptCount} ${attemptCount === 1 ? 'attempt' : 'attempts'} made`;
    const next =
      nextAttemptAt === undefined
        ? 'Stripe will not try again by itself'
        : `Stripe tries again on ${formatMoment(nextAttemptAt)}`;
    return {
      kind: 'done',
      evidence: { summary: `${made}; ${next}`, attemptCount, nextAttemptAt: nextAttemptAt?.toString() ?? null },
    };
  },
};
