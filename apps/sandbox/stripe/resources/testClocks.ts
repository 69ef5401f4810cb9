import type { Stripe } from 'stripe';
import { boundary } from '../billing/calendar.ts';
import { recurrenceOf } from '../billing/periods.ts';
import { invalid } from '../http/errors.ts';
import { page, paging } from '../http/page.ts';
import { fieldsOf, integer, required, text } from '../http/params.ts';
import { type Route, route } from '../http/route.ts';
import { create, emit } from '../store/events.ts';
import { newId } from '../store/ids.ts';
import type { TestClock } from '../store/objects.ts';
import { need, type Scope } from '../store/scope.ts';
import { deleteCustomer } from './customers.ts';

const keptSeconds = 30 * 86_400;

/** With subscriptions on it a clock moves two intervals of the shortest one at a time, without any two years. */
function furthest(scope: Scope, clock: TestClock): number {
  const live = [
    { sql: 'clock = ?', values: [clock.id] },
    { sql: `status not in ('canceled', 'incomplete_expired')`, values: [] },
  ];
  const subscriptions = scope.store.list({ kind: 'subscription', where: live, limit: 1000 });
  if (subscriptions.length === 0) return boundary(clock.frozen_time, { interval: 'year', interval_count: 2 }, 1);
  return Math.min(...subscriptions.map((each) => boundary(clock.frozen_time, recurrenceOf(each), 2)));
}

function advance(scope: Scope, id: string, target: number): TestClock {
  const clock = need(scope, 'test_helpers.test_clock', id);
  if (clock.status !== 'ready') {
    throw invalid('You cannot advance this clock because it is not ready yet; wait for its status to be `ready`.', {
      param: 'frozen_time',
    });
  }
  if (target <= clock.frozen_time) {
    throw invalid('frozen_time must be after the current frozen time of the clock.', { param: 'frozen_time' });
  }
  if (target > furthest(scope, clock)) {
    throw invalid(
      'Test clocks can be advanced by at most two intervals of the shortest subscription at a time (two years without subscriptions).',
      {
        param: 'frozen_time',
      },
    );
  }
  const advancing: TestClock = {
    ...clock,
    status: 'advancing',
    status_details: { advancing: { target_frozen_time: target } },
  };
  scope.store.put('test_helpers.test_clock', advancing);
  emit(scope, 'test_helpers.test_clock.advancing', advancing);
  return advancing;
}

/** Deletes a clock and the customers that live in its time. */
export function deleteClock(
  scope: Scope,
  id: string,
): { id: string; object: 'test_helpers.test_clock'; deleted: true } {
  const clock = need(scope, 'test_helpers.test_clock', id);
  const bound = [{ sql: 'clock = ?', values: [id] }];
  for (const customer of scope.store.list({ kind: 'customer', where: bound, limit: 1000 }))
    deleteCustomer(scope, customer.id);
  scope.store.run('delete from timers where clock = ?', id);
  scope.store.remove(id);
  emit(scope, 'test_helpers.test_clock.deleted', clock);
  return { id, object: 'test_helpers.test_clock', deleted: true };
}

export const testClocks: Route[] = [
  route(
    'POST',
    '/v1/test_helpers/test_clocks',
    fieldsOf<Stripe.TestHelpers.TestClockCreateParams>()({ frozen_time: required(integer), name: text }),
    ({ scope, params }) => {
      const clock: TestClock = {
        id: newId('test_helpers.test_clock'),
        object: 'test_helpers.test_clock',
        created: scope.now,
        deletes_after: scope.now + keptSeconds,
        frozen_time: params.frozen_time,
        livemode: false,
        name: params.name ?? null,
        status: 'ready',
        status_details: {},
      };
      return create(scope, 'test_helpers.test_clock', clock, 'test_helpers.test_clock.created');
    },
  ),
  route('GET', '/v1/test_helpers/test_clocks', paging, ({ scope, params }) =>
    page(scope, 'test_helpers.test_clock', '/v1/test_helpers/test_clocks', params, []),
  ),
  route('GET', '/v1/test_helpers/test_clocks/:id', {}, ({ scope, id }) => need(scope, 'test_helpers.test_clock', id)),
  route(
    'POST',
    '/v1/test_helpers/test_clocks/:id/advance',
    fieldsOf<Stripe.TestHelpers.TestClockAdvanceParams>()({ frozen_time: required(integer) }),
    ({ scope, id, params }) => advance(scope, id, params.frozen_time),
  ),
  route('DELETE', '/v1/test_helpers/test_clocks/:id', {}, ({ scope, id }) => deleteClock(scope, id)),
];
