import { queryOptions } from '@tanstack/react-query';
import type { Static } from 'typebox';
import type { Me, Shop } from '../../../server/organizations/schema.ts';
import type { SalePage } from '../../../server/sales/schema.ts';
import { request } from './request.ts';

// Often enough that a glance over the counter is true, rare enough that a hundred shops are no load.
const everyMs = 10_000;

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => request<Static<typeof Me>>('/api/v1/me', { signal }),
  staleTime: 5 * 60_000,
});

export function shopQuery(shopId: string) {
  return queryOptions({
    queryKey: ['shop', shopId],
    queryFn: ({ signal }) => request<Shop>(`/api/v1/shops/${shopId}`, { signal }),
    refetchInterval: everyMs,
  });
}

export function latestSalesQuery(shopId: string) {
  return queryOptions({
    queryKey: ['sales', shopId],
    queryFn: ({ signal }) => request<Static<typeof SalePage>>(`/api/v1/shops/${shopId}/sales?limit=12`, { signal }),
    refetchInterval: everyMs,
  });
}
