import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { Notice } from '@tillkeeper/ui/Notice';
import { Skeleton } from '@tillkeeper/ui/Skeleton';
import { useMemo, useState } from 'react';
import { incidentQuery } from '../api/queries.ts';
import { ApiError } from '../api/request.ts';
import type { Incident } from '../api/types.ts';
import { ErrorNotice } from '../frame/ErrorNotice.tsx';
import { Page } from '../frame/Page.tsx';
import { useRemember } from '../frame/useRemember.ts';
import { AffectedOrganizations } from './AffectedOrganizations.tsx';
import { OrganizationNames } from './Evidence.tsx';
import { ImpactFacts } from './ImpactFacts.tsx';
import { IncidentHead } from './IncidentHead.tsx';
import { IncidentMessages } from './IncidentMessages.tsx';
import { IncidentTimeline, type TimelineFilter } from './IncidentTimeline.tsx';
import { ProofBlock } from './ProofBlock.tsx';
import { RecordSection } from './RecordSection.tsx';
import { RunSection } from './RunSection.tsx';

const parent = { to: '/incidents', label: 'Incidents' } as const;

function Loaded({ incident, failing }: { incident: Incident; failing: Error | null }) {
  const [filter, setFilter] = useState<TimelineFilter>('all');
  const name = `#${incident.number}`;
  useRemember(`/incidents/${incident.number}`, `${name} ${incident.title}`);
  const names = useMemo(
    () => new Map(incident.organizations.map((each) => [each.id, each.name])),
    [incident.organizations],
  );
  return (
    <OrganizationNames value={names}>
      <Page
        title={`${name} ${incident.title}`}
        here={name}
        parent={parent}
        rail={
          <>
            <ProofBlock incident={incident} />
            <IncidentTimeline events={incident.timeline} filter={filter} onFilter={setFilter} />
          </>
        }
      >
        <IncidentHead incident={incident} failing={failing !== null} />
        <ImpactFacts incident={incident} />
        {incident.run ? <RunSection incident={incident} run={incident.run} /> : null}
        {incident.record ? <RecordSection record={incident.record} onFollow={() => setFilter('all')} /> : null}
        <AffectedOrganizations organizations={incident.organizations} />
        <IncidentMessages messages={incident.messages} />
      </Page>
    </OrganizationNames>
  );
}

export function IncidentPage() {
  const { reference } = useParams({ from: '/frame/incidents/$reference' });
  const { data, error, refetch } = useQuery(incidentQuery(reference));
  if (data) return <Loaded incident={data} failing={error} />;
  return (
    <Page
      title={`#${reference}`}
      parent={parent}
      rail={error ? undefined : <Skeleton rows={4} label="times and proof" />}
    >
      {error instanceof ApiError && error.status === 404 ? (
        <Notice mark="unknown" title={`There is no incident ${reference}`}>
          The number may be mistyped, or it belongs to another installation.
        </Notice>
      ) : error ? (
        <ErrorNotice error={error} what="The incident" retry={() => void refetch()} />
      ) : (
        <Skeleton rows={8} label="incident" />
      )}
    </Page>
  );
}
