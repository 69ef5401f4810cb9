import { expect, it } from 'vitest';
import { type Actor, actorLabel } from './actor.ts';

it('names each kind of actor as a timeline shows it', () => {
  const actors: [Actor, string][] = [
    [{ kind: 'operator', id: '1', name: 'Ana Ruiz' }, 'Ana Ruiz'],
    [{ kind: 'support', id: '1', name: 'Ben Okoro' }, 'Ben Okoro'],
    [{ kind: 'token', id: '1', name: 'deploy script' }, 'deploy script'],
    [{ kind: 'member', userId: '1' }, 'Member'],
    [{ kind: 'system', job: 'relay-effects' }, 'job relay-effects'],
    [{ kind: 'webhook', source: 'stripe' }, 'Stripe'],
    [{ kind: 'run', runId: '1', playbook: 'payment-processing-failure' }, 'Playbook'],
  ];
  for (const [actor, label] of actors) expect(actorLabel(actor)).toBe(label);
});
