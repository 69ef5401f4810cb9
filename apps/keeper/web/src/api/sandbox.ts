import { queryString, request } from './request.ts';

// An advance answers when all that fell due has been done: seven days of forty shops take a while.
const patience = 10 * 60_000;

export interface Fault {
  readonly playbook: string;
  readonly form?: string;
  readonly title: string;
  readonly effect: string;
}

/** What the sandbox can break. */
export const faults: readonly Fault[] = [
  {
    playbook: 'payment-processing-failure',
    form: 'card',
    title: 'A card starts to fail',
    effect: 'One shop becomes past due, its owner gets a mail',
  },
  {
    playbook: 'payment-processing-failure',
    form: 'stripe-500',
    title: 'Stripe answers 500',
    effect: 'Reads and payments of many shops fail for a minute',
  },
  {
    playbook: 'payment-processing-failure',
    form: 'unsigned',
    title: 'Webhooks come unsigned',
    effect: 'Every delivery is refused for a minute',
  },
  {
    playbook: 'payment-processing-failure',
    form: 'late',
    title: 'Webhooks come late',
    effect: 'Deliveries are held back for a minute',
  },
  {
    playbook: 'subscription-sync-failure',
    title: 'The sync trigger is disabled',
    effect: 'Rows change behind its back and differ from Stripe',
  },
];

/** Answers what was done, in one sentence. */
export async function causeFault(sandboxUrl: string, fault: Fault): Promise<{ what: string }> {
  return request(`${sandboxUrl}/sabotage/${fault.playbook}${queryString({ form: fault.form })}`, {
    method: 'POST',
    body: {},
    within: 60_000,
  });
}

/** Moves every clock of the sandbox by an ISO duration and waits until all that fell due is done. */
export async function advanceClock(sandboxUrl: string, by: string): Promise<void> {
  await request(`${sandboxUrl}/clock/advance`, { method: 'POST', body: { by }, within: patience });
}
