import { testDatabases } from '@tillkeeper/sandbox/testing/database.ts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RelayedEffect } from '../effects/relayEffects.ts';
import { createPaymentLink } from './createPaymentLink.ts';
import { readPaymentFacts } from './paymentFacts.ts';
import { type BillingBench, type Shop, startBillingBench } from './testBench.ts';

const databases = await testDatabases();
let bench: BillingBench;

beforeAll(async () => {
  bench = await startBillingBench(databases, { webhooks: 'silent' });
});
afterEach(() => bench.stripe.chaos.clear());
afterAll(() => bench.close());

const runId = '00000000-0000-7000-8000-0000000000aa';

async function failingShop(): Promise<Shop> {
  const shop = await bench.shop();
  const bad = await bench.api.paymentMethods.attach('pm_card_chargeCustomerFail', { customer: shop.customerId });
  await bench.api.subscriptions.update(shop.subscriptionId, {
    default_payment_method: bad.id,
    billing_cycle_anchor: { type: 'now' },
    proration_behavior: 'none',
  });
  return shop;
}

async function link(
  shop: Shop,
  more: { purpose?: 'update_payment_method' | 'pay_invoice'; invoiceId?: string; runId?: string } = {},
): Promise<string> {
  const { url } = await createPaymentLink(await bench.context(), {
    organizationId: shop.organizationId,
    purpose: 'update_payment_method',
    ...more,
  });
  return url;
}

/** The address on the server under test; links carry the address that the world knows. */
function local(url: string): string {
  const { pathname, search } = new URL(url, bench.url);
  return `${bench.url}${pathname}${search}`;
}

function open(url: string): Promise<Response> {
  return fetch(local(url), { redirect: 'manual' });
}

async function expectPage(answer: Response, status: number, title: string): Promise<string> {
  const text = await answer.text();
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toContain('text/html');
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(text).toContain(`<h1>${title}</h1>`);
  expect(text).toContain('Sandbox: no card is charged.');
  expect(text).not.toContain('<script');
  return text;
}

/** What a person does on Stripe's page: fills in the card, sends it, follows the way back. */
async function saveCard(portal: string, number: string): Promise<string> {
  const page = await (await fetch(portal)).text();
  const action = /action="([^"]+\/payment_method)"/.exec(page)?.[1] ?? '';
  const body = new URLSearchParams({ number, expiry: '12 / 34', cvc: '123', name: 'A. Owner' });
  const saved = await fetch(new URL(action, portal), { method: 'POST', body });
  const back = /href="([^"]*\/pay\/done[^"]*)"/.exec(await saved.text())?.[1] ?? '';
  return back.replaceAll('&amp;', '&');
}

describe('links to the payment page', () => {
  it('stay the same for the same run and purpose, and are as many as there are purposes', async () => {
    const shop = await failingShop();
    const first = await link(shop, { runId });
    expect(first).toMatch(/^http:\/\/localhost:4600\/pay\/[A-Za-z0-9_-]{43}$/);
    expect(await link(shop, { runId })).toBe(first);
    expect(await link(shop, { runId, purpose: 'pay_invoice' })).not.toBe(first);
    expect(await link(await failingShop(), { runId })).not.toBe(first);
    expect(await link(shop)).not.toBe(await link(shop));
    const { rows } = await databases.keeper.admin.query(
      `select count(*)::integer as audited from audit where action = 'payment_link.create' and organization_id = $1`,
      [shop.organizationId],
    );
    expect(rows).toEqual([{ audited: 4 }]);
  });

  it('are kept as a hash only', async () => {
    const url = await link(await failingShop());
    const token = url.split('/').at(-1) ?? '';
    const { rows } = await databases.keeper.admin.query('select payment_links::text as row from payment_links');
    expect(rows.some(({ row }) => row.includes(token))).toBe(false);
  });
});

describe('GET /pay/:token', () => {
  it('PAY-8: leads to a page on which the card can be changed, and back; the refetch and the wake-up do not wait for a webhook', async () => {
    const shop = await failingShop();
    const answer = await open(await link(shop));
    expect(answer.status).toBe(303);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const back = await saveCard(answer.headers.get('location') ?? '', '4242424242424242');
    expect(back).toContain('changed=1');

    const facts = await readPaymentFacts(await bench.context(), shop.organizationId);
    expect(facts.customerDefault).toMatchObject({ last4: '4242' });
    await bench.api.invoices.pay(facts.openInvoice?.id ?? '', { payment_method: facts.customerDefault?.id ?? '' });
    expect(await bench.organization(shop)).toEqual({ plan: 'free', status: 'active' });

    await expectPage(await open(back), 200, 'Your card is saved');
    expect(await bench.organization(shop)).toEqual({ plan: 'basic', status: 'active' });
    const told: RelayedEffect[] = [];
    await bench.settle([async (effects) => void told.push(...effects)]);
    expect(
      told.filter((effect) => effect.organizationId === shop.organizationId).map((effect) => effect.kind),
    ).toContain('payment_page.returned');
  });

  it('PAY-8: leads to the invoice itself when that is what has to be paid', async () => {
    const shop = await failingShop();
    const { openInvoice } = await readPaymentFacts(await bench.context(), shop.organizationId);
    const answer = await open(await link(shop, { purpose: 'pay_invoice', invoiceId: openInvoice?.id ?? '' }));
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe(openInvoice?.hostedUrl);
  });

  it('says that nothing is due when all is paid, and still lets the card be changed', async () => {
    const shop = await bench.shop();
    const url = await link(shop);
    const page = await expectPage(await open(url), 200, 'Nothing is due');
    expect(page).toContain('card ending in 4242');
    const anyway = /href="([^"]+anyway=1)"/.exec(page)?.[1] ?? '';
    expect((await open(anyway)).status).toBe(303);
    const paid = (await bench.api.invoices.list({ customer: shop.customerId })).data[0]?.id ?? '';
    await expectPage(await open(await link(shop, { purpose: 'pay_invoice', invoiceId: paid })), 200, 'Nothing is due');
  });

  it('says that a link has expired after 30 days, and lives again when the run sends it once more', async () => {
    const shop = await failingShop();
    const url = await link(shop, { runId });
    await databases.keeper.admin.query('update payment_links set expires_at = ops.now() where organization_id = $1', [
      shop.organizationId,
    ]);
    expect(await expectPage(await open(url), 410, 'This link has expired')).toContain('http://localhost:4601');
    expect(await link(shop, { runId })).toBe(url);
    expect((await open(url)).status).toBe(303);
    const { rows } = await databases.keeper.admin.query(
      `select expires_at > ops.now() + interval '29 days 23 hours' as long, opened_at is not null as opened from payment_links where organization_id = $1`,
      [shop.organizationId],
    );
    expect(rows).toEqual([{ long: true, opened: true }]);
  });

  it('says that a link does not work when we never made it', async () => {
    await expectPage(await open('/pay/abc'), 404, 'This link does not work');
    await expectPage(await open(`/pay/${'a'.repeat(43)}`), 404, 'This link does not work');
    await expectPage(await open('/pay/done'), 404, 'This link does not work');
    await expectPage(await open('/pay/done?link=abc'), 404, 'This link does not work');
  });

  it('says that the provider does not answer when Stripe is down, with nothing of the failure in it', async () => {
    const url = await link(await failingShop());
    bench.stripe.chaos.apiFault({ status: 500 });
    const page = await expectPage(await open(url), 503, 'The payment page does not answer');
    expect(page).not.toMatch(/stripe|500/i);
  });

  it('opens no session at Stripe for a mail program that only asks with HEAD', async () => {
    const url = await link(await failingShop());
    const before = bench.calls('POST /v1/billing_portal/sessions');
    expect((await fetch(local(url), { method: 'HEAD', redirect: 'manual' })).status).toBe(200);
    expect(bench.calls('POST /v1/billing_portal/sessions')).toBe(before);
  });
});

describe('GET /pay/done', () => {
  it('offers the payment page again to who left it without paying', async () => {
    const url = await link(await failingShop());
    const token = url.split('/').at(-1) ?? '';
    expect(await expectPage(await open(`/pay/done?link=${token}`), 200, 'You left the payment page')).toContain(
      `/pay/${token}`,
    );
  });

  it('waits for a refetch that started before the visitor was done, then looks itself', async () => {
    const shop = await failingShop();
    const token = (await link(shop)).split('/').at(-1) ?? '';
    await databases.keeper.admin.query(
      `insert into organization_leases (organization_id, fencing, holder, held_until) values ($1, 1, 'other', clock_timestamp() + interval '600 milliseconds')`,
      [shop.organizationId],
    );
    await expectPage(await open(`/pay/done?link=${token}&changed=1`), 200, 'Your card is saved');
    expect(await bench.organization(shop)).toEqual({ plan: 'basic', status: 'past_due' });
  });
});
