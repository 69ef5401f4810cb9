import { documentSteps } from '../documentSteps.ts';
import { measureImpactStep } from '../measureImpactStep.ts';
import type { PlaybookForm } from '../playbook.ts';
import { alignAndPay, decideOnFraud, waitForPayment, waitForRetry } from './actCase.ts';
import { checkPaymentMethod, checkStripe, readFailedPayment, reviewRetries } from './assessCase.ts';
import { noteOfCase, tellCustomerPaid } from './documentCase.ts';
import { proveCase } from './proveCase.ts';
import { warnCustomer } from './warnCustomer.ts';

const severity = 'P3';

/** The failed payment of one customer: a case, which wakes nobody and keeps its promises to that customer. */
export const caseForm: PlaybookForm = {
  severity,
  steps: [
    readFailedPayment,
    checkPaymentMethod,
    checkStripe,
    reviewRetries,
    measureImpactStep(severity),
    waitForRetry,
    decideOnFraud,
    warnCustomer,
    waitForPayment,
    alignAndPay,
    { name: 'prove-paid', title: 'Prove that it is paid', phase: 'resolve', kind: 'automatic' },
    ...documentSteps({ note: noteOfCase, before: [tellCustomerPaid] }),
  ],
  prove: proveCase,
};
