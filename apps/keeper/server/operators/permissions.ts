import type { Actor } from '@tillkeeper/platform/actor';
import { AppError } from '@tillkeeper/platform/errors';

export type Permission =
  | 'billing.intake'
  | 'billing.read'
  | 'billing.repair'
  | 'engine.read'
  | 'incidents.read'
  | 'incidents.act'
  | 'incidents.run'
  | 'messages.read'
  | 'messages.enqueue'
  | 'messages.send'
  | 'operators.manage'
  | 'organizations.read'
  | 'signals.raise';

const people = ['operator', 'token'] as const;
const machines = ['system', 'run'] as const;

/** Who may do what, by kind of actor. An operator's role narrows it further once operators have roles. */
export const permissions: Readonly<Record<Permission, readonly Actor['kind'][]>> = {
  'billing.intake': ['webhook', 'system'],
  'billing.read': [...people, ...machines, 'support'],
  'billing.repair': [...people, ...machines, 'webhook'],
  'engine.read': [...people, ...machines, 'support'],
  'incidents.read': [...people, ...machines, 'support'],
  'incidents.act': [...people, ...machines],
  'incidents.run': machines,
  'messages.read': [...people, ...machines, 'support'],
  'messages.enqueue': [...people, ...machines],
  'messages.send': ['system'],
  'operators.manage': ['operator', 'system'],
  'organizations.read': [...people, ...machines, 'support'],
  'signals.raise': [...people, ...machines, 'support'],
};

/** Throws `forbidden` unless the context's actor may do this. Each verb calls it before it reads or writes anything. */
export function authorize(ctx: { readonly actor: Actor }, permission: Permission): void {
  if (!permissions[permission].includes(ctx.actor.kind)) {
    throw new AppError('forbidden', `a ${ctx.actor.kind} may not do ${permission}`, { permission });
  }
}
