import { faultPoint } from '@tillkeeper/platform/faults';
import { inTransaction, type KeeperContext } from '../context.ts';
import { recordAudit } from '../operators/audit.ts';
import { authorize } from '../operators/permissions.ts';
import { outsideTransaction } from './outsideTransaction.ts';
import { type PaymentFacts, readPaymentFacts } from './paymentFacts.ts';

export interface Alignment {
  /** `nothing_newer`: the subscription charges what the customer chose last, or the customer chose nothing. */
  readonly outcome: 'aligned' | 'already' | 'nothing_newer';
  readonly from: string | undefined;
  /** The payment method that Stripe charges now. */
  readonly to: string | undefined;
}

/**
 * Makes the subscription charge the payment method that the customer has set as default since. Stripe charges the subscription's own default
 * first, so a card that was updated on the customer alone leaves the failing one in force. An older default of the customer is left alone.
 */
export async function alignPaymentMethod(
  ctx: KeeperContext,
  input: { readonly organizationId: string; readonly idempotencyKey: string },
): Promise<Alignment> {
  authorize(ctx, 'billing.repair');
  const outside = outsideTransaction(ctx);
  const facts = await readPaymentFacts(ctx, input.organizationId);
  const wanted = newerDefault(facts);
  const from = facts.paymentMethod?.id;
  if (wanted === undefined || facts.subscription === undefined) {
    return { outcome: isAligned(facts) ? 'already' : 'nothing_newer', from, to: from };
  }

  const { id } = facts.subscription;
  await ctx.stripe.write('subscriptions.update', input.organizationId, () =>
    ctx.stripe.api.subscriptions.update(
      id,
      { default_payment_method: wanted },
      { idempotencyKey: input.idempotencyKey },
    ),
  );
  await faultPoint('billing.after-align');
  await inTransaction(outside, (tx) =>
    recordAudit(tx, {
      action: 'subscription.align_payment_method',
      subjectId: id,
      organizationId: input.organizationId,
      details: { from, to: wanted, idempotencyKey: input.idempotencyKey },
    }),
  );
  return { outcome: 'aligned', from, to: wanted };
}

/** For the step ledger, when the outcome is unknown: whether Stripe charges what the customer chose last. */
export async function observeAlignment(
  ctx: KeeperContext,
  input: { readonly organizationId: string },
): Promise<{ readonly done: boolean; readonly charges: string | undefined; readonly chosen: string | undefined }> {
  const facts = await readPaymentFacts(ctx, input.organizationId);
  return {
    done: newerDefault(facts) === undefined,
    charges: facts.paymentMethod?.id,
    chosen: facts.customerDefault?.id,
  };
}

/** The customer's default, if Stripe would charge another one that is older. In the same second it counts as newer: it is the later choice. */
function newerDefault({ paymentMethod, customerDefault }: PaymentFacts): string | undefined {
  if (customerDefault === undefined || paymentMethod === undefined || paymentMethod.id === customerDefault.id)
    return undefined;
  return customerDefault.created >= paymentMethod.created ? customerDefault.id : undefined;
}

function isAligned({ paymentMethod, customerDefault }: PaymentFacts): boolean {
  return customerDefault !== undefined && paymentMethod?.id === customerDefault.id;
}
