import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { State } from '@tillkeeper/ui/Mark';
import { Severity } from '@tillkeeper/ui/Severity';
import { RelativeTime } from '@tillkeeper/ui/Times';
import { organizationIncidentsQuery } from '../api/queries.ts';
import type { Organization } from '../api/types.ts';
import { incidentState } from '../incidents/stateWords.ts';

/** What is wrong for this shop right now, before anything else on its page. Red only when it cannot work. */
export function OpenIncidents({ organization }: { organization: Organization }) {
  const { data } = useQuery(organizationIncidentsQuery(organization.id));
  if (!data || data.items.length === 0) return null;
  const harmed = organization.access !== 'full' && organization.status === 'active';
  return (
    <section
      aria-label="Open incidents"
      className={`mb-6 rounded-panel border ${harmed ? 'border-red-edge bg-red-soft' : 'border-amber-edge bg-amber-soft'}`}
    >
      <ul>
        {data.items.map((incident) => {
          const state = incidentState(incident);
          return (
            <li
              key={incident.id}
              className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-current/10 px-3.5 py-[9px] last:border-0"
            >
              <State mark={state.mark}>{state.word}</State>
              <Severity level={incident.severity} />
              <Link
                to="/incidents/$reference"
                params={{ reference: String(incident.number) }}
                className="link min-w-0 font-medium"
              >
                #{incident.number} {incident.title}
              </Link>
              <span className="ml-auto text-12 text-ink-2">
                since <RelativeTime at={incident.openedAt} />
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
