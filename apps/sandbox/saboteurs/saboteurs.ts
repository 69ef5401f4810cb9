import { AppError } from '@tillkeeper/platform/errors';
import { paymentProcessingFailure } from './paymentProcessingFailure.ts';
import { subscriptionSyncFailure } from './subscriptionSyncFailure.ts';
import type { Disturbance, Sabotage, SabotageOptions, Saboteur, World } from './world.ts';

const registry: readonly Saboteur[] = [paymentProcessingFailure, subscriptionSyncFailure];

export interface Saboteurs {
  /** The playbooks whose failure can be caused, each with its forms, the usual one first. */
  readonly known: readonly { readonly playbook: string; readonly forms: readonly string[] }[];
  /**
   * Causes the failure that a playbook is for. `not_found` for a playbook without a saboteur, `invalid_input` for a form that it does not
   * have or seconds outside 1 to 3600.
   */
  inject(playbook: string, options?: SabotageOptions): Promise<Sabotage>;
  /** Ends every disturbance of the outside world now. What has to be repaired stays broken. */
  heal(): void;
}

export function createSaboteurs(world: World): Saboteurs {
  const underWay = new Map<Disturbance, NodeJS.Timeout>();

  function end(disturbance: Disturbance): void {
    clearTimeout(underWay.get(disturbance));
    underWay.delete(disturbance);
    disturbance.heal?.();
  }

  return {
    known: registry.map(({ name, forms }) => ({ playbook: name, forms })),
    async inject(playbook, options = {}) {
      const saboteur = registry.find(({ name }) => name === playbook);
      if (saboteur === undefined) {
        const known = registry.map(({ name }) => name);
        throw new AppError('not_found', `no saboteur for "${playbook}"; there are ${known.join(', ')}`, { known });
      }
      const { form = saboteur.forms[0], seconds } = options;
      if (!saboteur.forms.includes(form)) {
        throw new AppError('invalid_input', `${playbook} has no form "${form}"; it has ${saboteur.forms.join(', ')}`, {
          field: 'form',
        });
      }
      if (seconds !== undefined && !(Number.isInteger(seconds) && seconds >= 1 && seconds <= 3_600)) {
        throw new AppError('invalid_input', 'seconds must be a whole number from 1 to 3600', { field: 'seconds' });
      }
      const disturbance = await saboteur.inject(world, { ...options, form });
      if (disturbance.seconds !== undefined) {
        const timer = setTimeout(() => {
          end(disturbance);
          world.log.info({ playbook, form }, 'the disturbance is over');
        }, disturbance.seconds * 1_000);
        underWay.set(disturbance, timer.unref());
      }
      world.log.info({ playbook, form, organizationIds: disturbance.organizationIds }, disturbance.what);
      return { what: disturbance.what, organizationIds: disturbance.organizationIds };
    },
    heal() {
      for (const disturbance of underWay.keys()) end(disturbance);
    },
  };
}
