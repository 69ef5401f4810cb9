import { AppError } from '@tillkeeper/platform/errors';
import { systemicPaymentIdentity } from '../../detection/stripeWebhooks.ts';
import type { Playbook } from '../playbook.ts';
import { caseForm } from './caseForm.ts';
import { systemicForm } from './systemicForm.ts';

const caseIdentity = /^payment-processing-failure\/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/;

/** Payments that fail: of one customer a case, of many an incident. */
export const paymentProcessingFailure: Playbook = {
  name: 'payment-processing-failure',
  version: 1,
  formOf(identity) {
    const organizationId = caseIdentity.exec(identity)?.[1];
    if (organizationId !== undefined) return { scope: 'case', organizationIds: [organizationId] };
    if (identity === systemicPaymentIdentity) return { scope: 'systemic', organizationIds: [] };
    throw new AppError(
      'invalid_input',
      `this playbook knows ${systemicPaymentIdentity} and payment-processing-failure/<organization id>`,
      { identity },
    );
  },
  forms: { case: caseForm, systemic: systemicForm },
};
