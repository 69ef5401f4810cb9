import { setTimeout as pause } from 'node:timers/promises';
import { AppError } from '@tillkeeper/platform/errors';
import { type Alignment, alignPaymentMethod, observeAlignment } from '../../billing/alignPaymentMethod.ts';
import type { PaymentFacts } from '../../billing/paymentFacts.ts';
import { observePayment, type Payment, payOpenInvoice } from '../../billing/payOpenInvoice.ts';
import { refreshOrganizations } from '../../billing/refreshOrganizations.ts';
import { formatMoment } from '../formatDate.ts';
import type { Step, StepRun } from '../playbook.ts';
import type { Observation } from '../stepLedger.ts';
import {
  declineClass,
  describeAmount,
  describeCard,
  describeError,
  newCard,
  newerChoice,
  organizationOf,
  payKey,
  paymentState,
  readCase,
} from './caseFacts.ts';

/** A temporary decline gets this long before anybody is written to, from the opening of the case. */
const patienceHours = 48;
/** After the moment at which Stripe means to try: its event usually wakes the run before. */
const lookAfterAttemptMinutes = 10;
/** Without any other reason to look, the run looks once a day: an event may have been lost. */
const lookAgainHours = 24;

export const waitForRetry: Step = {
  name: 'wait-for-retry',
  title: "Wait for Stripe's next attempt",
  phase: 'act',
  kind: 'automatic',
  async execute(run) {
    const facts = await readCase(run);
    const over = whyNotWait(run, facts);
    if (over !== undefined)
      return { kind: over.waited ? 'done' : 'skipped', evidence: { summary: over.summary, ...attempts(facts) } };
    const until = run.incident.openedAt.add({ hours: patienceHours });
    const attempt = facts.openInvoice?.nextAttemptAt?.add({ minutes: lookAfterAttemptMinutes });
    return {
      kind: 'waiting',
      reason: "Stripe's next attempt",
      wakeAt: attempt !== undefined && Temporal.Instant.compare(attempt, until) < 0 ? attempt : until,
      evidence: {
        summary: `Temporary (${describeError(facts)}): Stripe tries again ${facts.openInvoice?.nextAttemptAt === undefined ? 'later' : `on ${formatMoment(facts.openInvoice.nextAttemptAt)}`}, at the latest on ${formatMoment(until)} we write`,
        ...attempts(facts),
      },
    };
  },
};

function attempts({ openInvoice }: PaymentFacts): { attemptCount: number; nextAttemptAt: string | null } {
  return {
    attemptCount: openInvoice?.attemptCount ?? 0,
    nextAttemptAt: openInvoice?.nextAttemptAt?.toString() ?? null,
  };
}

/** Why there is no (further) waiting for an attempt; undefined while there is. */
function whyNotWait(run: StepRun, facts: PaymentFacts): { waited: boolean; summary: string } | undefined {
  const waited = run.step.state === 'waiting';
  const state = paymentState(facts);
  if (state === 'paid') return { waited, summary: 'The payment went through' };
  if (state === 'ended') return { waited, summary: 'The subscription has ended at Stripe' };
  if (newCard(run, facts) !== undefined) return { waited, summary: 'The customer has another card now' };
  const kind = declineClass(facts);
  const seen = run.evidenceOf('read-failed-payment')?.attemptCount;
  if (typeof seen === 'number' && (facts.openInvoice?.attemptCount ?? 0) > seen && seen > 0) {
    return { waited: true, summary: `Stripe tried again, and it failed: ${describeError(facts)} (${kind})` };
  }
  if (kind !== 'temporary') return { waited, summary: `Not temporary: ${describeError(facts)} (${kind})` };
  if (facts.openInvoice?.nextAttemptAt === undefined) return { waited, summary: 'Stripe will not try again by itself' };
  const until = run.incident.openedAt.add({ hours: patienceHours });
  if (Temporal.Instant.compare(run.ctx.clock.now(), until) >= 0)
    return { waited: true, summary: `Still not paid after ${patienceHours} hours` };
  return undefined;
}

/** The words with which a person may finish the step; the first one is meant where none is given. */
export const fraudChoices = ['write', 'hold'] as const;

export const decideOnFraud: Step = {
  name: 'decide-on-fraud',
  title: 'Decide whether to write to the customer',
  phase: 'act',
  kind: 'manual',
  async execute(run) {
    const facts = await readCase(run);
    const state = paymentState(facts);
    if (state !== 'open')
      return {
        kind: 'skipped',
        evidence: { summary: state === 'paid' ? 'The payment went through' : 'The subscription has ended' },
      };
    const { decision } = run.step.evidence;
    // A refuted proof brings the run here again; what a person has decided stands.
    if (decision !== undefined) return { kind: 'done', evidence: { ...run.step.evidence, summary: 'Decided before' } };
    if (declineClass(facts) !== 'fraud')
      return { kind: 'skipped', evidence: { summary: `No sign of fraud: ${describeError(facts)}` } };
    return {
      kind: 'manual',
      evidence: {
        summary: `The bank reports a stolen, lost or fraudulent card (${describeError(facts)}). A person decides: write to the customer, or hold`,
        choices: fraudChoices,
      },
    };
  },
};

export const waitForPayment: Step = {
  name: 'wait-for-payment',
  title: 'Wait for the payment',
  phase: 'act',
  kind: 'automatic',
  async execute(run) {
    const facts = await readCase(run);
    const state = paymentState(facts);
    if (state === 'paid') return { kind: 'done', evidence: { summary: 'Stripe says paid', ...attempts(facts) } };
    if (state === 'ended')
      return { kind: 'done', evidence: { summary: 'The subscription has ended at Stripe', ...attempts(facts) } };
    const card = await untriedCard(run, facts);
    if (card !== undefined)
      return {
        kind: 'done',
        evidence: { summary: `The customer has another card: ${describeCard(card)}`, ...attempts(facts) },
      };
    const daily = run.ctx.clock.now().add({ hours: lookAgainHours });
    const attempt = facts.openInvoice?.nextAttemptAt?.add({ minutes: lookAfterAttemptMinutes });
    return {
      kind: 'waiting',
      reason: 'the payment, or another card',
      wakeAt: attempt !== undefined && Temporal.Instant.compare(attempt, daily) < 0 ? attempt : daily,
      evidence: {
        summary: `${describeAmount(facts)} is open after ${counted(facts.openInvoice?.attemptCount ?? 0)}`,
        ...attempts(facts),
      },
    };
  },
};

function counted(attempts: number): string {
  return attempts === 1 ? '1 attempt' : `${attempts} attempts`;
}

/** A card that we have not tried on the open invoice. */
async function untriedCard(run: StepRun, facts: PaymentFacts) {
  const card = newCard(run, facts);
  if (card === undefined || facts.openInvoice === undefined) return undefined;
  return (await run.observed(payKey(facts.openInvoice.id, card.id))) === undefined ? card : undefined;
}

export const alignAndPay: Step = {
  name: 'align-and-pay',
  title: 'Align the card and pay the invoice',
  phase: 'act',
  kind: 'automatic',
  async execute(run) {
    const organizationId = organizationOf(run.incident);
    const found = await run.review<Payment | Alignment>((intent, key) =>
      key.startsWith('pay/') ? observePaid(run, String(intent.invoiceId)) : observeAligned(run),
    );
    const facts = await readCase(run);
    const state = paymentState(facts);
    if (state !== 'open') {
      await refresh(run);
      if (found.some((each) => 'status' in each && each.status === 'paid')) {
        return { kind: 'done', evidence: { summary: 'The invoice was paid by us', found } };
      }
      const summary = state === 'paid' ? 'Paid without our doing' : 'The subscription has ended, nothing is collected';
      return { kind: 'skipped', evidence: { summary } };
    }
    const card = await untriedCard(run, facts);
    const invoice = facts.openInvoice;
    if (card === undefined || invoice === undefined) {
      return { kind: 'back', to: 'wait-for-payment', evidence: { summary: 'No card to try: waiting again' } };
    }

    const done: Record<string, unknown> = { cardId: card.id, invoiceId: invoice.id };
    if (newerChoice(facts) !== undefined) {
      const key = `align/${card.id}`;
      done.alignment = await run.effect<Alignment>(key, {
        intent: { organizationId, from: facts.paymentMethod?.id ?? null, to: card.id },
        perform: (attempt) =>
          alignPaymentMethod(run.ctx, { organizationId, idempotencyKey: `${run.runId}/${key}/${attempt}` }),
        observe: () => observeAligned(run),
      });
    }
    const key = payKey(invoice.id, card.id);
    const payment = await run.effect<Payment>(key, {
      intent: { organizationId, invoiceId: invoice.id, paymentMethodId: card.id },
      perform: (attempt) =>
        payOpenInvoice(run.ctx, {
          organizationId,
          invoiceId: invoice.id,
          idempotencyKey: `${run.runId}/${key}/${attempt}`,
        }),
      observe: () => observePaid(run, invoice.id),
    });
    await refresh(run);
    if (payment.status === 'failed') {
      const words = [payment.code, payment.declineCode].filter((word) => word !== undefined).join(', ');
      return {
        kind: 'back',
        to: 'wait-for-payment',
        evidence: {
          summary: `${describeCard(card)} was refused too: ${words === '' ? payment.message : words}`,
          ...done,
          payment,
        },
      };
    }
    return {
      kind: 'done',
      evidence: { summary: `${describeAmount(facts)} paid with ${describeCard(card)}`, ...done, payment },
    };
  },
};

async function observePaid(run: StepRun, invoiceId: string): Promise<Observation<Payment>> {
  const seen = await observePayment(run.ctx, { organizationId: organizationOf(run.incident), invoiceId });
  return seen.done ? { done: true, observed: { status: 'paid', invoiceId, already: true } } : { done: false };
}

async function observeAligned(run: StepRun): Promise<Observation<Alignment>> {
  const seen = await observeAlignment(run.ctx, { organizationId: organizationOf(run.incident) });
  return seen.done
    ? { done: true, observed: { outcome: 'already', from: undefined, to: seen.charges } }
    : { done: false };
}

/** Longer than a dead worker's lease on an organization, machine time. */
const busyAtMostMs = 12_000;
const askAgainMs = 250;

/**
 * Brings what Stripe says now here, instead of waiting for its webhook: a late webhook must not keep a payer waiting. A refetch under way may have
 * begun before the payment and does not count; going on without one of our own would have the proof refuted by our own delay.
 */
async function refresh(run: StepRun): Promise<void> {
  const organizationId = organizationOf(run.incident);
  for (const until = performance.now() + busyAtMostMs; ; await pause(askAgainMs)) {
    const [outcome] = await refreshOrganizations(run.ctx, {
      organizationIds: [organizationId],
      cause: { kind: 'run', runId: run.runId },
      priority: 'high',
    });
    if (outcome?.outcome === 'failed') throw outcome.error ?? new Error('refresh failed');
    if (outcome?.outcome !== 'busy') return;
    if (performance.now() > until)
      throw new AppError('unavailable', 'somebody else reads it from Stripe, for too long');
  }
}
