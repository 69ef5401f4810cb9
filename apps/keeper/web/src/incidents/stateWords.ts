import type { MarkName } from '@tillkeeper/ui/Mark';
import type { IncidentItem, Proof } from '../api/types.ts';

interface StateWord {
  readonly mark: MarkName;
  readonly word: string;
}

type Stated = Pick<IncidentItem, 'state' | 'outcome'>;

/** How an incident's state is shown. Only what was proven gets the seal: an incident resolved by decision is not known to be well. */
export function incidentState(incident: Stated, proof?: Pick<Proof, 'clean' | 'needed'> | null): StateWord {
  switch (incident.state) {
    case 'triggered':
      return { mark: 'triggered', word: 'Triggered' };
    case 'acknowledged':
      return { mark: 'acknowledged', word: 'Acknowledged' };
    case 'running':
      return { mark: 'running', word: 'Running' };
    case 'waiting':
      return { mark: 'paused', word: 'Waiting' };
    case 'manual':
      return { mark: 'manual', word: 'Manual step' };
    case 'proving':
      return { mark: 'proving', word: proof ? `Proving ${proof.clean} of ${proof.needed}` : 'Proving' };
    case 'resolved':
      if (incident.outcome === 'forced') return { mark: 'unknown', word: 'Closed unproven' };
      if (incident.outcome === 'lost') return { mark: 'done', word: 'Lost, proven' };
      return { mark: 'proven', word: 'Resolved' };
  }
}
