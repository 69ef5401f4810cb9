import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLogger } from '@tillkeeper/platform/log';
import type { Stripe } from 'stripe';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createShop } from '../seed/createShop.ts';
import { stripeClientOf } from '../seed/stripeClientOf.ts';
import { type StripeStandIn, startStripe } from '../stripe/startStripe.ts';
import { testDatabases } from '../testing/database.ts';
import { createSaboteurs, type Saboteurs } from './saboteurs.ts';

const databases = await testDatabases();
const till = databases.till.admin;
const log = createLogger({ name: 'test', level: 'error' });
let stripe: StripeStandIn;
let client: Stripe;
let saboteurs: Saboteurs;
let endpoint: Server;
let heard: { type: string; signed: boolean }[] = [];
const silenced: string[] = [];

beforeAll(async () => {
  stripe = await startStripe({
    file: ':memory:',
    port: 0,
    secretKey: 'sk_test_saboteurs',
    clock: { now: () => Temporal.Now.instant() },
  });
  client = stripeClientOf(stripe, { maxNetworkRetries: 0 });
  endpoint = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const event = JSON.parse(Buffer.concat(chunks).toString()) as { type: string };
      heard.push({ type: event.type, signed: request.headers['stripe-signature'] !== undefined });
      response.writeHead(request.headers['stripe-signature'] === undefined ? 400 : 200).end();
    });
  });
  await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve));
  const { port } = endpoint.address() as AddressInfo;
  await client.webhookEndpoints.create({
    url: `http://127.0.0.1:${port}/`,
    enabled_events: ['customer.subscription.updated'],
  });
  const owners = { silence: (addresses: Iterable<string>) => void silenced.push(...addresses) };
  saboteurs = createSaboteurs({ tillAdmin: till, stripe, owners, log });
});
afterAll(async () => {
  saboteurs.heal();
  await stripe.close();
  await new Promise((resolve) => endpoint.close(resolve));
});
beforeEach(() => {
  heard = [];
});

async function statusOf(organizationId: string): Promise<string | undefined> {
  const { rows } = await till.query<{ id: string }>(
    'select stripe_subscription_id as id from public.organization_subscriptions where organization_id = $1::uuid',
    [organizationId],
  );
  return (await client.subscriptions.retrieve(rows[0]?.id ?? '')).status;
}

describe('payment-processing-failure', () => {
  test('without any organization it makes the one that it needs, and its payment fails at Stripe', async () => {
    const { what, organizationIds } = await saboteurs.inject('payment-processing-failure');
    expect(organizationIds).toHaveLength(1);
    expect(what).toContain('is refused');
    expect(await statusOf(organizationIds[0] ?? '')).toBe('past_due');
    // The rest is Keeper's to find out.
    expect((await till.query('select * from ops.subscription_drift()')).rows).toEqual([]);
  });

  test('hits the organization that is asked for and keeps its owner still', async () => {
    const shop = await createShop({ till, stripe: client, plan: 'basic' });
    await saboteurs.inject('payment-processing-failure', {
      form: 'card',
      organizationId: shop.organizationId,
      owner: 'silent',
    });
    expect(await statusOf(shop.organizationId)).toBe('past_due');
    expect(silenced).toEqual([shop.owner.email]);
  });

  test('never an organization that does not pay', async () => {
    const free = await createShop({ till, stripe: client, plan: 'free' });
    await expect(
      saboteurs.inject('payment-processing-failure', { organizationId: free.organizationId }),
    ).rejects.toMatchObject({ code: 'not_found' });
  });

  test('stripe-500: webhooks about several organizations arrive and nothing can be read, until it is healed', async () => {
    for (let count = 0; count < 3; count += 1) await createShop({ till, stripe: client });
    heard = [];
    const { organizationIds } = await saboteurs.inject('payment-processing-failure', { form: 'stripe-500' });
    expect(organizationIds.length).toBeGreaterThanOrEqual(3);
    await expect(client.customers.list()).rejects.toMatchObject({ statusCode: 500 });
    await expect(client.customers.create({})).rejects.toMatchObject({ statusCode: 500 });
    await expect.poll(() => heard.length, { timeout: 20_000 }).toBe(organizationIds.length);
    saboteurs.heal();
    await client.customers.list();
  });

  test('unsigned: webhooks come without a signature, and end by themselves', async () => {
    const { organizationIds } = await saboteurs.inject('payment-processing-failure', { form: 'unsigned', seconds: 1 });
    await expect.poll(() => heard.length, { timeout: 20_000 }).toBe(organizationIds.length);
    expect(heard.every(({ signed }) => !signed)).toBe(true);
    const { rows } = await till.query<{ id: string }>(
      `select stripe_subscription_id as id from public.organization_subscriptions limit 1`,
    );
    let round = 0;
    await expect
      .poll(
        async () => {
          heard = [];
          round += 1;
          await client.subscriptions.update(rows[0]?.id ?? '', { metadata: { round: String(round) } });
          await expect.poll(() => heard.length, { timeout: 5_000 }).toBeGreaterThan(0);
          return heard.at(-1)?.signed;
        },
        { timeout: 20_000, interval: 200 },
      )
      .toBe(true);
  });

  test('late: nothing comes for now, although it happened', async () => {
    const { organizationIds } = await saboteurs.inject('payment-processing-failure', { form: 'late' });
    const events = await client.events.list({
      type: 'customer.subscription.updated',
      limit: 100,
      delivery_success: false,
    });
    expect(events.data.length).toBeGreaterThanOrEqual(organizationIds.length);
    expect(heard).toEqual([]);
    saboteurs.heal();
  });
});

describe('subscription-sync-failure', () => {
  test('the trigger is off, rows say what no subscription says, and Stripe has a plan that the organization does not know', async () => {
    const { organizationIds, what } = await saboteurs.inject('subscription-sync-failure');
    expect(what).toContain('The sync trigger is disabled');
    const trigger = await till.query<{ enabled: string }>('select enabled from ops.sync_trigger_state()');
    expect(trigger.rows).toEqual([{ enabled: 'D' }]);
    const drift = await till.query<{ organization_id: string }>('select organization_id from ops.subscription_drift()');
    expect(drift.rows.map((row) => row.organization_id).sort()).toEqual([...organizationIds].sort());
    expect(organizationIds.length).toBeGreaterThanOrEqual(4);
    // What the subscriptions say is Stripe's word: a sync repairs all of it.
    const { rows } = await till.query<{ id: string; price: string }>(
      'select stripe_subscription_id as id, stripe_price_id as price from public.organization_subscriptions',
    );
    for (const { id, price } of rows)
      expect((await client.subscriptions.retrieve(id)).items.data[0]?.price.id).toBe(price);
    await till.query('alter table public.organization_subscriptions enable trigger sync_subscription');
    await till.query(
      `select * from ops.sync_drifted((select jsonb_agg(jsonb_build_object('organizationId', d.organization_id, 'planHere', d.plan_here, 'statusHere', d.status_here))
                                         from ops.subscription_drift() d), '{}', 'test')`,
    );
    expect((await till.query('select * from ops.subscription_drift()')).rows).toEqual([]);
  });
});

test('says what it does not know', async () => {
  await expect(saboteurs.inject('mass-hysteria')).rejects.toMatchObject({ code: 'not_found' });
  await expect(saboteurs.inject('payment-processing-failure', { form: 'earthquake' })).rejects.toMatchObject({
    code: 'invalid_input',
    fields: { field: 'form' },
  });
  await expect(saboteurs.inject('payment-processing-failure', { form: 'unsigned', seconds: 0 })).rejects.toMatchObject({
    code: 'invalid_input',
    fields: { field: 'seconds' },
  });
  expect(saboteurs.known.map(({ playbook }) => playbook)).toEqual([
    'payment-processing-failure',
    'subscription-sync-failure',
  ]);
});
