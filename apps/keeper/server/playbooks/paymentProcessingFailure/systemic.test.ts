import { testDatabases } from '@tillkeeper/sandbox/testing/database.ts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Shop } from '../../billing/testBench.ts';
import { systemicPaymentIdentity } from '../../detection/stripeWebhooks.ts';
import { resolveIncident } from '../../incidents/resolveIncident.ts';
import type { Incident } from '../../incidents/shownIncident.ts';
import { startTestEngine, type TestEngine } from '../../incidents/testEngine.ts';

const databases = await testDatabases();
let engine: TestEngine;
let shops: Shop[];

beforeAll(async () => {
  engine = await startTestEngine(databases);
  shops = [];
  for (const name of ['Alder', 'Birch', 'Cedar'])
    shops.push(await engine.shop({ name, email: `${name.toLowerCase()}@example.com` }));
});
afterAll(() => engine.close());
afterEach(() => engine.bench.stripe.chaos.clear());

const latest = () => engine.latest(systemicPaymentIdentity);
const step = (incident: Incident | undefined, name: string) => incident?.run?.steps.find((each) => each.name === name);
const ids = () => shops.map(({ organizationId }) => organizationId).sort();
const at = (title: string) => async () =>
  (await latest())?.currentStep?.title === title && (await latest())?.currentStep?.state === 'waiting';
const documented = async () => (await latest())?.run?.state === 'done';

/** Something of each shop changes at Stripe, so that webhooks go out. */
async function traffic(): Promise<void> {
  for (const { subscriptionId } of shops)
    await engine.bench.api.subscriptions.update(subscriptionId, { metadata: { seen: crypto.randomUUID() } });
}

describe('payment-processing-failure of many', () => {
  it('an advance of the clock alone makes nothing late', async () => {
    await traffic();
    await engine.advance('P45D');
    await engine.pass();
    expect(await engine.open()).toEqual([]);
  });

  it('a few forged deliveries that name no customer of ours open nothing', async () => {
    for (let index = 0; index < 5; index += 1)
      await fetch(`${engine.bench.url}/webhooks/stripe`, { method: 'POST', body: '{}' });
    await engine.pass();
    expect(await engine.open()).toEqual([]);
  });

  it('PAY-1 PAY-14 unsigned deliveries are one P1 that names every organization and the revenue at risk, and ends when they are signed', async () => {
    const clear = engine.bench.stripe.chaos.webhooks.unsigned();
    await traffic();
    // The payment of one of them fails meanwhile, of which no webhook can tell.
    const [alder] = shops;
    const customer = await engine.bench.api.customers.retrieve(alder?.customerId ?? '');
    const card = 'deleted' in customer ? '' : String(customer.invoice_settings.default_payment_method);
    engine.bench.stripe.cards.decline(card, 'expired_card');
    await engine.bench.api.subscriptions.update(alder?.subscriptionId ?? '', {
      billing_cycle_anchor: { type: 'now' },
      proration_behavior: 'none',
    });
    await engine.until('the wait for the deliveries', at('Wait for the deliveries'));

    const incident = await latest();
    expect(incident).toMatchObject({
      severity: 'P1',
      scope: 'systemic',
      title: 'Deliveries of Stripe are refused',
      impact: { organizations: 3, mrrAtRisk: [{ currency: 'USD', minor: 8_700 }] },
    });
    expect([...(incident?.organizationIds ?? [])].sort()).toEqual(ids());
    expect(step(incident, 'find-cause')?.evidence).toMatchObject({ causes: ['refused'] });
    expect(step(incident, 'find-cause')?.evidence.summary).toContain('unsigned or wrongly signed');
    expect(step(incident, 'refresh-affected')).toMatchObject({ state: 'done', evidence: { summary: '3 of 3 read' } });
    // Nobody waited for the webhook: what happened at Stripe is known here, and is a case of that customer.
    expect(await engine.bench.organization(alder ?? { organizationId: '' })).toMatchObject({ status: 'past_due' });
    await engine.until(
      'the case',
      async () => (await engine.latest(`payment-processing-failure/${alder?.organizationId}`)) !== undefined,
    );
    const operator = await engine.bench.context({ kind: 'operator', id: 'op-1', name: 'Ana Ruiz' });
    await expect(resolveIncident(operator, { incidentId: incident?.id ?? '' })).rejects.toMatchObject({
      code: 'not_proven',
    });

    clear();
    await engine.until('the end', documented);
    const end = await latest();
    expect(end).toMatchObject({ id: incident?.id, outcome: 'proven' });
    expect(step(end, 'fill-gaps')?.evidence.added).toBeGreaterThan(0);
    // Only the one whose payment was hit is told, once; and not again when the promise falls due.
    const notices = async () =>
      (await databases.keeper.admin.query(`select recipient from messages where template = 'incident-notice'`)).rows;
    expect(await notices()).toEqual([{ recipient: 'alder@example.com' }]);
    engine.bench.stripe.cards.accept(card);
    await engine.advance('P2D');
    expect(await notices()).toEqual([{ recipient: 'alder@example.com' }]);
    expect(
      (
        await databases.keeper.admin.query(
          `select 1 from timers where kind = 'customer-notice' and done_at is not null`,
        )
      ).rows,
    ).toHaveLength(1);
    // What it settled does not open it again.
    await engine.pass();
    expect(await engine.open()).not.toContain(systemicPaymentIdentity);
  });

  it('PAY-4 PAY-14 an API that fails is one P1 that waits with probes and reads everybody when Stripe is back', async () => {
    const before = await latest();
    const clear = engine.bench.stripe.chaos.apiFault({ status: 500, match: ({ method }) => method === 'GET' });
    await traffic();
    await engine.bench.settle().catch(() => undefined);
    await engine.until(
      'the wait for Stripe',
      async () => (await latest())?.id !== before?.id && (await at('Wait for Stripe')()),
    );
    const incident = await latest();
    expect(incident).toMatchObject({ severity: 'P1', title: 'Stripe fails' });
    expect(step(incident, 'check-stripe')?.evidence.summary).toMatch(/^Stripe does not serve us \(500\)/);
    expect([...(incident?.organizationIds ?? [])].sort()).toEqual(ids());
    clear();
    await engine.until('the end', documented);
    expect(await latest()).toMatchObject({ id: incident?.id, outcome: 'proven' });
    expect(step(await latest(), 'wait-for-stripe')).toMatchObject({ state: 'done' });
  });

  it('PAY-1 PAY-14 events that Stripe makes and does not deliver are found at Stripe and filled in', async () => {
    const before = await latest();
    const clear = engine.bench.stripe.chaos.webhooks.drop();
    await traffic();
    await engine.bench.deliver();
    clear();
    await engine.bench.advance('PT40S');
    await engine.until('the end', async () => (await latest())?.id !== before?.id && (await documented()));
    const incident = await latest();
    expect(incident).toMatchObject({ severity: 'P1', outcome: 'proven', title: 'Deliveries of Stripe do not come' });
    expect(step(incident, 'fill-gaps')?.evidence.added).toBeGreaterThanOrEqual(3);
  });

  it('PAY-1 PAY-14 deliveries that come late open one too', async () => {
    const before = await latest();
    const clear = engine.bench.stripe.chaos.webhooks.delay({ businessSeconds: 45 });
    await traffic();
    clear();
    await engine.bench.advance('PT50S');
    await engine.until('the end', async () => (await latest())?.id !== before?.id && (await documented()));
    expect(await latest()).toMatchObject({
      severity: 'P1',
      outcome: 'proven',
      title: 'Deliveries of Stripe come late',
    });
  });
});
