import { testDatabases } from '@tillkeeper/sandbox/testing/database.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Shop } from '../../billing/testBench.ts';
import { faultPoints } from '../../incidents/faultPoints.ts';
import { resolveIncident } from '../../incidents/resolveIncident.ts';
import type { Incident } from '../../incidents/shownIncident.ts';
import { startTestEngine, type TestEngine } from '../../incidents/testEngine.ts';
import { completeManualStep } from '../completeManualStep.ts';

const databases = await testDatabases();
let engine: TestEngine;

beforeAll(async () => {
  engine = await startTestEngine(databases);
});
afterAll(() => engine.close());

const operator = { kind: 'operator', id: 'op-1', name: 'Ana Ruiz' } as const;

interface Mail {
  readonly template: string;
  readonly recipient: string;
  readonly variables: Record<string, string>;
  readonly incident_id: string;
}

async function mails(shop: Shop): Promise<Mail[]> {
  const { rows } = await databases.keeper.admin.query<Mail>(
    'select template, recipient, variables, incident_id from messages where organization_id = $1 order by id',
    [shop.organizationId],
  );
  return rows;
}

const caseOf = (shop: Shop) => engine.latest(`payment-processing-failure/${shop.organizationId}`);
const step = (incident: Incident | undefined, name: string) => incident?.run?.steps.find((each) => each.name === name);

/** The bank refuses the shop's card from now on, and Stripe tries to collect at once. */
async function fail(shop: Shop, declineCode: string): Promise<string> {
  const { api, stripe } = engine.bench;
  const customer = await api.customers.retrieve(shop.customerId);
  const card = 'deleted' in customer ? '' : String(customer.invoice_settings.default_payment_method);
  stripe.cards.decline(card, declineCode);
  await collect(shop);
  return card;
}

/** The same with a card that only the subscription charges: another card of the customer alone would not help. */
async function failOwnCard(shop: Shop): Promise<void> {
  const { api, stripe } = engine.bench;
  // Of two cards of the same second the customer's own default would count as the later choice.
  await engine.bench.advance('PT2S');
  const card = await api.paymentMethods.attach('pm_card_amex', { customer: shop.customerId });
  await api.subscriptions.update(shop.subscriptionId, { default_payment_method: card.id });
  stripe.cards.decline(card.id, 'expired_card');
  await collect(shop);
}

async function collect(shop: Shop): Promise<void> {
  await engine.bench.api.subscriptions.update(shop.subscriptionId, {
    billing_cycle_anchor: { type: 'now' },
    proration_behavior: 'none',
  });
}

/** As the portal does it: the customer's own default, beside what the subscription says. */
async function updateCard(shop: Shop, card = 'pm_card_mastercard'): Promise<string> {
  const { api } = engine.bench;
  const method = await api.paymentMethods.attach(card, { customer: shop.customerId });
  await api.customers.update(shop.customerId, { invoice_settings: { default_payment_method: method.id } });
  return method.id;
}

const documented = async (shop: Shop) => (await caseOf(shop))?.run?.state === 'done';
const waitsFor = (shop: Shop, title: string) => async () => {
  const incident = await caseOf(shop);
  return incident?.currentStep?.title === title && incident.currentStep.state === 'waiting';
};

describe('payment-processing-failure of one customer', () => {
  it('PAY-2 PAY-3 PAY-4 PAY-5 PAY-7 PAY-8 PAY-9 PAY-10 PAY-12 goes from a refused card over a mail with a working link to a proven payment', async () => {
    const shop = await engine.shop({ name: 'Harbour Books', email: 'mara@example.com', timezone: 'Pacific/Auckland' });
    await fail(shop, 'expired_card');
    await engine.until('the wait for the payment', waitsFor(shop, 'Wait for the payment'));

    const incident = await caseOf(shop);
    expect(incident).toMatchObject({
      severity: 'P3',
      scope: 'case',
      state: 'waiting',
      title: 'Payment of Harbour Books failed',
      organizationIds: [shop.organizationId],
    });
    expect(incident?.impact).toMatchObject({ organizations: 1, mrrAtRisk: [{ currency: 'USD', minor: 2_900 }] });
    expect(step(incident, 'read-failed-payment')?.evidence).toMatchObject({
      summary: '$29.00 not collected: expired_card (permanent)',
      declineClass: 'permanent',
    });
    expect(step(incident, 'check-payment-method')?.evidence.summary).toMatch(
      /^Stripe charges the customer's default, Visa ending 4242/,
    );
    expect(step(incident, 'check-stripe')?.evidence.summary).toMatch(/^Stripe answers in \d+ ms; 0 failed calls/);
    expect(step(incident, 'review-retries')?.evidence).toMatchObject({ attemptCount: 1 });
    expect(step(incident, 'wait-for-retry')).toMatchObject({ state: 'skipped' });

    const [mail, ...others] = await mails(shop);
    expect(others).toEqual([]);
    const day = Temporal.Now.zonedDateTimeISO('Pacific/Auckland').add({ days: 7 });
    const deadline = `${day.toLocaleString('en-GB', { weekday: 'long' })}, ${day.toLocaleString('en-GB', { day: 'numeric', month: 'long' })}`;
    expect(mail).toMatchObject({
      template: 'payment-failed',
      recipient: 'mara@example.com',
      incident_id: incident?.id,
      variables: {
        name: 'Ana Ruiz',
        plan: 'Basic',
        shop: 'Harbour Books',
        amount: '$29.00',
        reason: 'The card has expired.',
        deadline,
      },
    });

    await expect(
      resolveIncident(await engine.bench.context(operator), { incidentId: incident?.id ?? '' }),
    ).rejects.toMatchObject({ code: 'not_proven' });

    // The link of the mail ends at a page where the card can really be changed; the customer fills it in.
    const path = new URL(mail?.variables.updateUrl ?? '').pathname;
    const redirect = await fetch(`${engine.bench.url}${path}`, { redirect: 'manual' });
    expect(redirect.status).toBe(303);
    const page = await fetch(redirect.headers.get('location') ?? '');
    const action = /<form method="post" action="([^"]+)"/.exec(await page.text())?.[1] ?? '';
    const saved = await fetch(new URL(action, page.url), {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ number: '5555 5555 5555 4444', expiry: '12 / 34', cvc: '123', name: 'Ana Ruiz' }),
    });
    expect(saved.status).toBeLessThan(400);

    await engine.until('the end', () => documented(shop));
    const end = await caseOf(shop);
    expect(end).toMatchObject({ outcome: 'proven', severity: 'P3', proof: { clean: 2, round: 2 } });
    expect(end?.proof.runs.map(({ verdict }) => verdict)).toEqual(['refuted', 'clean', 'clean']);
    expect(step(end, 'align-and-pay')?.evidence.summary).toMatch(/^\$29\.00 paid with Mastercard ending 4444/);
    expect(await engine.bench.organization(shop)).toEqual({ plan: 'basic', status: 'active' });
    expect((await mails(shop)).map(({ template }) => template)).toEqual(['payment-failed', 'payment-recovered']);
    const { rows: notes } = await databases.keeper.admin.query(
      'select text from organization_notes where organization_id = $1',
      [shop.organizationId],
    );
    expect(notes).toEqual([
      { text: 'A payment of $29.00 failed (expired_card). The owner was written to. It is paid, proven at Stripe.' },
    ]);
    expect(end?.record?.sentences.length).toBeGreaterThan(8);
  });

  it('PAY-6 a temporary decline waits for the next attempt, and nobody is written to when that works', async () => {
    const shop = await engine.shop({ name: 'Koru Coffee' });
    const card = await fail(shop, 'insufficient_funds');
    await engine.until('the wait', waitsFor(shop, "Wait for Stripe's next attempt"));
    engine.bench.stripe.cards.accept(card);
    await engine.advance('P9D');
    await engine.until('the end', () => documented(shop));
    const end = await caseOf(shop);
    expect(end).toMatchObject({ outcome: 'proven' });
    expect(step(end, 'warn-customer')).toMatchObject({ state: 'skipped' });
    expect(await mails(shop)).toEqual([]);
  });

  it('PAY-6 writes when the next attempt fails too, at the latest after 48 hours', async () => {
    const shop = await engine.shop({ name: 'Linden Apotheke' });
    await fail(shop, 'insufficient_funds');
    await engine.until('the wait', waitsFor(shop, "Wait for Stripe's next attempt"));
    expect(await mails(shop)).toEqual([]);
    await engine.advance('P2DT1H');
    expect((await mails(shop)).map(({ template }) => template)).toEqual(['payment-failed']);
    // Six days later Stripe has tried again and again: still one mail.
    await engine.advance('P6D');
    expect((await mails(shop)).map(({ template }) => template)).toEqual(['payment-failed']);
    await updateCard(shop);
    await engine.until('the end', () => documented(shop));
  });

  it('sends a link to the invoice itself where the bank wants the customer to confirm', async () => {
    const shop = await engine.shop({ name: 'Brasserie Colette' });
    await fail(shop, 'authentication_required');
    await engine.until('the wait', waitsFor(shop, 'Wait for the payment'));
    const [mail] = await mails(shop);
    const { rows } = await databases.keeper.admin.query(
      'select purpose, invoice_id from payment_links where organization_id = $1',
      [shop.organizationId],
    );
    expect(rows).toEqual([
      { purpose: 'pay_invoice', invoice_id: step(await caseOf(shop), 'read-failed-payment')?.evidence.invoiceId },
    ]);
    expect(mail?.variables.reason).toBe('The bank asks you to confirm this payment.');
    await updateCard(shop);
    await engine.until('the end', () => documented(shop));
  });

  it('leaves a suspected fraud to a person, who may hold the mail back', async () => {
    const shop = await engine.shop({ name: 'Takapuna Surf' });
    await fail(shop, 'stolen_card');
    await engine.until('the question', async () => (await caseOf(shop))?.state === 'manual');
    const incident = await caseOf(shop);
    expect(incident?.currentStep).toMatchObject({
      title: 'Decide whether to write to the customer',
      evidence: { choices: ['write', 'hold'] },
    });
    expect(incident?.next).toBeNull();
    await engine.advance('P1D');
    expect(await mails(shop)).toEqual([]);

    const ctx = await engine.bench.context(operator);
    const complete = (input: { note: string; choice?: string }) =>
      completeManualStep(ctx, { incidentId: incident?.id ?? '', step: 'decide-on-fraud', ...input });
    await expect(complete({ note: ' ' })).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(complete({ note: 'x', choice: 'shout' })).rejects.toMatchObject({ code: 'invalid_input' });
    await complete({ note: 'I call them', choice: 'hold' });
    await engine.until('the wait', waitsFor(shop, 'Wait for the payment'));
    expect(await mails(shop)).toEqual([]);
    await updateCard(shop);
    await engine.until('the end', () => documented(shop));
    expect((await caseOf(shop))?.record?.sentences.map(({ text }) => text)).toContain(
      'Decide whether to write to the customer: Ana Ruiz, hold: I call them.',
    );
  });

  it('tries another card once and waits again when it is refused too', async () => {
    const shop = await engine.shop({ name: 'Two Cards' });
    await fail(shop, 'expired_card');
    await engine.until('the wait', waitsFor(shop, 'Wait for the payment'));
    await updateCard(shop, 'pm_card_chargeCustomerFail');
    await engine.until(
      'the refusal',
      async () => (await caseOf(shop))?.timeline.some(({ kind }) => kind === 'back') === true,
    );
    await engine.until('the wait again', waitsFor(shop, 'Wait for the payment'));
    expect((await caseOf(shop))?.timeline.filter(({ kind }) => kind === 'back')).toHaveLength(1);
    await updateCard(shop);
    await engine.until('the end', () => documented(shop));
    expect((await mails(shop)).map(({ template }) => template)).toEqual(['payment-failed', 'payment-recovered']);
  });

  it('ends as lost, proven at Stripe, when the subscription is cancelled there', async () => {
    const shop = await engine.shop({ name: 'Gone' });
    await fail(shop, 'expired_card');
    await engine.until('the wait', waitsFor(shop, 'Wait for the payment'));
    await engine.bench.api.subscriptions.cancel(shop.subscriptionId);
    await engine.until('the end', () => documented(shop));
    const end = await caseOf(shop);
    expect(end).toMatchObject({ outcome: 'lost' });
    expect(end?.proof.runs.map(({ verdict }) => verdict)).toEqual(['lost', 'lost']);
    expect((await mails(shop)).map(({ template }) => template)).toEqual(['payment-failed']);
  });

  it('says what fails and tries again while Stripe does not answer, and passes nothing over', async () => {
    const shop = await engine.shop({ name: 'Patient' });
    await fail(shop, 'expired_card');
    await engine.bench.settle();
    const clear = engine.bench.stripe.chaos.apiFault({
      status: 500,
      match: ({ path }) => path.startsWith('/v1/invoices'),
    });
    await engine.until('a failed step', async () => (await caseOf(shop))?.currentStep?.state === 'failed');
    expect((await caseOf(shop))?.currentStep).toMatchObject({
      title: 'Read the failed payment',
      evidence: { failure: { code: 'upstream_failed' } },
    });
    clear();
    await engine.until('the wait', waitsFor(shop, 'Wait for the payment'));
    expect((await caseOf(shop))?.timeline.filter(({ kind }) => kind === 'failed')).toHaveLength(1);
    await updateCard(shop);
    await engine.until('the end', () => documented(shop));
  });
});

/** The effects of a case in their order: the warning, the alignment of the card, the payment. */
const moments = [
  ...faultPoints.map((point) => [point, 1] as const),
  ...[2, 3].map((nth) => ['engine.after-effect', nth] as const),
  ...[2, 3].map((nth) => ['engine.after-observed', nth] as const),
  ['engine.after-step-intent', 3] as const,
];

describe('a worker that dies', () => {
  it.each(moments)(
    'PAY-9 at %s #%i writes one mail, collects once and ends as the unbroken run',
    async (point, nth) => {
      const shop = await engine.shop({ name: `Crash ${point}` });
      const paid = () => engine.bench.calls('POST /v1/invoices/:id/pay');
      const before = paid();
      const death = engine.dieAt(point, nth);
      await failOwnCard(shop);
      await engine.until('the wait', waitsFor(shop, 'Wait for the payment'));
      await updateCard(shop);
      await engine.until('the end', () => documented(shop));
      expect(death.deaths()).toBe(1);

      const end = await caseOf(shop);
      expect(end).toMatchObject({ outcome: 'proven', severity: 'P3' });
      expect(end?.run?.steps.map(({ name, state }) => `${name} ${state}`)).toEqual([
        'read-failed-payment done',
        'check-payment-method done',
        'check-stripe done',
        'review-retries done',
        'measure-impact done',
        'wait-for-retry skipped',
        'decide-on-fraud skipped',
        'warn-customer done',
        'wait-for-payment done',
        'align-and-pay done',
        'prove-paid done',
        'note-organizations done',
        'tell-customer done',
        'write-record done',
      ]);
      expect((await mails(shop)).map(({ template }) => template)).toEqual(['payment-failed', 'payment-recovered']);
      expect(paid() - before).toBe(1);
      const invoices = await engine.bench.api.invoices.list({ customer: shop.customerId });
      expect(invoices.data.map(({ status }) => status)).toEqual(['paid', 'paid']);
      const { rows: effects } = await databases.keeper.admin.query(
        `select outcome from step_effects e join playbook_runs r on r.id = e.run_id where r.incident_id = $1`,
        [end?.id],
      );
      expect(effects.every(({ outcome }) => outcome === 'done')).toBe(true);
      for (const kind of ['opened', 'resolved', 'record'])
        expect(end?.timeline.filter((entry) => entry.kind === kind)).toHaveLength(1);
    },
  );
});
