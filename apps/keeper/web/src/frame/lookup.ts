import { queryOptions } from '@tanstack/react-query';
import { queryString, request } from '../api/request.ts';
import type { Incident, MessageDetail, Organization, OrganizationItem, Page } from '../api/types.ts';
import { referenceOf } from './reference.ts';

interface Hit {
  readonly kind: 'incident' | 'organization' | 'message';
  readonly href: string;
  readonly label: string;
}

async function incident(reference: string, signal: AbortSignal): Promise<Hit> {
  const found = await request<Incident>(`/api/v1/incidents/${reference}`, { signal });
  return { kind: 'incident', href: `/incidents/${found.number}`, label: `#${found.number} ${found.title}` };
}

async function organization(id: string, signal: AbortSignal): Promise<Hit> {
  const found = await request<Organization>(`/api/v1/organizations/${id}`, { signal });
  return { kind: 'organization', href: `/organizations/${found.id}`, label: found.name };
}

async function message(id: string, signal: AbortSignal): Promise<Hit> {
  const found = await request<MessageDetail>(`/api/v1/messages/${id}`, { signal });
  return {
    kind: 'message',
    href: `/messages?open=${found.id}`,
    label: `${found.subject ?? found.template}, to ${found.to}`,
  };
}

async function byStripeId(id: string, signal: AbortSignal): Promise<Hit[]> {
  const found = await request<Page<OrganizationItem>>(`/api/v1/organizations${queryString({ search: id, limit: 3 })}`, {
    signal,
  });
  return found.items.map((each) => ({ kind: 'organization', href: `/organizations/${each.id}`, label: each.name }));
}

/** Whose id this is. A UUID does not say what it names, so all three are asked at once; who does not know it answers 404. */
async function lookUp(text: string, signal: AbortSignal): Promise<Hit[]> {
  const reference = referenceOf(text);
  if (reference === undefined) return [];
  if (reference.kind === 'stripe') return byStripeId(reference.id, signal);
  const asked =
    reference.kind === 'number'
      ? [incident(reference.id, signal)]
      : [incident(reference.id, signal), organization(reference.id, signal), message(reference.id, signal)];
  const answers = await Promise.allSettled(asked);
  return answers.filter((answer) => answer.status === 'fulfilled').map((answer) => answer.value);
}

export function lookupQuery(text: string) {
  return queryOptions({
    queryKey: ['lookup', text],
    queryFn: ({ signal }) => lookUp(text, signal),
    staleTime: 10_000,
    retry: false,
  });
}
