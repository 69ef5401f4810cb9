import { testDatabases } from '@tillkeeper/sandbox/testing/database';
import { afterAll, describe, expect, it } from 'vitest';
import { enqueueMessage } from '../messages/enqueueMessage.ts';
import { startTestServer } from '../testServer.ts';
import { readOrganization } from './readOrganization.ts';

const databases = await testDatabases();
const server = await startTestServer(databases);
afterAll(() => server.close());
const till = databases.till.admin;
const keeper = databases.keeper.admin;

async function page(id: string) {
  const answer = await server.call(`/api/v1/organizations/${id}`);
  expect([answer.status, answer.status === 200 ? '' : answer.text]).toEqual([200, '']);
  return answer.body as unknown as ReturnType<typeof JSON.parse>;
}

interface Field {
  readonly field: string;
  readonly differs: boolean;
  readonly stripe: string | null;
  readonly subscriptionRow: string | null;
  readonly organizationRow: string | null;
}

describe('the page of an organization', () => {
  it('agrees with itself and with Stripe where nothing is wrong', async () => {
    const shop = await server.shop({ name: 'Alder', plan: 'pro', members: 1, products: 3 });
    const shown = await page(shop.organizationId);
    expect(shown).toMatchObject({
      id: shop.organizationId,
      name: 'Alder',
      plan: 'pro',
      status: 'active',
      access: 'full',
      lifecycle: { state: 'active', why: 'The subscription is paid.', next: [{ what: 'The next invoice is made' }] },
      usage: {
        products: { used: 3, limit: 10_000 },
        members: { used: 2, limit: 15 },
        salesThisMonth: { used: 0, limit: null },
      },
      sources: { error: null },
      invoices: { error: null, items: [{ amountMinor: 9_900, currency: 'USD', status: 'paid', attempts: 1 }] },
      owner: { name: shop.owner.name, email: shop.owner.email },
      facts: { organizationId: shop.organizationId, stripeCustomerId: shop.customerId },
    });
    expect(shown.sources.fields.length).toBeGreaterThan(4);
    expect(shown.sources.fields.filter((field: Field) => field.differs)).toEqual([]);
  });

  it('shows each source where they differ', async () => {
    const shop = await server.shop({ plan: 'pro' });
    const id = shop.organizationId;
    // Our own row was changed behind the mirror, and Stripe has moved on without telling us.
    await till.query(`update organizations set subscription_plan = 'basic' where id = $1`, [id]);
    await server.api.subscriptions.update(shop.subscription?.id ?? '', { cancel_at_period_end: true });
    const { sources } = await page(id);
    const differing = (sources.fields as Field[]).filter((field) => field.differs);
    expect(differing).toEqual([
      expect.objectContaining({ field: 'plan', stripe: 'pro', subscriptionRow: 'pro', organizationRow: 'basic' }),
      expect.objectContaining({ field: 'cancelAtPeriodEnd', stripe: 'yes', subscriptionRow: 'no' }),
    ]);
  });

  it('is complete for a free shop that Stripe does not know', async () => {
    const { rows } = await till.query<{ id: string }>(`insert into organizations (name) values ('Birch') returning id`);
    const shown = await page(rows[0]?.id ?? '');
    expect(shown).toMatchObject({
      plan: 'free',
      lifecycle: { state: 'active', next: [] },
      sources: { error: null, fields: [] },
      invoices: { error: null, items: [] },
      owner: null,
      story: [],
      facts: { stripeCustomerId: null },
    });
    expect(shown.salesPerDay).toHaveLength(91);
  });

  it('says so where Stripe fails, and answers everything else', async () => {
    const shop = await server.shop({ name: 'Cedar', plan: 'pro' });
    await till.query(`update organizations set subscription_status = 'past_due' where id = $1`, [shop.organizationId]);
    const heal = server.stripe.chaos.apiFault({ status: 500 });
    try {
      const shown = await page(shop.organizationId);
      expect(shown).toMatchObject({
        name: 'Cedar',
        usage: { members: { used: 1 } },
        owner: { email: shop.owner.email },
      });
      expect(shown.sources).toMatchObject({ fields: [], error: expect.stringContaining('500') });
      expect(shown.invoices).toMatchObject({ items: [], error: expect.stringContaining('500') });
      // Not known is not none.
      expect(shown.lifecycle.next).toEqual([{ at: null, what: 'Stripe did not say when it tries the payment again' }]);
    } finally {
      heal();
    }
    expect((await page(shop.organizationId)).sources.error).toBeNull();
  });

  it('does not wait for a Stripe that hangs', async () => {
    const shop = await server.shop({ plan: 'basic' });
    const heal = server.stripe.chaos.slowAnswers(8_000);
    try {
      const { sources, invoices } = await page(shop.organizationId);
      expect([sources.error, invoices.error]).toEqual(Array(2).fill('Stripe did not answer within 2 s'));
    } finally {
      heal();
    }
  });

  it('counts sales by the days and the month of the shop, not of the server', async () => {
    const shop = await server.shop({ timezone: 'Pacific/Auckland', plan: 'basic' });
    const id = shop.organizationId;
    const { now } = (
      await till.query<{ now: string }>(
        `select to_char(ops.now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as now`,
      )
    ).rows[0] ?? { now: '' };
    const local = Temporal.Instant.from(now).toZonedDateTimeISO('Pacific/Auckland');
    const startOfToday = local.startOfDay();
    const startOfMonth = local.with({ day: 1 }).startOfDay();
    const moments = [
      startOfToday,
      startOfToday.subtract({ seconds: 1 }),
      startOfMonth.subtract({ seconds: 1 }),
      local.startOfDay().subtract({ days: 90 }),
      local.startOfDay().subtract({ days: 90 }).subtract({ seconds: 1 }),
    ];
    for (const [number, moment] of moments.entries()) {
      await till.query(
        `insert into sales (organization_id, id, receipt_number, cashier_id, tender, currency, total_minor, tax_minor, content_hash, occurred_at)
         values ($1, gen_random_uuid(), $2, gen_random_uuid(), 'cash', 'NZD', 100, 0, 'x', $3)`,
        [id, `R${number}`, moment.toInstant().toString()],
      );
    }
    const { salesPerDay, usage } = await page(id);
    const thisMonth = moments.filter((moment) => Temporal.ZonedDateTime.compare(moment, startOfMonth) >= 0).length;
    expect(usage.salesThisMonth).toEqual({ used: thisMonth, limit: 2_000 });
    expect(salesPerDay).toHaveLength(91);
    expect(salesPerDay.at(-1)).toEqual({ day: local.toPlainDate().toString(), count: 1 });
    const day = (moment: Temporal.ZonedDateTime) => moment.toPlainDate().toString();
    const counted = new Map<string, number>();
    for (const moment of moments.slice(0, 4)) counted.set(day(moment), (counted.get(day(moment)) ?? 0) + 1);
    expect(salesPerDay.filter((one: { count: number }) => one.count > 0)).toEqual(
      [...counted].map(([at, count]) => ({ day: at, count })).toSorted((a, b) => (a.day < b.day ? -1 : 1)),
    );
    expect(salesPerDay[0]).toEqual({ day: day(startOfToday.subtract({ days: 90 })), count: 1 });
  });

  it('tells what happened, newest first, and since when the state is what it is', async () => {
    const shop = await server.shop({ name: 'Dogwood', plan: 'pro' });
    const id = shop.organizationId;
    const effect = (key: string, kind: string, at: string, payload: object) =>
      keeper.query(
        `insert into effects (organization_id, occurrence_key, kind, actor, payload, recorded_at) values ($1, $2, $3, '{}', $4, $5)`,
        [id, key, kind, payload, at],
      );
    const state = (plan: string, status: string) => ({ plan, status });
    await effect('1', 'stripe.invoice.payment_failed', '2026-01-01T00:00:00Z', {});
    await effect('2', 'subscription.changed', '2026-01-02T00:00:00Z', {
      before: state('pro', 'active'),
      after: state('pro', 'past_due'),
    });
    await effect('3', 'subscription.changed', '2026-01-03T00:00:00Z', {
      before: state('pro', 'past_due'),
      after: state('pro', 'active'),
    });
    // Another plan is no other state.
    await effect('4', 'subscription.synced', '2026-01-04T00:00:00Z', {
      before: state('basic', 'active'),
      after: state('pro', 'active'),
    });
    await effect('5', 'stripe.invoice.finalized', '2026-01-05T00:00:00Z', {});
    await enqueueMessage(await server.context(), {
      organizationId: id,
      template: 'payment-recovered',
      recipient: { email: shop.owner.email, name: shop.owner.name },
      occurrenceKey: 'story',
      variables: { name: 'Robin', plan: 'Pro', shop: 'Dogwood', amount: '99 USD', card: null, paidUntil: '1 May' },
    });
    const { story, lifecycle } = await page(id);
    expect(story.map((entry: { kind: string; text: string }) => [entry.kind, entry.text])).toEqual([
      ['mail', `“payment-recovered” to ${shop.owner.email}: planned`],
      ['billing', 'Keeper corrected basic active to pro active'],
      ['billing', 'Changed from pro past_due to pro active'],
      ['billing', 'Changed from pro active to pro past_due'],
      ['billing', 'A payment failed'],
    ]);
    expect(lifecycle).toMatchObject({
      since: '2026-01-03T00:00:00Z',
      why: 'The subscription is paid. Stripe’s word changed it from past_due to active.',
    });
  });

  it('is not found for an id that nobody has', async () => {
    const id = '0197f0c0-0000-7000-8000-000000000001';
    await expect(readOrganization(await server.context(), id)).rejects.toMatchObject({
      code: 'not_found',
      fields: { organizationId: id },
    });
  });
});
