import { type InfiniteData, useQueries } from '@tanstack/react-query';
import { useState } from 'react';
import { incidentQuery } from '../api/queries.ts';
import type { IncidentItem, Page } from '../api/types.ts';
import { nextShown, type Shown, waitingWords } from './steadyRows.ts';

interface SteadyRows {
  readonly items: IncidentItem[];
  /** Ids that the list no longer contains but the reader still sees. */
  readonly gone: ReadonlySet<string>;
  /** "Show 2 new": what `update` would change; undefined when nothing. */
  readonly pending: string | undefined;
  readonly update: () => void;
}

/**
 * Which rows to show while the list below them changes. Known rows change in place; new ones wait behind a button and those that left stay
 * where they are, so that nothing moves under the pointer. `key` names the list: another tab or filter starts afresh.
 */
export function useSteadyRows(key: string, data: InfiniteData<Page<IncidentItem>> | undefined): SteadyRows {
  const pages = data?.pages;
  const [shown, setShown] = useState<Shown<IncidentItem>>({ key, pages: 0, rows: [] });
  const next = pages ? nextShown(shown, key, pages) : shown;
  if (next !== shown) setShown(next);

  const current = new Map(pages?.flatMap((page) => page.items).map((item) => [item.id, item]));
  const rows = next.key === key ? next.rows : [];
  const left = rows.filter((row) => !current.has(row.id));
  const leftNow = useQueries({ queries: left.map((row) => incidentQuery(row.id)) });
  const latest = new Map(left.map((row, index) => [row.id, leftNow[index]?.data]));
  const known = new Set(rows.map((row) => row.id));
  const added = [...current.keys()].filter((id) => !known.has(id)).length;

  return {
    items: rows.map((row) => current.get(row.id) ?? latest.get(row.id) ?? row),
    gone: new Set(left.map((row) => row.id)),
    pending: waitingWords(added, left.length),
    update: () => setShown({ key, pages: pages?.length ?? 0, rows: [...current.values()] }),
  };
}
