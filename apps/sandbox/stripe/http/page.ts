import type { Kind, Kinds, Page } from '../store/objects.ts';
import { type Scope, word } from '../store/scope.ts';
import type { Condition } from '../store/store.ts';
import { invalid, missing } from './errors.ts';
import { count, range, text } from './params.ts';

/** The parameters that every list takes. */
export const paging = { ending_before: text, limit: count, starting_after: text };

/** The same for lists that can be narrowed by creation time. */
export const pagingByTime = { ...paging, created: range };

export interface PageParams {
  ending_before?: string;
  limit?: number;
  starting_after?: string;
  created?: { gt?: number; gte?: number; lt?: number; lte?: number };
}

const comparisons = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;

/** `created[gte]=...` as conditions on a column. */
export function rangeConditions(column: string, wanted: PageParams['created']): Condition[] {
  return (Object.keys(comparisons) as (keyof typeof comparisons)[]).flatMap((key) => {
    const value = wanted?.[key];
    return value === undefined ? [] : [{ sql: `${column} ${comparisons[key]} ?`, values: [value] }];
  });
}

/** The number of objects asked for: 10 unless told, 1 to 100. */
export function pageLimit(params: PageParams): number {
  const limit = params.limit ?? 10;
  if (limit < 1 || limit > 100) {
    throw invalid(`This value must be between 1 and 100 (it currently is ${limit}).`, {
      code: 'parameter_invalid_integer',
      param: 'limit',
    });
  }
  return limit;
}

/** One page of a list, newest first, as Stripe pages: by the id of the last (or first) object seen. */
export function page<K extends Kind>(
  scope: Scope,
  kind: K,
  url: string,
  params: PageParams,
  where: Condition[],
): Page<Kinds[K]> {
  const limit = pageLimit(params);
  const conditions = [...where, ...rangeConditions('created', params.created)];
  if (params.starting_after !== undefined && params.ending_before !== undefined) {
    throw invalid('Received both starting_after and ending_before parameters. Please pass in only one.', {
      param: 'starting_after',
    });
  }
  const cursor = params.starting_after ?? params.ending_before;
  const backwards = params.ending_before !== undefined;
  if (cursor !== undefined) {
    const at = scope.store.position(kind, cursor);
    if (at === undefined) throw missing(word(kind), cursor, backwards ? 'ending_before' : 'starting_after', 400);
    conditions.push({ sql: `(created, seq) ${backwards ? '>' : '<'} (?, ?)`, values: [at.created, at.seq] });
  }
  const found = scope.store.list({ kind, where: conditions, limit: limit + 1, order: backwards ? 'asc' : 'desc' });
  const data = found.slice(0, limit);
  return { object: 'list', data: backwards ? data.reverse() : data, has_more: found.length > limit, url };
}

/** A condition if the value is there. */
export function whenGiven(sql: string, value: string | number | undefined): Condition[] {
  return value === undefined ? [] : [{ sql, values: [value] }];
}
