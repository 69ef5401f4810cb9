import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useNow } from '@tillkeeper/ui/Clock';
import { Notice } from '@tillkeeper/ui/Notice';
import { Tag } from '@tillkeeper/ui/Severity';
import { Skeleton } from '@tillkeeper/ui/Skeleton';
import { clockMinutes } from '@tillkeeper/ui/words/time';
import { organizationQuery } from '../api/queries.ts';
import { ApiError } from '../api/request.ts';
import type { Organization } from '../api/types.ts';
import { ErrorNotice } from '../frame/ErrorNotice.tsx';
import { Page } from '../frame/Page.tsx';
import { useRemember } from '../frame/useRemember.ts';
import { Invoices } from './Invoices.tsx';
import { LifecycleLine } from './LifecycleLine.tsx';
import { OpenIncidents } from './OpenIncidents.tsx';
import { OrganizationFacts } from './OrganizationFacts.tsx';
import { SalesBars } from './SalesBars.tsx';
import { SourcesTable } from './SourcesTable.tsx';
import { Story } from './Story.tsx';
import { UseOfPlan } from './UseOfPlan.tsx';

const parent = { to: '/organizations', label: 'Organizations' } as const;

function city(zone: string): string {
  return zone.split('/').at(-1)?.replaceAll('_', ' ') ?? zone;
}

function Loaded({ organization }: { organization: Organization }) {
  const now = useNow();
  useRemember(`/organizations/${organization.id}`, organization.name);
  return (
    <Page
      title={organization.name}
      parent={parent}
      rail={
        <>
          <OrganizationFacts organization={organization} />
          <Story story={organization.story} zone={organization.timezone} />
        </>
      }
    >
      <div className="mb-3.5 flex flex-wrap items-center gap-x-4 gap-y-1">
        <h1 className="text-20 font-semibold tracking-[-.012em] text-balance max-desk:text-18">{organization.name}</h1>
        <Tag>{organization.plan}</Tag>
        <span className="text-ink-2">
          {city(organization.timezone)},{' '}
          <b className="font-medium text-ink">{clockMinutes(now, organization.timezone)}</b>
        </span>
      </div>
      <OpenIncidents organization={organization} />
      <LifecycleLine organization={organization} />
      <SourcesTable organization={organization} />
      <SalesBars days={organization.salesPerDay} zone={organization.timezone} />
      <div className="mt-7 grid gap-x-10 gap-y-7 desk:grid-cols-[minmax(0,.8fr)_minmax(0,1.2fr)]">
        <UseOfPlan organization={organization} />
        <Invoices organization={organization} />
      </div>
    </Page>
  );
}

export function OrganizationPage() {
  const { id } = useParams({ from: '/frame/organizations/$id' });
  const { data, error, refetch } = useQuery(organizationQuery(id));
  if (data) return <Loaded organization={data} />;
  return (
    <Page title="Organization" parent={parent} rail={error ? undefined : <Skeleton rows={6} label="facts" />}>
      {error instanceof ApiError && (error.status === 404 || error.status === 400) ? (
        <Notice mark="unknown" title="There is no organization with this id">
          It may be erased, or the id may be cut off.
        </Notice>
      ) : error ? (
        <ErrorNotice error={error} what="The organization" retry={() => void refetch()} />
      ) : (
        <Skeleton rows={10} label="organization" />
      )}
    </Page>
  );
}
