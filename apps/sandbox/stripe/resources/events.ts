import type { Stripe } from 'stripe';
import { invalid, missing } from '../http/errors.ts';
import { pageLimit, pagingByTime, rangeConditions, whenGiven } from '../http/page.ts';
import { fieldsOf, flag, list, type Params, text } from '../http/params.ts';
import { type Route, route } from '../http/route.ts';
import { eventRetentionSeconds, renderEvent } from '../store/eventLog.ts';
import type { Page, WireEvent } from '../store/objects.ts';
import type { Scope } from '../store/scope.ts';
import type { Condition } from '../store/store.ts';

const fields = fieldsOf<Stripe.EventListParams>()({
  ...pagingByTime,
  delivery_success: flag,
  type: text,
  types: list(text),
});

const undelivered = `exists (select 1 from deliveries d where d.event = events.id and d.state <> 'delivered')`;

function typeCondition(params: Params<typeof fields>): Condition[] {
  if (params.type !== undefined && params.types !== undefined) {
    throw invalid('You may only specify one of these parameters: type, types.', { param: 'type' });
  }
  if (params.types !== undefined) {
    return [{ sql: 'type in (select value from json_each(?))', values: [JSON.stringify(params.types)] }];
  }
  // `invoice.*` names a whole family.
  if (params.type?.endsWith('*') === true)
    return [{ sql: 'substr(type, 1, ?) = ?', values: [params.type.length - 1, params.type.slice(0, -1)] }];
  return whenGiven('type = ?', params.type);
}

function oldest(scope: Scope): number {
  return Math.floor(scope.businessMs / 1000) - eventRetentionSeconds;
}

function render(scope: Scope, row: Record<string, unknown>): WireEvent {
  return renderEvent(scope.store, row, { apiVersion: scope.settings.apiVersion, livemode: false });
}

function listEvents(scope: Scope, params: Params<typeof fields>): Page<WireEvent> {
  const limit = pageLimit(params);
  const conditions: Condition[] = [
    { sql: 'created >= ?', values: [oldest(scope)] },
    ...typeCondition(params),
    ...rangeConditions('created', params.created),
    ...(params.delivery_success === undefined
      ? []
      : [{ sql: params.delivery_success ? `not ${undelivered}` : undelivered, values: [] }]),
  ];
  const cursor = params.starting_after ?? params.ending_before;
  const backwards = params.ending_before !== undefined;
  if (cursor !== undefined) {
    const at = scope.store.one('select created, seq from events where id = ?', cursor);
    if (at === undefined) throw missing('event', cursor, backwards ? 'ending_before' : 'starting_after', 400);
    conditions.push({
      sql: `(created, seq) ${backwards ? '>' : '<'} (?, ?)`,
      values: [Number(at.created), Number(at.seq)],
    });
  }
  const order = backwards ? 'asc' : 'desc';
  const sql = `select * from events where ${conditions.map((each) => each.sql).join(' and ')} order by created ${order}, seq ${order} limit ?`;
  const rows = scope.store.all(sql, ...conditions.flatMap((each) => each.values), limit + 1);
  const data = rows.slice(0, limit).map((row) => render(scope, row));
  return { object: 'list', data: backwards ? data.reverse() : data, has_more: rows.length > limit, url: '/v1/events' };
}

export const events: Route[] = [
  route('GET', '/v1/events', fields, ({ scope, params }) => listEvents(scope, params)),
  route('GET', '/v1/events/:id', {}, ({ scope, id }) => {
    const row = scope.store.one('select * from events where id = ? and created >= ?', id, oldest(scope));
    if (row === undefined) throw missing('event', id, 'id');
    return render(scope, row);
  }),
];
