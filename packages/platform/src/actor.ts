/** Who acts. A closed union: permissions, audit rows and timelines name each kind. */
export type Actor =
  | { readonly kind: 'operator'; readonly id: string; readonly name: string }
  | { readonly kind: 'support'; readonly id: string; readonly name: string }
  | { readonly kind: 'member'; readonly userId: string; readonly organizationId?: string }
  | { readonly kind: 'system'; readonly job: string }
  | { readonly kind: 'webhook'; readonly source: 'stripe' }
  | { readonly kind: 'run'; readonly runId: string; readonly playbook: string }
  | { readonly kind: 'token'; readonly id: string; readonly name: string };

/** What a timeline shows: `Ana Ruiz`, `Playbook`, `job relay-effects`. */
export function actorLabel(actor: Actor): string {
  switch (actor.kind) {
    case 'operator':
    case 'support':
    case 'token':
      return actor.name;
    case 'member':
      return 'Member';
    case 'system':
      return `job ${actor.job}`;
    case 'webhook':
      return 'Stripe';
    case 'run':
      return 'Playbook';
  }
}
