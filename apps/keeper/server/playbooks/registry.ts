import { AppError } from '@tillkeeper/platform/errors';
import { paymentProcessingFailure } from './paymentProcessingFailure/playbook.ts';
import type { Playbook, PlaybookForm, Scope } from './playbook.ts';
import { subscriptionSyncFailure } from './subscriptionSyncFailure/playbook.ts';

const playbooks: ReadonlyMap<string, Playbook> = new Map(
  [paymentProcessingFailure, subscriptionSyncFailure].map((playbook) => [playbook.name, playbook]),
);

/** Throws `invalid_input` naming those that exist. */
export function findPlaybook(name: string): Playbook {
  const playbook = playbooks.get(name);
  if (playbook === undefined) {
    throw new AppError('invalid_input', `there is no playbook ${name}`, { playbooks: [...playbooks.keys()] });
  }
  return playbook;
}

export function findForm(name: string, scope: Scope): PlaybookForm {
  const form = findPlaybook(name).forms[scope];
  if (form === undefined) throw new AppError('invalid_input', `the playbook ${name} has no form for a ${scope}`);
  return form;
}
