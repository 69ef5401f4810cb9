import { testDatabases } from '@tillkeeper/sandbox/testing/database.ts';
import Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BillingBench, startBillingBench } from './testBench.ts';

const databases = await testDatabases();
let bench: BillingBench;

beforeAll(async () => {
  bench = await startBillingBench(databases);
});
afterAll(() => bench.close());

let made = 0;
function eventBody(more: Record<string, unknown> = {}): { id: string; body: string } {
  made += 1;
  const id = `evt_intake_${made}`;
  const created = Math.floor(Temporal.Now.instant().epochMilliseconds / 1_000);
  const object = { id: 'sub_x', object: 'subscription', customer: 'cus_nobody' };
  const event = {
    id,
    object: 'event',
    type: 'customer.subscription.updated',
    api_version: Stripe.API_VERSION,
    livemode: false,
    created,
    data: { object },
  };
  return { id, body: JSON.stringify({ ...event, ...more }) };
}

function sign(body: string, options: { secret?: string; ageSeconds?: number } = {}): string {
  const timestamp = Math.floor(Temporal.Now.instant().epochMilliseconds / 1_000) - (options.ageSeconds ?? 0);
  return Stripe.webhooks.generateTestHeaderString({
    payload: body,
    secret: options.secret ?? bench.webhookSecret,
    timestamp,
  });
}

function post(
  body: string,
  signature: string | undefined,
  contentType = 'application/json; charset=utf-8',
): Promise<Response> {
  return fetch(`${bench.url}/webhooks/stripe`, {
    method: 'POST',
    body,
    headers: { 'content-type': contentType, ...(signature === undefined ? {} : { 'stripe-signature': signature }) },
  });
}

async function rowOf(id: string) {
  const { rows } = await databases.keeper.admin.query('select * from stripe_deliveries where stripe_event_id = $1', [
    id,
  ]);
  return rows[0];
}

async function rejections(): Promise<
  { code: string; claimed_event_id: string | null; claimed_customer: string | null; copies: number }[]
> {
  const { rows } = await databases.keeper.admin.query('select * from stripe_rejections order by id');
  return rows;
}

describe('POST /webhooks/stripe', () => {
  it('keeps the bytes as they came, with their signature, before it answers 200', async () => {
    const { id, body } = eventBody();
    const odd = ` ${body}\n`;
    const signature = sign(odd);
    const answer = await post(odd, signature);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ received: true });
    const row = await rowOf(id);
    expect(row.raw.toString()).toBe(odd);
    expect(row).toMatchObject({
      signature,
      state: 'received',
      copies: 1,
      customer_id: 'cus_nobody',
      subscription_id: 'sub_x',
      source: 'webhook',
    });
  });

  it('takes the bytes whatever the content type says', async () => {
    const { id, body } = eventBody();
    expect((await post(body, sign(body), 'text/plain')).status).toBe(200);
    expect(await rowOf(id)).toBeDefined();
  });

  it('keeps 50 copies that arrive at once as one delivery', async () => {
    const { id, body } = eventBody();
    const answers = await Promise.all(Array.from({ length: 50 }, () => post(body, sign(body))));
    expect(answers.map((answer) => answer.status)).toEqual(Array(50).fill(200));
    expect(await rowOf(id)).toMatchObject({ copies: 50, other_raw: null, reason: null });
  });

  it('keeps an event that comes again with other bytes, and says so', async () => {
    const { id, body } = eventBody();
    const other = body.replace('cus_nobody', 'cus_other_');
    await post(body, sign(body));
    await post(other, sign(other));
    await post(body, sign(body));
    const row = await rowOf(id);
    expect(row).toMatchObject({ copies: 3, reason: 'repeated with other bytes', customer_id: 'cus_nobody' });
    expect(row.raw.toString()).toBe(body);
    expect(row.other_raw.toString()).toBe(other);
  });

  it('says nothing but the announcement to workers, and says it for many at once', async () => {
    const client = await databases.keeper.admin.connect();
    const heard: string[] = [];
    client.on('notification', ({ payload }) => heard.push(payload ?? ''));
    await client.query('listen keeper_work');
    const bodies = Array.from({ length: 40 }, () => eventBody().body);
    await Promise.all(bodies.map((body) => post(body, sign(body))));
    await expect.poll(() => heard.length, { timeout: 20_000 }).toBeGreaterThan(0);
    expect(new Set(heard)).toEqual(new Set(['deliveries']));
    expect(heard.length).toBeLessThan(40);
    await client.query('unlisten *');
    client.release();
  });

  it.each([
    ['missing_signature', (_body: string) => undefined],
    ['wrong_signature', (body: string) => sign(body, { secret: 'whsec_wrong' })],
    ['stale_signature', (body: string) => sign(body, { ageSeconds: 400 })],
    ['future_signature', (body: string) => sign(body, { ageSeconds: -400 })],
  ])('answers 400 for a %s, keeps what it claims as evidence and nothing as an event', async (reason, header) => {
    const { id, body } = eventBody();
    const answer = await post(body, header(body));
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(await answer.json()).toMatchObject({ status: 400, code: 'invalid_input', reason });
    expect(await rowOf(id)).toBeUndefined();
    expect((await rejections()).at(-1)).toMatchObject({
      code: reason,
      claimed_event_id: id,
      claimed_customer: 'cus_nobody',
      copies: 1,
    });
  });

  it('refuses a signed body that is no event', async () => {
    const answer = await post('{"id":"evt_\\u0000"}', sign('{"id":"evt_\\u0000"}'));
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ reason: 'malformed' });
  });

  it('refuses an empty body, and one above a megabyte before it is read to its end', async () => {
    expect((await post('', sign(' '))).status).toBe(400);
    const large = JSON.stringify({ filler: 'x'.repeat(1_100_000) });
    expect((await post(large, sign(large))).status).toBe(413);
  });

  it('answers 5xx and keeps nothing when the row cannot be written, so that Stripe sends it again', async () => {
    const { id, body } = eventBody();
    await databases.keeper.admin.query('alter table stripe_deliveries rename to stripe_deliveries_away');
    try {
      expect((await post(body, sign(body))).status).toBeGreaterThanOrEqual(500);
    } finally {
      await databases.keeper.admin.query('alter table stripe_deliveries_away rename to stripe_deliveries');
    }
    expect(await rowOf(id)).toBeUndefined();
    expect((await post(body, sign(body))).status).toBe(200);
    expect(await rowOf(id)).toBeDefined();
  });
});

describe('a flood of refused deliveries', () => {
  it('is kept up to a bound and counted beyond it', async () => {
    const before = (await rejections()).length;
    const flood = await startBillingBench(databases);
    const answers = await Promise.all(
      Array.from({ length: 300 }, () =>
        fetch(`${flood.url}/webhooks/stripe`, {
          method: 'POST',
          body: '{}',
          headers: { 'content-type': 'application/json' },
        }),
      ),
    );
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([400]));
    await flood.close();
    const after = (await rejections()).slice(before);
    expect(after).toHaveLength(121);
    expect(after.at(-1)).toMatchObject({ code: 'flood', copies: 180 });
    expect(after.reduce((sum, { copies }) => sum + copies, 0)).toBe(300);
  });
});
