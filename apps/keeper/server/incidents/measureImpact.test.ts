import { testDatabases } from '@tillkeeper/sandbox/testing/database.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measureImpact } from './measureImpact.ts';
import { startTestEngine, type TestEngine } from './testEngine.ts';

const databases = await testDatabases();
const till = databases.till.admin;
let engine: TestEngine;

beforeAll(async () => {
  engine = await startTestEngine(databases);
});
afterAll(() => engine.close());

interface Row {
  status?: string;
  plan?: string;
  access?: 'full' | 'read_only';
  minutes?: number;
  amount?: number;
  quantity?: number;
  interval?: string;
  currency?: string;
  planHere?: string;
}

/** An organization whose subscription says one thing and whose own row, changed afterwards, may say another. */
async function organization(row: Row): Promise<string> {
  const { rows } = await till.query<{ id: string }>(`insert into organizations (name) values ('Shop') returning id`);
  const id = rows[0]?.id ?? '';
  if (row.status !== undefined) {
    await till.query(
      `insert into organization_subscriptions (organization_id, stripe_subscription_id, plan, status, quantity, unit_amount_minor, currency, billing_interval, started_at, fetched_sequence)
       values ($1::uuid, 'sub_' || $1::text, $2, $3, $4, $5, $6, $7, ops.now(), 1)`,
      [
        id,
        row.plan ?? 'basic',
        row.status,
        row.quantity ?? 1,
        row.amount ?? 2_900,
        row.currency ?? 'usd',
        row.interval ?? 'month',
      ],
    );
  }
  await till.query(
    `update organizations set access = $2, access_since = ops.now() - make_interval(mins => $3), subscription_plan = coalesce($4, subscription_plan) where id = $1`,
    [id, row.access ?? 'full', row.minutes ?? 0, row.planHere ?? null],
  );
  return id;
}

describe('impact', () => {
  it('is what the truth table says', async () => {
    const table: readonly [Row, object][] = [
      [{}, {}],
      [{ status: 'active' }, { mrrAtRisk: [{ currency: 'USD', minor: 2_900 }] }],
      [
        { status: 'active', access: 'read_only', minutes: 14 },
        { payersLockedOut: 1, payersLockedOutMinutes: 14, mrrAtRisk: [{ currency: 'USD', minor: 2_900 }] },
      ],
      // Who is on trial does not pay yet.
      [{ status: 'trialing', access: 'read_only', minutes: 3 }, {}],
      [{ status: 'active', amount: 0, access: 'read_only' }, {}],
      [{ status: 'trialing' }, {}],
      [{ status: 'past_due' }, { mrrAtRisk: [{ currency: 'USD', minor: 2_900 }] }],
      // Suspended by ourselves: not at risk any more, and not locked out by a fault.
      [{ status: 'past_due', access: 'read_only' }, {}],
      [{ status: 'unpaid' }, { unpaidWithAccess: 1 }],
      [{ status: 'canceled' }, { unpaidWithAccess: 1 }],
      [{ status: 'canceled', access: 'read_only' }, {}],
      [{ status: 'canceled', plan: 'free' }, {}],
      [
        { status: 'active', planHere: 'pro' },
        { wrongPlan: 1, mrrAtRisk: [{ currency: 'USD', minor: 2_900 }] },
      ],
      [
        { status: 'active', amount: 99_000, interval: 'year', quantity: 2 },
        { mrrAtRisk: [{ currency: 'USD', minor: 16_500 }] },
      ],
      [{ status: 'active', amount: 5_000, currency: 'eur' }, { mrrAtRisk: [{ currency: 'EUR', minor: 5_000 }] }],
    ];
    const ctx = await engine.bench.context();
    const nothing = {
      organizations: 1,
      payersLockedOut: 0,
      payersLockedOutMinutes: 0,
      unpaidWithAccess: 0,
      wrongPlan: 0,
      mrrAtRisk: [],
    };
    const ids: string[] = [];
    for (const [row, expected] of table) {
      const id = await organization(row);
      ids.push(id);
      expect({ row, ...(await measureImpact(ctx, [id])) }).toEqual({ row, ...nothing, ...expected });
    }
    expect(await measureImpact(ctx, ids)).toEqual({
      organizations: table.length,
      payersLockedOut: 1,
      payersLockedOutMinutes: 14,
      unpaidWithAccess: 2,
      wrongPlan: 1,
      mrrAtRisk: [
        { currency: 'USD', minor: 2_900 * 4 + 16_500 },
        { currency: 'EUR', minor: 5_000 },
      ],
    });
    expect(await measureImpact(ctx, [])).toEqual({ ...nothing, organizations: 0 });
  });
});
