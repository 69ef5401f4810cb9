import { AppError } from '@tillkeeper/platform/errors';
import { faultPoint } from '@tillkeeper/platform/faults';
import Stripe from 'stripe';
import { inTransaction, type KeeperContext } from '../context.ts';
import { recordAudit } from '../operators/audit.ts';
import { authorize } from '../operators/permissions.ts';
import { customerOf } from './customerOf.ts';
import { classifyDecline, type DeclineClass } from './declineCodes.ts';
import { outsideTransaction } from './outsideTransaction.ts';

export type Payment =
  | { readonly status: 'paid'; readonly invoiceId: string; readonly already: boolean }
  | {
      readonly status: 'failed';
      readonly invoiceId: string;
      readonly code: string | undefined;
      readonly declineCode: string | undefined;
      readonly message: string;
      readonly declineClass: DeclineClass;
    };

/**
 * Asks Stripe to collect an open invoice now, with the payment method that it would charge anyway. A declined card is an answer (`failed`).
 * Throws as `StripeClient.write`; then the outcome is unknown, and `observePayment` tells. Stripe answers a key again for a day, failures
 * included, so a second attempt on purpose needs a key of its own.
 */
export async function payOpenInvoice(
  ctx: KeeperContext,
  input: { readonly organizationId: string; readonly invoiceId: string; readonly idempotencyKey: string },
): Promise<Payment> {
  authorize(ctx, 'billing.repair');
  const outside = outsideTransaction(ctx);
  const seen = await observePayment(ctx, input);
  if (seen.done) return { status: 'paid', invoiceId: input.invoiceId, already: true };

  const payment = await pay(ctx, input);
  await faultPoint('billing.after-pay');
  await inTransaction(outside, (tx) =>
    recordAudit(tx, {
      action: 'invoice.pay',
      subjectId: input.invoiceId,
      organizationId: input.organizationId,
      details: { ...payment, idempotencyKey: input.idempotencyKey },
    }),
  );
  return payment;
}

async function pay(
  ctx: KeeperContext,
  input: { organizationId: string; invoiceId: string; idempotencyKey: string },
): Promise<Payment> {
  const { invoiceId, organizationId, idempotencyKey } = input;
  try {
    const invoice = await ctx.stripe.write('invoices.pay', organizationId, () =>
      ctx.stripe.api.invoices.pay(invoiceId, {}, { idempotencyKey }),
    );
    if (invoice.status === 'paid') return { status: 'paid', invoiceId, already: false };
    return failedWith(
      invoiceId,
      undefined,
      undefined,
      `the invoice is ${invoice.status ?? 'unknown'} after the attempt`,
    );
  } catch (error) {
    if (error instanceof Stripe.errors.StripeCardError)
      return failedWith(invoiceId, error.code, error.decline_code, error.message);
    // Without any payment method Stripe refuses the call itself (400): for the customer that is a failed payment like others.
    if (error instanceof AppError && error.fields.status === 400) {
      const seen = await observePayment(ctx, input);
      if (seen.done) return { status: 'paid', invoiceId, already: true };
      const code = typeof error.fields.stripeCode === 'string' ? error.fields.stripeCode : undefined;
      return failedWith(invoiceId, code, undefined, error.cause instanceof Error ? error.cause.message : error.message);
    }
    throw error;
  }
}

function failedWith(
  invoiceId: string,
  code: string | undefined,
  declineCode: string | undefined,
  message: string,
): Payment {
  return { status: 'failed', invoiceId, code, declineCode, message, declineClass: classifyDecline(code, declineCode) };
}

/** For the step ledger, when the outcome is unknown: whether the invoice is paid. Throws `not_found` for another organization's invoice. */
export async function observePayment(
  ctx: KeeperContext,
  input: { readonly organizationId: string; readonly invoiceId: string },
): Promise<{
  readonly done: boolean;
  readonly status: string;
  readonly amountRemainingMinor: number;
  readonly currency: string;
}> {
  authorize(ctx, 'billing.read');
  const customerId = await customerOf(ctx, input.organizationId);
  const invoice = await ctx.stripe.read('high', 'invoices.retrieve', input.organizationId, () =>
    ctx.stripe.api.invoices.retrieve(input.invoiceId),
  );
  const owner = typeof invoice.customer === 'string' ? invoice.customer : invoice.customer?.id;
  if (owner !== customerId) {
    throw new AppError('not_found', 'the organization has no such invoice', {
      organizationId: input.organizationId,
      invoiceId: input.invoiceId,
    });
  }
  return {
    done: invoice.status === 'paid',
    status: invoice.status ?? 'draft',
    amountRemainingMinor: invoice.amount_remaining,
    currency: invoice.currency,
  };
}
