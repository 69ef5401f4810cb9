import { infiniteQueryOptions, queryOptions, skipToken } from '@tanstack/react-query';
import { queryString, request } from './request.ts';
import type {
  Beat,
  EngineState,
  Environment,
  Incident,
  IncidentItem,
  Me,
  MessageDetail,
  MessageItem,
  Organization,
  OrganizationItem,
  Page,
} from './types.ts';

const api = '/api/v1';

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => request<Me>(`${api}/me`, { signal }),
  staleTime: Number.POSITIVE_INFINITY,
  retry: false,
});

export const environmentQuery = queryOptions({
  queryKey: ['environment'],
  queryFn: ({ signal }) => request<Environment>(`${api}/environment`, { signal }),
  staleTime: Number.POSITIVE_INFINITY,
});

export const engineQuery = queryOptions({
  queryKey: ['engine'],
  queryFn: ({ signal }) => request<EngineState>(`${api}/engine`, { signal }),
  refetchInterval: 15_000,
});

/** The newest beat of the live stream; nothing fetches it. */
export const beatQuery = queryOptions<Beat>({
  queryKey: ['beat'],
  queryFn: skipToken,
  staleTime: Number.POSITIVE_INFINITY,
});

export type IncidentTab = 'open' | 'resolved' | 'all';

export interface IncidentFilter {
  state: IncidentTab;
  severity?: string | undefined;
}

function pages<Item>(key: readonly unknown[], path: string, filter: Record<string, string | number | undefined>) {
  return infiniteQueryOptions({
    queryKey: key,
    queryFn: ({ signal, pageParam }) =>
      request<Page<Item>>(`${api}${path}${queryString({ ...filter, cursor: pageParam })}`, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: Page<Item>) => last.nextCursor ?? undefined,
  });
}

export function incidentsQuery(filter: IncidentFilter) {
  return pages<IncidentItem>(['incidents', 'list', filter], '/incidents', { ...filter, limit: 50 });
}

/** What is open, for the counts of the frame and the red bar. */
export const openIncidentsQuery = queryOptions({
  queryKey: ['incidents', 'open'],
  queryFn: ({ signal }) => request<Page<IncidentItem>>(`${api}/incidents?state=open&limit=100`, { signal }),
});

/** By id or by number. */
export function incidentQuery(reference: string) {
  return queryOptions({
    queryKey: ['incidents', 'one', reference],
    queryFn: ({ signal }) => request<Incident>(`${api}/incidents/${encodeURIComponent(reference)}`, { signal }),
  });
}

/** What is open for one organization. */
export function organizationIncidentsQuery(organizationId: string) {
  return queryOptions({
    queryKey: ['incidents', 'organization', organizationId],
    queryFn: ({ signal }) =>
      request<Page<IncidentItem>>(`${api}/incidents${queryString({ state: 'open', organizationId, limit: 20 })}`, {
        signal,
      }),
  });
}

export interface OrganizationFilter {
  status?: string | undefined;
  plan?: string | undefined;
  search?: string | undefined;
}

export function organizationsQuery(filter: OrganizationFilter) {
  return pages<OrganizationItem>(['organizations', 'list', filter], '/organizations', { ...filter, limit: 50 });
}

export function organizationSearchQuery(search: string) {
  return queryOptions({
    queryKey: ['organizations', 'search', search],
    queryFn: ({ signal }) =>
      request<Page<OrganizationItem>>(`${api}/organizations${queryString({ search, limit: 6 })}`, { signal }),
    staleTime: 10_000,
  });
}

export function organizationQuery(id: string) {
  return queryOptions({
    queryKey: ['organizations', 'one', id],
    queryFn: ({ signal }) => request<Organization>(`${api}/organizations/${encodeURIComponent(id)}`, { signal }),
  });
}

export interface MessageFilter {
  to?: string | undefined;
  organizationId?: string | undefined;
}

export function messagesQuery(filter: MessageFilter) {
  return pages<MessageItem>(['messages', 'list', filter], '/messages', { ...filter, limit: 50 });
}

export function messageQuery(id: string) {
  return queryOptions({
    queryKey: ['messages', 'one', id],
    queryFn: ({ signal }) => request<MessageDetail>(`${api}/messages/${encodeURIComponent(id)}`, { signal }),
  });
}
