import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Button } from '@tillkeeper/ui/Button';
import { Kbd } from '@tillkeeper/ui/Kbd';
import { Notice } from '@tillkeeper/ui/Notice';
import { Skeleton } from '@tillkeeper/ui/Skeleton';
import { useRef } from 'react';
import { type IncidentTab, incidentsQuery } from '../api/queries.ts';
import { useAttention } from '../frame/attention.ts';
import { ErrorNotice } from '../frame/ErrorNotice.tsx';
import { LoadMore } from '../frame/LoadMore.tsx';
import { Page } from '../frame/Page.tsx';
import { rowKeys, useKeys } from '../keys/registry.ts';
import { IncidentTable } from './IncidentTable.tsx';
import { NoOpenIncidents } from './NoOpenIncidents.tsx';
import { useSteadyRows } from './useSteadyRows.ts';

const tabs = [
  { state: 'open', label: 'Open' },
  { state: 'resolved', label: 'Resolved' },
  { state: 'all', label: 'All' },
] as const;

const none: Record<IncidentTab, string> = { open: 'open', resolved: 'resolved', all: 'known' };

export function IncidentsPage() {
  const { state = 'open', severity } = useSearch({ from: '/frame/incidents' });
  const navigate = useNavigate();
  const filter = useRef<HTMLSelectElement>(null);
  const attention = useAttention();
  const { data, error, isPending, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    incidentsQuery({ state, severity }),
  );
  const rows = useSteadyRows(`${state} ${severity ?? ''}`, data);

  function setSeverity(next: string | undefined): void {
    void navigate({
      to: '/incidents',
      search: { state, severity: next },
      replace: true,
    });
  }

  useKeys('List', [...rowKeys, { keys: 'f', label: 'Filter', run: () => filter.current?.focus() }]);

  const empty = rows.items.length === 0;
  return (
    <Page title="Incidents">
      <h1 className="sr-only">Incidents</h1>
      <div className="flex h-[34px] items-center gap-4.5 border-b border-line max-desk:h-11">
        <nav aria-label="Which incidents" className="flex gap-4.5 self-stretch">
          {tabs.map((tab) => (
            <Link
              key={tab.state}
              to="/incidents"
              search={{ state: tab.state, severity }}
              className="flex items-center gap-1.5 text-ink-2 hover:text-ink aria-[current]:font-medium aria-[current]:text-ink aria-[current]:shadow-[inset_0_-2px_0_var(--ink)]"
            >
              {tab.label}
              {tab.state === 'open' && attention.open ? (
                <span className="font-regular text-ink-3">{attention.open}</span>
              ) : null}
            </Link>
          ))}
        </nav>
        <div className="ml-auto flex items-center gap-4">
          {rows.pending === undefined ? null : (
            <button
              type="button"
              onClick={rows.update}
              className="font-medium text-accent hover:underline max-desk:min-h-11"
            >
              {rows.pending}
            </button>
          )}
          <label className="flex items-center gap-2 text-ink-2">
            <span className="max-desk:sr-only">Severity</span>
            <select
              ref={filter}
              value={severity ?? ''}
              onChange={(event) => setSeverity(event.target.value || undefined)}
              className="h-[26px] rounded-control border border-line bg-surface px-1.5 text-12 text-ink hover:border-edge max-desk:h-9"
            >
              <option value="">All</option>
              {['P0', 'P1', 'P2', 'P3'].map((each) => (
                <option key={each}>{each}</option>
              ))}
            </select>
            <Kbd>F</Kbd>
          </label>
        </div>
      </div>

      {isPending ? <Skeleton rows={6} height={56} label="incidents" /> : null}
      {error ? <ErrorNotice error={error} what="The list of incidents" retry={() => void refetch()} /> : null}
      {data && empty && severity !== undefined ? (
        <Notice
          mark="pending"
          title={`No ${none[state]} incident is ${severity}`}
          actions={
            <Button size="small" onClick={() => setSeverity(undefined)}>
              Clear filter
            </Button>
          }
        >
          {state === 'open' && attention.open ? `${attention.open} open at any severity.` : null}
        </Notice>
      ) : null}
      {data && empty && severity === undefined ? (
        state === 'open' ? (
          <NoOpenIncidents />
        ) : (
          <Notice mark="pending" title="No incident yet">
            {state === 'resolved'
              ? 'What is resolved stays here with its record.'
              : 'The detectors have found nothing so far.'}
          </Notice>
        )
      ) : null}
      {empty ? null : <IncidentTable items={rows.items} gone={rows.gone} />}
      {hasNextPage ? <LoadMore busy={isFetchingNextPage} onMore={() => void fetchNextPage()} what="incidents" /> : null}
    </Page>
  );
}
