import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Button } from '@tillkeeper/ui/Button';
import { Notice } from '@tillkeeper/ui/Notice';
import { Skeleton } from '@tillkeeper/ui/Skeleton';
import { Cell, HeadCell, LinkRow, rowLinkClass, Table } from '@tillkeeper/ui/Table';
import { count, money } from '@tillkeeper/ui/words/money';
import { useRef } from 'react';
import { organizationsQuery } from '../api/queries.ts';
import type { OrganizationItem } from '../api/types.ts';
import { ErrorNotice } from '../frame/ErrorNotice.tsx';
import { LoadMore } from '../frame/LoadMore.tsx';
import { Page } from '../frame/Page.tsx';
import { SearchField } from '../frame/SearchField.tsx';
import { rowKeys, useKeys } from '../keys/registry.ts';
import { Access, Status } from './Status.tsx';

const statuses = ['trialing', 'active', 'past_due', 'unpaid', 'paused', 'canceled', 'incomplete'];
const plans = ['free', 'basic', 'pro', 'enterprise'];

const select =
  'h-[30px] rounded-control border border-line bg-surface px-1.5 text-ink hover:border-edge max-desk:h-11 max-desk:flex-1';

function OrganizationRow({ organization }: { organization: OrganizationItem }) {
  return (
    <LinkRow>
      <Cell className="max-desk:order-1 max-desk:min-w-0">
        <Link to="/organizations/$id" params={{ id: organization.id }} data-row-link="" className={rowLinkClass}>
          {organization.name}
        </Link>
      </Cell>
      <Cell className="text-ink-2 max-desk:order-3">{organization.plan}</Cell>
      <Cell className="max-desk:order-2 max-desk:justify-self-end">
        <Status status={organization.status} />
      </Cell>
      <Cell className="max-wide:hidden!">
        <Access access={organization.access} />
      </Cell>
      <Cell className="text-ink-2 max-wide:hidden!">{organization.country}</Cell>
      <Cell numeric className="text-ink-2 max-wide:hidden!">
        {count(organization.members)}
      </Cell>
      <Cell numeric className="max-desk:order-4">
        {organization.mrr.minor === 0 ? (
          <span className="text-ink-3">none</span>
        ) : (
          money(organization.mrr.minor, organization.mrr.currency)
        )}
      </Cell>
      <Cell numeric className="max-desk:hidden!">
        {organization.openIncidents === 0 ? (
          <span className="text-ink-3">0</span>
        ) : (
          <b className="font-medium">{count(organization.openIncidents)}</b>
        )}
      </Cell>
    </LinkRow>
  );
}

export function OrganizationsPage() {
  const filter = useSearch({ from: '/frame/organizations' });
  const navigate = useNavigate();
  const field = useRef<HTMLInputElement>(null);
  const { data, error, isPending, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    organizationsQuery(filter),
  );
  const items = data?.pages.flatMap((page) => page.items) ?? [];
  const filtered = Object.values(filter).some((value) => value !== undefined);

  function change(next: Partial<typeof filter>): void {
    void navigate({ to: '/organizations', search: { ...filter, ...next }, replace: true });
  }

  useKeys('List', [...rowKeys, { keys: 'f', label: 'Filter by name', run: () => field.current?.focus() }]);

  return (
    <Page title="Organizations">
      <h1 className="sr-only">Organizations</h1>
      <div className="flex flex-wrap items-center gap-2.5 pb-2">
        <SearchField
          ref={field}
          label="Name"
          placeholder="Name or id"
          value={filter.search ?? ''}
          onSearch={(text) => change({ search: text || undefined })}
        />
        <select
          aria-label="Status"
          value={filter.status ?? ''}
          onChange={(event) => change({ status: event.target.value || undefined })}
          className={select}
        >
          <option value="">Any status</option>
          {statuses.map((status) => (
            <option key={status}>{status}</option>
          ))}
        </select>
        <select
          aria-label="Plan"
          value={filter.plan ?? ''}
          onChange={(event) => change({ plan: event.target.value || undefined })}
          className={select}
        >
          <option value="">Any plan</option>
          {plans.map((plan) => (
            <option key={plan}>{plan}</option>
          ))}
        </select>
        {filtered ? (
          <Button
            size="small"
            tone="quiet"
            onClick={() => void navigate({ to: '/organizations', search: {}, replace: true })}
          >
            Clear filter
          </Button>
        ) : null}
      </div>
      {isPending ? <Skeleton rows={10} label="organizations" /> : null}
      {error ? <ErrorNotice error={error} what="The list of organizations" retry={() => void refetch()} /> : null}
      {data && items.length === 0 ? (
        <Notice
          mark="pending"
          title={filtered ? 'No organization matches' : 'No organization yet'}
          actions={
            filtered ? (
              <Button size="small" onClick={() => void navigate({ to: '/organizations', search: {}, replace: true })}>
                Clear filter
              </Button>
            ) : undefined
          }
        >
          {filtered
            ? 'The search looks at the beginning, middle and end of names.'
            : 'The first shop that signs up appears here.'}
        </Notice>
      ) : null}
      {items.length === 0 ? null : (
        <div className="-mx-6 overflow-hidden px-6 max-desk:-mx-4 max-desk:px-4 max-desk:[&_tr]:grid-cols-[1fr_auto]">
          <Table
            label="Organizations"
            stacks
            head={
              <>
                <HeadCell>Name</HeadCell>
                <HeadCell className="w-28 max-wide:w-22">Plan</HeadCell>
                <HeadCell className="w-32">Status</HeadCell>
                <HeadCell className="w-28 max-wide:hidden">Access</HeadCell>
                <HeadCell className="w-22 max-wide:hidden">Country</HeadCell>
                <HeadCell numeric className="w-20 max-wide:hidden">
                  Members
                </HeadCell>
                <HeadCell numeric className="w-28">
                  MRR
                </HeadCell>
                <HeadCell numeric className="w-28">
                  Open incidents
                </HeadCell>
              </>
            }
          >
            {items.map((organization) => (
              <OrganizationRow key={organization.id} organization={organization} />
            ))}
          </Table>
        </div>
      )}
      {hasNextPage ? (
        <LoadMore busy={isFetchingNextPage} onMore={() => void fetchNextPage()} what="organizations" />
      ) : null}
    </Page>
  );
}
