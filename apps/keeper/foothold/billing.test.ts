import { randomUUID } from 'node:crypto';
import { testDatabases } from '@tillkeeper/sandbox/testing/database';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, describe, expect, it } from 'vitest';

const { till } = await testDatabases();
// Everything goes through the role that Keeper has, except what a saboteur or a test looks at.
const keeper = new pg.Pool({ connectionString: till.url('keeper_ops'), max: 4 });
keeper.on('error', () => undefined);
afterAll(() => keeper.end());
await till.admin.query(
  `insert into public.plan_prices (stripe_price_id, plan_id) values ('price_basic', 'basic'), ('price_pro', 'pro')`,
);

const actor = { kind: 'system', job: 'test' };

async function makeOrganization(): Promise<string> {
  const id = randomUUID();
  await till.admin.query(`insert into public.organizations (id, name) values ($1, 'Shop')`, [id]);
  return id;
}

interface Fetch {
  readonly organizationId: string;
  readonly sequence: number;
  readonly subscriptions: readonly { readonly id: string; readonly status: string; readonly priceId: string }[];
  readonly events?: readonly { readonly id: string; readonly type: string }[];
}

async function apply(...fetches: Fetch[]): Promise<Record<string, string>> {
  const input = fetches.map((fetch) => ({
    ...fetch,
    subscriptions: fetch.subscriptions.map((each) => ({ startedAt: '2026-01-01T00:00:00Z', ...each })),
    events: (fetch.events ?? []).map((each) => ({ createdAt: '2026-01-02T00:00:00Z', objectId: 'in_1', ...each })),
    cause: { kind: 'test' },
  }));
  const { rows } = await keeper.query<{ organization_id: string; outcome: string }>(
    'select organization_id, outcome from ops.apply_subscriptions($1::jsonb, $2::jsonb)',
    [JSON.stringify(input), JSON.stringify(actor)],
  );
  return Object.fromEntries(rows.map((row) => [row.organization_id, row.outcome]));
}

const pro = { id: 'sub_1', status: 'active', priceId: 'price_pro' };
const pastDue = { ...pro, status: 'past_due' };

async function stateOf(id: string): Promise<{ plan: string; status: string } | undefined> {
  const { rows } = await keeper.query<{ plan: string; status: string }>(
    'select subscription_plan as plan, subscription_status as status from public.organizations where id = $1',
    [id],
  );
  return rows[0];
}

async function effectsOf(id: string): Promise<{ key: string; kind: string; payload: Record<string, unknown> }[]> {
  const { rows } = await till.admin.query(
    'select occurrence_key as key, kind, payload from ops.effects where organization_id = $1 order by kind, occurrence_key',
    [id],
  );
  return rows;
}

interface Drift {
  readonly organization_id: string;
  readonly plan_here: string;
  readonly plan_expected: string;
  readonly status_here: string;
  readonly status_expected: string;
}

async function driftOf(...ids: string[]): Promise<Drift[]> {
  const { rows } = await keeper.query<Drift>('select * from ops.subscription_drift()');
  return rows.filter((row) => ids.includes(row.organization_id));
}

/** What the playbook's saboteur does: rows change behind the back of a trigger that is off. */
async function behindItsBack(sql: string, values: unknown[]): Promise<void> {
  const client = await till.admin.connect();
  try {
    await client.query('begin');
    await client.query('alter table public.organization_subscriptions disable trigger sync_subscription');
    await client.query(sql, values);
    await client.query('alter table public.organization_subscriptions enable trigger sync_subscription');
    await client.query('commit');
  } finally {
    client.release();
  }
}

describe('applying what Stripe said', () => {
  it('never lets an older fetch overwrite a newer one, in whatever order they come and however often', async () => {
    const fetch = fc.record({
      sequence: fc.integer({ min: 1, max: 6 }),
      status: fc.constantFrom('active', 'trialing', 'past_due', 'unpaid', 'canceled'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fetch, { minLength: 1, maxLength: 10 }), async (fetches) => {
        const id = await makeOrganization();
        // One fetch has one answer: the first of each sequence is the one that was seen.
        let newest: { sequence: number; status: string } | undefined;
        for (const each of fetches) {
          const outcome = (
            await apply({
              organizationId: id,
              sequence: each.sequence,
              subscriptions: [{ ...pro, status: each.status }],
            })
          )[id];
          const newer = newest === undefined || each.sequence > newest.sequence;
          if (newer) newest = each;
          expect(outcome === 'refused').toBe(!newer);
          expect(await stateOf(id)).toEqual({ plan: 'pro', status: newest?.status });
        }
      }),
      { numRuns: 40 },
    );
  });

  it('writes each event and its effect once, with the change of the subscription beside it', async () => {
    const id = await makeOrganization();
    const event = { id: `evt_${id}`, type: 'invoice.payment_failed' };
    expect((await apply({ organizationId: id, sequence: 1, subscriptions: [pro] }))[id]).toBe('applied');
    expect((await apply({ organizationId: id, sequence: 2, subscriptions: [pastDue], events: [event] }))[id]).toBe(
      'applied',
    );
    expect((await apply({ organizationId: id, sequence: 3, subscriptions: [pastDue], events: [event] }))[id]).toBe(
      'unchanged',
    );
    expect(await effectsOf(id)).toEqual([
      {
        key: `stripe:evt_${id}`,
        kind: 'stripe.invoice.payment_failed',
        payload: { eventId: `evt_${id}`, objectId: 'in_1' },
      },
      {
        key: 'subscription:1',
        kind: 'subscription.changed',
        payload: {
          cause: { kind: 'test' },
          before: { plan: 'free', status: 'active' },
          after: { plan: 'pro', status: 'active' },
        },
      },
      {
        key: 'subscription:2',
        kind: 'subscription.changed',
        payload: {
          cause: { kind: 'test' },
          before: { plan: 'pro', status: 'active' },
          after: { plan: 'pro', status: 'past_due' },
        },
      },
    ]);
    const { rows } = await keeper.query(
      'select stripe_event_id from public.subscription_events where organization_id = $1',
      [id],
    );
    expect(rows).toEqual([{ stripe_event_id: `evt_${id}` }]);
  });

  it('takes many organizations at once and says of each what became of it', async () => {
    const [a, b, stranger] = [await makeOrganization(), await makeOrganization(), randomUUID()];
    await apply({ organizationId: b, sequence: 9, subscriptions: [pro] });
    const outcomes = await apply(
      { organizationId: a, sequence: 1, subscriptions: [pro] },
      { organizationId: b, sequence: 3, subscriptions: [pastDue] },
      { organizationId: stranger, sequence: 1, subscriptions: [pro] },
    );
    expect(outcomes).toEqual({ [a]: 'applied', [b]: 'refused', [stranger]: 'missing' });
    expect(await stateOf(b)).toEqual({ plan: 'pro', status: 'active' });
  });

  it('keeps the plan of a price that it does not know, and asks a person', async () => {
    const id = await makeOrganization();
    await apply({ organizationId: id, sequence: 1, subscriptions: [pro] });
    await apply({ organizationId: id, sequence: 2, subscriptions: [{ ...pro, priceId: 'price_nobody_knows' }] });
    expect(await stateOf(id)).toEqual({ plan: 'pro', status: 'active' });
    expect((await effectsOf(id)).map((effect) => effect.kind)).toContain('subscription.price_unmapped');
  });

  it('is Keeper’s alone: the app cannot call it, and Keeper cannot write past it', async () => {
    const refused = async (role: string, sql: string): Promise<string | undefined> => {
      const client = await till.admin.connect();
      try {
        await client.query('begin');
        await client.query(`set local role ${role}`);
        await client.query(sql);
        return undefined;
      } catch (error) {
        return (error as { code?: string }).code;
      } finally {
        await client.query('rollback');
        client.release();
      }
    };
    for (const role of ['anon', 'authenticated', 'till_app', 'till_identity']) {
      for (const call of [
        `ops.apply_subscriptions('[]', '{}')`,
        `ops.sync_drifted('[]', '{}', 'x')`,
        `ops.enable_sync_trigger('{}', 'x')`,
        'ops.subscription_drift()',
        'ops.sync_trigger_state()',
      ]) {
        expect([role, call, await refused(role, `select * from ${call}`)]).toEqual([role, call, '42501']);
      }
    }
    for (const sql of [
      `update public.organizations set subscription_plan = 'enterprise'`,
      `update public.organization_subscriptions set status = 'active'`,
      'delete from public.subscription_events',
      `insert into public.products (organization_id, name, sku, price_minor) values (gen_random_uuid(), 'x', 'x', 1)`,
      'alter table public.organization_subscriptions disable trigger sync_subscription',
    ]) {
      expect([sql, await refused('keeper_ops', sql)]).toEqual([sql, '42501']);
    }
  });
});

describe('drift', () => {
  it('SYNC-3: names exactly the organizations that differ, and in which field', async () => {
    const [plan, status, subscription, fine] = [
      await makeOrganization(),
      await makeOrganization(),
      await makeOrganization(),
      await makeOrganization(),
    ];
    for (const id of [plan, status, subscription, fine])
      await apply({ organizationId: id, sequence: 1, subscriptions: [pro] });
    expect(await driftOf(plan, status, subscription, fine)).toEqual([]);
    await till.admin.query(`update public.organizations set subscription_plan = 'enterprise' where id = $1`, [plan]);
    await till.admin.query(`update public.organizations set subscription_status = 'past_due' where id = $1`, [status]);
    await behindItsBack(
      `update public.organization_subscriptions set status = 'canceled', plan = 'basic' where organization_id = $1`,
      [subscription],
    );
    expect(new Map((await driftOf(plan, status, subscription, fine)).map((row) => [row.organization_id, row]))).toEqual(
      new Map(
        [
          {
            organization_id: plan,
            plan_here: 'enterprise',
            plan_expected: 'pro',
            status_here: 'active',
            status_expected: 'active',
          },
          {
            organization_id: status,
            plan_here: 'pro',
            plan_expected: 'pro',
            status_here: 'past_due',
            status_expected: 'active',
          },
          {
            organization_id: subscription,
            plan_here: 'pro',
            plan_expected: 'basic',
            status_here: 'active',
            status_expected: 'canceled',
          },
        ].map((row) => [row.organization_id, { ...row, name: 'Shop', stripe_subscription_id: 'sub_1' }]),
      ),
    );
  });

  it('SYNC-5: is mended only where the row is still what was seen, and no other row is written', async () => {
    const [drifted, changedSince, fine, notNamed] = [
      await makeOrganization(),
      await makeOrganization(),
      await makeOrganization(),
      await makeOrganization(),
    ];
    for (const id of [drifted, changedSince, fine, notNamed])
      await apply({ organizationId: id, sequence: 1, subscriptions: [pro] });
    for (const id of [drifted, changedSince, notNamed])
      await behindItsBack(
        `update public.organization_subscriptions set status = 'past_due' where organization_id = $1`,
        [id],
      );
    const seen = (await driftOf(drifted, changedSince)).map((row) => ({
      organizationId: row.organization_id,
      planHere: row.plan_here,
      statusHere: row.status_here,
    }));
    expect(seen).toHaveLength(2);
    await till.admin.query(`update public.organizations set subscription_status = 'unpaid' where id = $1`, [
      changedSince,
    ]);
    const version = async (id: string): Promise<unknown> =>
      (await till.admin.query('select xmin::text from public.organizations where id = $1', [id])).rows[0];
    const untouched = [fine, notNamed, changedSince];
    const before = await Promise.all(untouched.map(version));

    const sync = (): Promise<{ rows: unknown[] }> =>
      keeper.query('select * from ops.sync_drifted($1::jsonb, $2::jsonb, $3)', [
        JSON.stringify([...seen, { organizationId: fine, planHere: 'pro', statusHere: 'active' }]),
        JSON.stringify(actor),
        'run-1',
      ]);
    expect((await sync()).rows).toEqual([
      {
        organization_id: drifted,
        plan_before: 'pro',
        plan_after: 'pro',
        status_before: 'active',
        status_after: 'past_due',
      },
    ]);
    expect((await sync()).rows).toEqual([]);
    expect(await Promise.all(untouched.map(version))).toEqual(before);
    expect(await driftOf(drifted)).toEqual([]);
    expect((await effectsOf(drifted)).filter((effect) => effect.kind === 'subscription.synced')).toEqual([
      {
        key: `run-1:${drifted}`,
        kind: 'subscription.synced',
        payload: { before: { plan: 'pro', status: 'active' }, after: { plan: 'pro', status: 'past_due' } },
      },
    ]);
  });
});

describe('the sync trigger', () => {
  const state = async (): Promise<Record<string, unknown> | undefined> =>
    (await keeper.query('select * from ops.sync_trigger_state()')).rows[0];
  const whole = { present: true, enabled: 'O', function_name: 'billing.sync_subscription' };

  it('SYNC-2: is described: whether it is there, enabled, and still does what the migrations left', async () => {
    const known = await state();
    expect(known).toMatchObject(whole);
    expect(known?.definition_hash).toBe(known?.known_hash);
    for (const [sabotage, expected] of [
      [
        'alter table public.organization_subscriptions disable trigger sync_subscription',
        { ...whole, enabled: 'D', definition_hash: known?.known_hash },
      ],
      [
        'alter table public.organization_subscriptions enable replica trigger sync_subscription',
        { ...whole, enabled: 'R' },
      ],
      ['drop trigger sync_subscription on public.organization_subscriptions', { present: false, enabled: null }],
      ['alter function billing.sync_subscription() owner to till_owner', whole],
      [
        `create or replace function billing.sync_subscription() returns trigger language plpgsql security definer set search_path = '' as 'begin return null; end'`,
        whole,
      ],
      [
        `create or replace function billing.subscription_rank(status text) returns integer language sql immutable as 'select 1'`,
        whole,
      ],
    ] as const) {
      const client = await till.admin.connect();
      try {
        await client.query('begin');
        await client.query(sabotage);
        const [found] = (await client.query('select * from ops.sync_trigger_state()')).rows;
        expect(found).toMatchObject(expected);
        if (!('definition_hash' in expected))
          expect(found.enabled === 'O' && found.definition_hash === found.known_hash).toBe(false);
      } finally {
        await client.query('rollback');
        client.release();
      }
    }
  });

  it('SYNC-4: is enabled again by the one function that can do nothing else, and that is recorded', async () => {
    const enable = async (): Promise<unknown> =>
      (await keeper.query(`select ops.enable_sync_trigger($1::jsonb, 'enable-1') as done`, [JSON.stringify(actor)]))
        .rows[0];
    expect(await enable()).toEqual({ done: false });
    await till.admin.query('alter table public.organization_subscriptions disable trigger sync_subscription');
    expect(await enable()).toEqual({ done: true });
    expect(await state()).toMatchObject(whole);
    expect(await effectsOf('00000000-0000-0000-0000-000000000000')).toEqual([
      { key: 'enable-1', kind: 'subscription.sync_enabled', payload: {} },
    ]);
    const id = await makeOrganization();
    await apply({ organizationId: id, sequence: 1, subscriptions: [pro] });
    expect(await stateOf(id)).toEqual({ plan: 'pro', status: 'active' });
  });
});
