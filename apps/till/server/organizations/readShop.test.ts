import { randomUUID } from 'node:crypto';
import { testDatabases } from '@tillkeeper/sandbox/testing/database';
import { afterAll, describe, expect, it } from 'vitest';
import { makeShop, type TestShop } from '../../database/testShop.ts';
import { openTestTill } from '../testTill.ts';
import { listShops } from './listShops.ts';
import { readShop } from './readShop.ts';

const { till } = await testDatabases();
const server = openTestTill(till);
afterAll(() => server.close());

async function setBusinessTime(instant: string): Promise<void> {
  await till.admin.query(`update ops.clock set "offset" = $1::timestamptz - now()`, [instant]);
}

async function sell(shop: TestShop, occurredAt: string, totalMinor: number): Promise<void> {
  await till.admin.query(
    `insert into public.sales (organization_id, id, receipt_number, cashier_id, tender, currency, total_minor, tax_minor, content_hash, occurred_at)
     values ($1, gen_random_uuid(), gen_random_uuid()::text, $2, 'card', 'NZD', $3, 0, 'x', $4)`,
    [shop.id, shop.cashier, totalMinor, occurredAt],
  );
}

describe('a member’s view of the shop', () => {
  it('counts today and this month from the shop’s own midnight, on business time', async () => {
    const shop = await makeShop(till.admin, { timezone: 'Pacific/Auckland', currency: 'NZD', plan: 'basic' });
    // 00:30 on 1 December in Auckland (UTC+13), still November everywhere west of it.
    await setBusinessTime('2026-11-30T11:30:00Z');
    await sell(shop, '2026-11-30T10:59:59Z', 100); // 23:59:59 on 30 November there
    await sell(shop, '2026-11-30T11:00:00Z', 1000); // midnight
    await sell(shop, '2026-11-30T11:20:00Z', 2000);
    const seen = await readShop(server.as(shop.cashier), shop.id);
    expect(seen.today).toEqual({ day: '2026-12-01', count: 2, totalMinor: 3000 });
    expect(seen.usage.salesThisMonth).toEqual({ used: 2, limit: 2000 });
    expect(
      Temporal.Instant.from(seen.now).since(Temporal.Instant.from('2026-11-30T11:30:00Z')).total('seconds'),
    ).toBeLessThan(60);
    // A day with a change of the clock has 23 hours: it ends at midnight all the same.
    await setBusinessTime('2026-09-26T20:00:00Z');
    await sell(shop, '2026-09-26T12:30:00Z', 7); // 00:30 on 27 September, the day that summer time begins
    await sell(shop, '2026-09-27T10:59:59Z', 70); // 23:59:59 on the same day
    await sell(shop, '2026-09-27T11:00:00Z', 700); // the next
    expect((await readShop(server.as(shop.cashier), shop.id)).today).toEqual({
      day: '2026-09-27',
      count: 2,
      totalMinor: 77,
    });
  });

  it('says plan, state, access and use against the limits', async () => {
    const shop = await makeShop(till.admin, { name: 'Fern & Field Coffee', plan: 'pro' });
    await till.admin.query(
      `update public.organizations set access = 'read_only', access_since = '2026-11-01T00:00:00Z', access_reason = 'Not paid' where id = $1`,
      [shop.id],
    );
    expect(await readShop(server.as(shop.manager), shop.id)).toMatchObject({
      name: 'Fern & Field Coffee',
      role: 'manager',
      plan: { id: 'pro', name: 'Pro' },
      status: 'active',
      access: 'read_only',
      accessSince: '2026-11-01T00:00:00Z',
      accessReason: 'Not paid',
      usage: { products: { used: 1, limit: 10_000 }, members: { used: 3, limit: 15 }, salesThisMonth: { limit: null } },
    });
  });

  it('shows what is paid to those who pay, of the subscription that counts, and not to a cashier', async () => {
    const shop = await makeShop(till.admin, { plan: 'pro' });
    await till.admin.query(
      `insert into public.organization_subscriptions (organization_id, stripe_subscription_id, plan, status, started_at, fetched_sequence, quantity,
                                                      unit_amount_minor, currency, billing_interval, current_period_end, latest_invoice_status)
       values ($1, 'sub_old', 'basic', 'canceled', '2025-01-01', 1, 1, 2900, 'usd', 'month', '2025-02-01', 'paid'),
              ($1, 'sub_new', 'pro', 'active', '2036-01-01', 1, 2, 9900, 'usd', 'month', '2036-02-01', 'open')`,
      [shop.id],
    );
    for (const payer of [shop.owner, shop.manager]) {
      expect((await readShop(server.as(payer), shop.id)).billing).toEqual({
        amountMinor: 19_800,
        currency: 'usd',
        interval: 'month',
        periodEnd: '2036-02-01T00:00:00Z',
        trialEnd: null,
        endsAtPeriodEnd: false,
        invoiceStatus: 'open',
      });
    }
    expect((await readShop(server.as(shop.cashier), shop.id)).billing).toBeNull();
  });

  it('is closed to strangers, to former members, and at once when a membership ends', async () => {
    const [shop, other] = [await makeShop(till.admin), await makeShop(till.admin)];
    for (const userId of [other.owner, shop.revoked, randomUUID()]) {
      await expect(readShop(server.as(userId), shop.id)).rejects.toMatchObject({ code: 'not_found' });
    }
    expect((await readShop(server.as(shop.cashier), shop.id)).id).toBe(shop.id);
    await till.admin.query('update public.organization_members set revoked_at = now() where user_id = $1', [
      shop.cashier,
    ]);
    await expect(readShop(server.as(shop.cashier), shop.id)).rejects.toMatchObject({ code: 'not_found' });
    expect(await listShops(server.as(shop.cashier))).toEqual([]);
  });

  it('lists the shops of a person who works in several, by name', async () => {
    const [b, a] = [await makeShop(till.admin, { name: 'B' }), await makeShop(till.admin, { name: 'A' })];
    await till.admin.query(
      `insert into public.organization_members (organization_id, user_id, role, name, email) values ($1, $2, 'cashier', 'Tia', 'tia@example.com')`,
      [a.id, b.owner],
    );
    expect(await listShops(server.as(b.owner))).toEqual([
      { id: a.id, name: 'A', role: 'cashier', plan: 'free', status: 'active', access: 'full' },
      { id: b.id, name: 'B', role: 'owner', plan: 'free', status: 'active', access: 'full' },
    ]);
  });
});
