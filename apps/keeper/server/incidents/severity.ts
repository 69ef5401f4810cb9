import type { Scope, Severity } from '../playbooks/playbook.ts';
import type { Impact } from './measureImpact.ts';

const order: readonly Severity[] = ['P0', 'P1', 'P2', 'P3'];

/** Shops that pay and cannot work make it high, whatever the cause; this many of them are everybody's business. */
const lockedOutIsHigh = 1;
const lockedOutIsCritical = 25;

/**
 * An incident's severity from what it does to customers, not from who called. It begins where the playbook's form begins. A case concerns one
 * customer and stays where it is: it wakes nobody, however much it weighs for that customer.
 */
export function severityOf(
  form: { readonly severity: Severity },
  scope: Scope,
  impact: Pick<Impact, 'payersLockedOut'>,
): Severity {
  if (scope === 'case') return form.severity;
  if (impact.payersLockedOut >= lockedOutIsCritical) return graver(form.severity, 'P0');
  if (impact.payersLockedOut >= lockedOutIsHigh) return graver(form.severity, 'P1');
  return form.severity;
}

export function graver(a: Severity, b: Severity): Severity {
  return order.indexOf(a) <= order.indexOf(b) ? a : b;
}
