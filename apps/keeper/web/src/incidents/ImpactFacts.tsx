import { Link } from '@tanstack/react-router';
import { type Fact, Facts } from '@tillkeeper/ui/Facts';
import { Countdown } from '@tillkeeper/ui/Times';
import { count, money } from '@tillkeeper/ui/words/money';
import { running } from '@tillkeeper/ui/words/time';
import type { Amount, Incident } from '../api/types.ts';

function atRisk(amounts: readonly Amount[]): { value: string; others: string | undefined } {
  const [first, ...others] = [...amounts].sort((a, b) => b.minor - a.minor);
  if (!first) return { value: '$0', others: undefined };
  return {
    value: money(first.minor, first.currency, 'whole'),
    others:
      others.length === 0
        ? undefined
        : `and ${others.map((each) => money(each.minor, each.currency, 'whole')).join(', ')}`,
  };
}

/** What it does to customers, as it was measured last. A case is one customer: its name stands where a mass has its numbers. */
export function ImpactFacts({ incident }: { incident: Incident }) {
  const { impact } = incident;
  const { value, others } = atRisk(impact.mrrAtRisk);
  const locked = impact.payersLockedOut;
  const facts: Fact[] = [
    {
      label: 'Payers locked out',
      value: count(locked),
      proof: locked === 0 ? 'nobody who paid' : `${count(impact.payersLockedOutMinutes)} min, all together`,
      harm: locked > 0 && incident.state !== 'resolved',
    },
  ];
  if (incident.scope === 'systemic') {
    facts.push(
      { label: 'Unpaid with access', value: count(impact.unpaidWithAccess), proof: 'sell as before' },
      { label: 'On the wrong plan', value: count(impact.wrongPlan), proof: 'wrong limits apply' },
    );
  }
  facts.push({ label: 'MRR at risk', value, proof: others ?? 'a month' });
  const [only] = incident.organizations;
  if (incident.scope === 'case' && only) {
    facts.unshift({
      label: 'Customer',
      value: (
        <Link
          to="/organizations/$id"
          params={{ id: only.id }}
          className="decoration-edge underline-offset-4 hover:underline"
        >
          {only.name}
        </Link>
      ),
      proof: `${only.plan}, ${only.status}`,
    });
  } else {
    facts.push({ label: 'Organizations', value: count(incident.organizationIds.length), proof: 'named below' });
  }
  if (incident.resolvedAt) {
    const lasted = Date.parse(incident.resolvedAt) - Date.parse(incident.openedAt);
    facts.push({
      label: 'Was open',
      value: running(lasted),
      proof: incident.outcome === 'forced' ? 'signal to close' : 'signal to proof',
    });
  } else if (incident.next) {
    facts.push({ label: 'Next', value: <Countdown to={incident.next.at} />, proof: incident.next.what });
  }
  return <Facts label="Impact" facts={facts} />;
}
