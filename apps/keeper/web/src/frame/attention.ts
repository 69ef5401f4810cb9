import { useQuery } from '@tanstack/react-query';
import { openIncidentsQuery } from '../api/queries.ts';
import type { IncidentItem } from '../api/types.ts';

/** Triggered at P0 or P1 and nobody holds it: what the red bar, the title and the icon of the tab speak of. Worst first, then oldest. */
export function untouched(items: readonly IncidentItem[]): IncidentItem[] {
  return items
    .filter(
      (item) =>
        item.state === 'triggered' && item.heldBy === null && (item.severity === 'P0' || item.severity === 'P1'),
    )
    .sort((a, b) => a.severity.localeCompare(b.severity) || a.openedAt.localeCompare(b.openedAt));
}

export interface Attention {
  readonly untouched: readonly IncidentItem[];
  /** How many are open, `100+` when there are more than one page. */
  readonly open: string | undefined;
}

export function useAttention(): Attention {
  const { data } = useQuery(openIncidentsQuery);
  return {
    untouched: data ? untouched(data.items) : [],
    open: data ? `${data.items.length}${data.nextCursor === null ? '' : '+'}` : undefined,
  };
}
