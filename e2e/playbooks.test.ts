import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Incident } from '../apps/keeper/server/incidents/shownIncident.ts';
import type { CreatedShop } from '../apps/sandbox/seed/createShop.ts';
import { paymentLink, updateCard } from '../apps/sandbox/shops/updateCard.ts';
import { endure } from './endure.ts';
import { type Driver, openSandbox, patience } from './openSandbox.ts';
import { until } from './until.ts';

let driver: Driver;

// Most of the systemic faults' time is machine time that nobody can move: late means late, and calm has to last. So they begin first, in
// sandboxes of their own, and are asked for at the end.
let late: Promise<void>;
let failing: Promise<void>;

beforeAll(async () => {
  late = endure([
    {
      form: 'late',
      seconds: 1,
      // What has not come after half a minute is missed first; by then it is late as well.
      title: /^Deliveries of Stripe (come late|do not come)$/,
      causes: ['late', 'undelivered'],
    },
  ]);
  failing = endure([
    { form: 'stripe-500', seconds: 8, title: /^Stripe fails$/, causes: ['api_failing'] },
    { form: 'unsigned', seconds: 1, title: /^Deliveries of Stripe are refused$/, causes: ['refused'] },
  ]);
  for (const begun of [late, failing]) begun.catch(() => undefined);
  driver = await openSandbox();
});
afterAll(async () => {
  await Promise.allSettled([late, failing]);
  await driver.close();
});

const card = { number: '4242 4242 4242 4242', month: 12, year: 2039, cvc: '123', name: 'Robin Marsh' };

interface Sabotaged {
  readonly what: string;
  readonly organizationIds: string[];
}

async function failCard(shop: CreatedShop, owner: 'acts' | 'silent'): Promise<void> {
  const query = new URLSearchParams({ organizationId: shop.organizationId, ...(owner === 'silent' ? { owner } : {}) });
  const { status, body } = await driver.control<Sabotaged>(
    `/sabotage/payment-processing-failure?${query.toString()}`,
    {},
  );
  expect(status, JSON.stringify(body)).toBe(200);
  expect(body.organizationIds).toEqual([shop.organizationId]);
}

async function caseOf({ organizationId }: CreatedShop): Promise<string> {
  await until('a case', async () => (await driver.incidentsOf(organizationId)).length > 0, patience);
  const [incident] = await driver.incidentsOf(organizationId);
  return incident?.id ?? '';
}

function stepOf(incident: Incident, name: string) {
  const step = incident.run?.steps.find((each) => each.name === name);
  if (step === undefined) throw new Error(`no step ${name}`);
  return step;
}

/** What every repaired payment ends with, here and at Stripe. */
async function expectPaid(shop: CreatedShop, incident: Incident): Promise<void> {
  expect(incident).toMatchObject({
    playbook: 'payment-processing-failure',
    scope: 'case',
    severity: 'P3',
    state: 'resolved',
    outcome: 'proven',
    organizationIds: [shop.organizationId],
  });
  expect(incident.proof).toMatchObject({ needed: 2, clean: 2 });
  expect(incident.proof.runs.slice(-2).map(({ verdict }) => verdict)).toEqual(['clean', 'clean']);

  const known = new Set(incident.timeline.map(({ id }) => id));
  expect(incident.record?.sentences.length).toBeGreaterThan(5);
  for (const { text, events } of incident.record?.sentences ?? []) {
    expect(events, text).not.toHaveLength(0);
    for (const event of events) expect(known, text).toContain(event);
  }

  const subscription = await driver.stripe.subscriptions.retrieve(shop.subscription?.id ?? '');
  expect(subscription.status).toBe('active');
  const invoices = await driver.stripe.invoices.list({ customer: shop.customerId });
  expect(invoices.data.map(({ status }) => status)).toEqual(invoices.data.map(() => 'paid'));
  const payments = await driver.stripe.paymentIntents.list({ customer: shop.customerId });
  expect(payments.data.filter(({ status }) => status === 'succeeded')).toHaveLength(invoices.data.length);

  const { body } = await driver.keeper<{
    status: string;
    access: string;
    sources: { fields: { differs: boolean }[] };
    story: { text: string; incidentId: string | null }[];
  }>(`/organizations/${shop.organizationId}`);
  expect(body).toMatchObject({ status: 'active', access: 'full' });
  expect(body.sources.fields.filter(({ differs }) => differs)).toEqual([]);
  const told = body.story.filter(({ incidentId }) => incidentId === incident.id).map(({ text }) => text);
  expect(told).toContainEqual(expect.stringContaining('It is paid, proven at Stripe'));
}

interface Message {
  readonly template: string;
  readonly state: string;
  readonly to: string;
}

/** Mails to a shop's owner, newest first, once the mail server has taken all of them. */
async function messagesOf({ organizationId }: CreatedShop): Promise<Message[]> {
  const read = async () =>
    (await driver.keeper<{ items: Message[] }>(`/messages?organizationId=${organizationId}`)).body.items;
  await until('its mails are sent', async () => (await read()).every(({ state }) => state === 'accepted'), patience);
  return read();
}

describe('a card that starts to fail', () => {
  test('PAY-2 PAY-3 PAY-4 PAY-5 PAY-7 PAY-9 PAY-10 PAY-11 PAY-12 becomes a case, the owner follows the mail, and all of it is proven and recorded', async () => {
    const shop = await driver.shop({ name: 'Harbor Coffee', plan: 'pro' });
    await failCard(shop, 'acts');
    const id = await caseOf(shop);
    const refused = await driver.keeper<{ code: string }>(`/incidents/${id}/resolve`, {});
    expect(refused).toMatchObject({ status: 409, body: { code: 'not_proven' } });

    const incident = await driver.documented(id);
    await expectPaid(shop, incident);
    const method = stepOf(incident, 'check-payment-method').evidence;
    expect(method.summary).toContain("Stripe charges the subscription's default, Visa ending 0341");
    expect(stepOf(incident, 'read-failed-payment').evidence).toMatchObject({
      amountDueMinor: 9_900,
      currency: 'usd',
      code: 'card_declined',
      declineClass: 'permanent',
    });
    expect(stepOf(incident, 'check-stripe').evidence).toMatchObject({ reachable: true });
    const retries = stepOf(incident, 'review-retries').evidence;
    expect(retries.attemptCount).toBe(1);
    expect(Temporal.Instant.from(String(retries.nextAttemptAt)).since(incident.openedAt).total('hours')).toBeCloseTo(
      24,
      0,
    );
    expect(stepOf(incident, 'warn-customer').state).toBe('done');

    expect((await messagesOf(shop)).map(({ template }) => template)).toEqual(['payment-recovered', 'payment-failed']);
    const mails = await driver.mailsTo(shop.owner.email);
    expect(mails.map(({ subject }) => subject)).toEqual([
      'Your payment went through',
      'Action required: update your payment method',
    ]);
  });

  test('PAY-8 MAIL-1 waits for an owner who is away, with a mail whose link leads to a form that takes the card', async () => {
    const shop = await driver.shop({ name: 'Lumen Books', plan: 'basic', owner: { name: 'Inès Lefèvre' } });
    await failCard(shop, 'silent');
    const id = await caseOf(shop);
    await until('the mail', async () => (await driver.mailsTo(shop.owner.email)).length > 0, patience);
    await until('the wait', async () => (await driver.incident(id)).state === 'waiting', patience);

    const waiting = await driver.incident(id);
    expect(waiting.currentStep?.title).toBe('Wait for the payment');
    const organization = await driver.keeper<object>(`/organizations/${shop.organizationId}`);
    expect(organization.body).toMatchObject({ status: 'past_due', access: 'full', lifecycle: { state: 'past_due' } });
    const refused = await driver.keeper<object>(`/incidents/${id}/resolve`, {});
    expect(refused).toMatchObject({ status: 409, body: { code: 'not_proven', verdict: 'refuted' } });

    const [mail] = await driver.mailsTo(shop.owner.email);
    expect(mail?.subject).toBe('Action required: update your payment method');
    expect(mail?.text).toContain('Hi Inès Lefèvre');
    expect(mail?.text).toContain('your Basic subscription');
    expect(mail?.text).toContain('You have 7 days.');
    const deadline = Temporal.Instant.from(waiting.openedAt)
      .toZonedDateTimeISO('America/New_York')
      .add({ days: 7 })
      .toLocaleString('en-GB', { day: 'numeric', month: 'long' });
    expect(mail?.text).toContain(deadline);
    // A reply reaches us, and says which mail it answers.
    expect(mail?.headers['reply-to']).toContain('reply.till.example');

    const link = paymentLink(mail?.links ?? []) ?? '';
    const options = { card, email: shop.owner.email, signal: AbortSignal.timeout(20_000) };
    expect(await updateCard(link, options)).toEqual({ outcome: 'submitted' });
    await expectPaid(shop, await driver.documented(id));
    // Still in the mailbox, and no longer asking for anything.
    expect(await updateCard(link, options)).toMatchObject({ outcome: 'nothing_to_do' });
    expect(
      (await driver.mailsTo(shop.owner.email)).filter(({ messageId }) => messageId === mail?.messageId),
    ).toHaveLength(1);
  });
});

describe('a card without money', () => {
  async function declineTemporarily(name: string): Promise<{ shop: CreatedShop; id: string }> {
    const shop = await driver.shop({ name });
    driver.sandbox.stripe.cards.decline(shop.paymentMethodId ?? '', 'insufficient_funds');
    await driver.stripe.subscriptions.update(shop.subscription?.id ?? '', {
      billing_cycle_anchor: { type: 'now' },
      proration_behavior: 'none',
    });
    const id = await caseOf(shop);
    await until('the wait', async () => (await driver.incident(id)).state === 'waiting', patience);
    return { shop, id };
  }

  test('PAY-6 nobody is written to before the next attempt; one that works resolves the case, one that fails writes', async () => {
    const lucky = await declineTemporarily('Lucky Laundry');
    const broke = await declineTemporarily('Broke Bakery');
    for (const { id } of [lucky, broke]) {
      const { currentStep, run } = await driver.incident(id);
      expect(currentStep?.title).toBe("Wait for Stripe's next attempt");
      expect(run?.steps.find(({ name }) => name === 'read-failed-payment')?.evidence.declineClass).toBe('temporary');
    }
    await driver.control('/clock/advance', { by: 'PT12H' });
    expect([await messagesOf(lucky.shop), await messagesOf(broke.shop)]).toEqual([[], []]);

    driver.sandbox.stripe.cards.accept(lucky.shop.paymentMethodId ?? '');
    await driver.control('/clock/advance', { by: 'PT13H' });
    await expectPaid(lucky.shop, await driver.documented(lucky.id));
    expect(await messagesOf(lucky.shop)).toEqual([]);

    await expectPaid(broke.shop, await driver.documented(broke.id));
    expect((await messagesOf(broke.shop)).map(({ template }) => template)).toEqual([
      'payment-recovered',
      'payment-failed',
    ]);
  });
});

describe('the sync trigger is disabled and rows are changed behind its back', () => {
  test('SYNC-1 SYNC-2 SYNC-3 SYNC-4 SYNC-5 SYNC-6 SYNC-7 one P2 incident within 10 s, only what drifted is written, zero drift proven twice', async () => {
    const shops: CreatedShop[] = [];
    for (let made = 0; made < 5; made += 1) shops.push(await driver.shop());
    const rows = async () => {
      const { rows: all } = await driver.sandbox.tillAdmin.query<{
        id: string;
        version: string;
        plan: string;
        status: string;
      }>(
        'select id, xmin::text as version, subscription_plan as plan, subscription_status as status from organizations order by id',
      );
      return new Map(all.map((row) => [row.id, row]));
    };
    const before = await rows();
    const caused = Date.now();
    const { body: fault } = await driver.control<Sabotaged>('/sabotage/subscription-sync-failure', {});
    const open = async () =>
      (await driver.keeper<{ items: Incident[] }>('/incidents?state=all&playbook=subscription-sync-failure')).body
        .items;
    await until('the incident', async () => (await open()).length > 0, { ...patience, withinMs: 10_000 });
    expect(Date.now() - caused).toBeLessThan(10_000);

    const incident = await driver.documented((await open())[0]?.id ?? '');
    expect(await open()).toHaveLength(1);
    expect(incident).toMatchObject({ severity: 'P2', scope: 'systemic', state: 'resolved', outcome: 'proven' });
    expect(new Set(incident.organizationIds)).toEqual(new Set(fault.organizationIds));
    expect(stepOf(incident, 'check-trigger-and-drift').evidence).toMatchObject({
      drifted: fault.organizationIds.length,
      missing: 0,
    });
    expect(stepOf(incident, 'enable-trigger').state).toBe('done');
    expect(stepOf(incident, 'sync-drifted').evidence.summary).toContain(`${fault.organizationIds.length} rows written`);
    expect(incident.proof.runs.slice(-2).map(({ verdict }) => verdict)).toEqual(['clean', 'clean']);
    expect(incident.proof.last?.findings.summary).toContain('zero drift');
    expect(incident.record?.sentences.every(({ events }) => events.length > 0)).toBe(true);

    const after = await rows();
    for (const [id, row] of after) {
      if (!fault.organizationIds.includes(id)) expect(row, 'was not hit').toEqual(before.get(id));
      else expect(row.version, 'was hit').not.toBe(before.get(id)?.version);
    }
    const drift = await driver.sandbox.tillAdmin.query('select 1 from ops.subscription_drift()');
    expect(drift.rowCount).toBe(0);
    const trigger = await driver.sandbox.tillAdmin.query('select enabled from ops.sync_trigger_state()');
    expect(trigger.rows).toEqual([{ enabled: 'O' }]);
  });
});

describe('a sandbox that is stopped in the middle', () => {
  test('goes on where it was, with the same link in the same mail', async () => {
    const shop = await driver.shop({ name: 'Night Owl' });
    await failCard(shop, 'silent');
    const id = await caseOf(shop);
    await until('the mail', async () => (await driver.mailsTo(shop.owner.email)).length > 0, patience);
    await driver.restart();

    expect((await driver.incident(id)).state).toBe('waiting');
    const [mail, ...more] = await driver.mailsTo(shop.owner.email);
    expect(more).toEqual([]);
    const link = paymentLink(mail?.links ?? []) ?? '';
    expect(await updateCard(link, { card, email: shop.owner.email, signal: AbortSignal.timeout(20_000) })).toEqual({
      outcome: 'submitted',
    });
    await expectPaid(shop, await driver.documented(id));
  });
});

describe('five weeks in which nothing fails', () => {
  test('every shop renews, and nobody is alarmed', async () => {
    const { body: before } = await driver.keeper<{ items: Incident[] }>('/incidents?state=all&limit=200');
    expect(before.items.filter(({ state }) => state !== 'resolved')).toEqual([]);
    const { status, body } = await driver.control<{ steps: number }>('/clock/advance', { by: 'P35D' });
    expect(status, JSON.stringify(body)).toBe(200);
    expect(body.steps).toBeGreaterThan(0);
    const { body: after } = await driver.keeper<{ items: Incident[] }>('/incidents?state=all&limit=200');
    expect(after.items.map(({ id }) => id)).toEqual(before.items.map(({ id }) => id));
    const { rows } = await driver.sandbox.tillAdmin.query(
      `select 1 from organization_subscriptions where status <> 'active' or current_period_end < ops.now()`,
    );
    expect(rows).toEqual([]);
  });
});

describe('a fault between Stripe and us that hits many', () => {
  test('PAY-1 PAY-14 webhooks that come late are one P1 incident that names all of them, until every field equals Stripe again', () =>
    late);

  test('PAY-1 PAY-4 PAY-14 an API that answers 500 is one P1 incident, and webhooks that are not signed are the next', () =>
    failing);
});
