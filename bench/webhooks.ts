import { randomUUIDv7 } from 'node:crypto';
import { Agent, request } from 'node:http';
import pg from 'pg';
import Stripe from 'stripe';
import { setTimeout as wait } from 'node:timers/promises';
import { type Lab, load, median, percentile } from './lab.ts';

/** As many callers as Stripe's bursts show, and as the peers were measured with. */
const concurrency = 16;
const bodyBytes = 4_200;
const rounds = 3;

export interface Row {
  readonly row: string;
  readonly goal: string;
  readonly limit: { readonly what: string; readonly perSecond: number };
  readonly measured: { readonly perSecond: number; readonly p50Ms: number; readonly p99Ms: number };
  readonly ratio: number;
  readonly more?: Readonly<Record<string, number>>;
}

interface Signed {
  readonly body: Buffer;
  readonly signature: string;
}

const signer = new Stripe('sk_test_bench');

/** An update of a subscription as Stripe sends it, padded to the size of a real one. */
function delivery(secret: string, customer: string, subscription: string): Signed {
  const event = {
    id: `evt_${randomUUIDv7().replaceAll('-', '')}`,
    object: 'event',
    api_version: Stripe.API_VERSION,
    created: Math.floor(Temporal.Now.instant().epochMilliseconds / 1000),
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type: 'customer.subscription.updated',
    data: { object: { id: subscription, object: 'subscription', customer, metadata: { padding: '' } } },
  };
  event.data.object.metadata.padding = 'x'.repeat(Math.max(0, bodyBytes - JSON.stringify(event).length));
  const body = JSON.stringify(event);
  return { body: Buffer.from(body), signature: signer.webhooks.generateTestHeaderString({ payload: body, secret }) };
}

const agent = new Agent({ keepAlive: true, maxSockets: concurrency });

function post(url: string, { body, signature }: Signed): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${url}/webhooks/stripe`,
      {
        method: 'POST',
        agent,
        headers: { 'content-type': 'application/json', 'stripe-signature': signature, 'content-length': body.length },
      },
      (response) => {
        response.resume();
        response.on('end', () =>
          response.statusCode === 200 ? resolve() : reject(new Error(`answered ${response.statusCode}`)),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** The limit: the row that intake writes, by raw pg with a named statement, one commit each, at the same concurrency. */
async function rawInserts(lab: Lab, count: number): Promise<number> {
  const clients = await Promise.all(
    Array.from({ length: concurrency }, async () => {
      const client = new pg.Client({ connectionString: lab.databases.keeper.url('keeper_app') });
      await client.connect();
      return client;
    }),
  );
  const prepared = Array.from({ length: count }, () => delivery(lab.webhookSecret, 'cus_raw', 'sub_raw'));
  const idle = [...clients];
  const { seconds } = await load(count, concurrency, async (index) => {
    const client = idle.pop();
    const one = prepared[index];
    if (client === undefined || one === undefined) throw new Error('more callers than connections');
    await client.query({
      name: 'raw',
      text: `insert into stripe_deliveries (stripe_event_id, type, api_version, livemode, event_created_at, object_id, customer_id, subscription_id, raw, signature, state)
             values ($1::text, 'customer.subscription.updated', $2::text, false, now(), 'sub_raw', 'cus_raw', 'sub_raw', $3::bytea, $4::text, 'ignored')`,
      values: [`raw_${randomUUIDv7()}`, Stripe.API_VERSION, one.body, one.signature],
    });
    idle.push(client);
  });
  await Promise.all(clients.map((client) => client.end()));
  return count / seconds;
}

/** Design budget 1: a webhook accepted durably over HTTP. No worker runs: acceptance alone is measured. */
export async function acceptance(lab: Lab, count: number): Promise<Row> {
  const limits: number[] = [];
  const rates: number[] = [];
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    limits.push(await rawInserts(lab, count));
    const prepared = Array.from({ length: count }, () => delivery(lab.webhookSecret, 'cus_nobody', 'sub_nobody'));
    const { seconds, each } = await load(count, concurrency, (index) => post(lab.keeperUrl, prepared[index] as Signed));
    rates.push(count / seconds);
    times.push(...each);
  }
  await lab.databases.keeper.admin.query(`update stripe_deliveries set state = 'ignored' where state = 'received'`);
  const limit = median(limits);
  return {
    row: 'webhook accepted durably, over HTTP',
    goal: 'ratio >= 0.5',
    limit: { what: 'the same insert by raw pg, same concurrency', perSecond: limit },
    measured: { perSecond: median(rates), p50Ms: percentile(times, 0.5), p99Ms: percentile(times, 0.99) },
    ratio: median(rates) / limit,
  };
}

interface Organization {
  readonly customer: string;
  readonly subscription: string;
}

/** Organizations with one paid subscription each, made at the stand-in through the official client. */
export async function makeOrganizations(lab: Lab, count: number): Promise<Organization[]> {
  const { hostname, port } = new URL(lab.stripe.url);
  const api = new Stripe(lab.stripe.secretKey, {
    host: hostname,
    port: Number(port),
    protocol: 'http',
    telemetry: false,
  });
  const product = await api.products.create({ name: 'Pro' });
  const price = await api.prices.create({
    product: product.id,
    currency: 'usd',
    unit_amount: 9900,
    recurring: { interval: 'month' },
  });
  const till = lab.databases.till.admin;
  await till.query(`insert into plan_prices (stripe_price_id, plan_id) values ($1, 'pro')`, [price.id]);
  const made: Organization[] = [];
  await load(count, concurrency, async (index) => {
    const customer = await api.customers.create({
      name: `Bench ${index}`,
      payment_method: 'pm_card_visa',
      invoice_settings: { default_payment_method: 'pm_card_visa' },
    });
    const subscription = await api.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] });
    await till.query(
      `with made as (insert into organizations (name) values ($1) returning id)
       insert into stripe_customers (stripe_customer_id, organization_id) select $2, id from made`,
      [`Bench ${index}`, customer.id],
    );
    made.push({ customer: customer.id, subscription: subscription.id });
  });
  await till.query('analyze');
  return made;
}

async function waiting(lab: Lab): Promise<number> {
  const { rows } = await lab.databases.keeper.admin.query<{ waiting: number }>(
    `select count(*)::integer as waiting from stripe_deliveries where state = 'received'`,
  );
  return rows[0]?.waiting ?? 0;
}

async function settled(lab: Lab): Promise<void> {
  while ((await waiting(lab)) > 0) await wait(20);
}

async function lags(lab: Lab, since: Date): Promise<number[]> {
  const { rows } = await lab.databases.keeper.admin.query<{ ms: number }>(
    `select (extract(epoch from settled_machine - received_machine) * 1000)::float8 as ms
       from stripe_deliveries where received_machine >= $1 and state = 'applied'`,
    [since],
  );
  return rows.map((row) => row.ms);
}

/** Design budget 2: from the event to the organization that agrees with Stripe. Events come in turn over all organizations, so nothing coalesces by luck. */
export async function consistency(
  lab: Lab,
  organizations: readonly Organization[],
  count: number,
  limit: number,
): Promise<Row> {
  const stop = await lab.startWorker();
  const rates: number[] = [];
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const prepared = Array.from({ length: count }, (_, index) => {
      const { customer, subscription } = organizations[index % organizations.length] as Organization;
      return delivery(lab.webhookSecret, customer, subscription);
    });
    const since = new Date(Temporal.Now.instant().epochMilliseconds);
    const began = performance.now();
    await load(count, concurrency, (index) => post(lab.keeperUrl, prepared[index] as Signed));
    await settled(lab);
    rates.push(count / ((performance.now() - began) / 1000));
    times.push(...(await lags(lab, since)));
  }
  await stop();
  return {
    row: 'event to consistent organization, stand-in unthrottled',
    goal: 'ratio >= 0.3 sustained',
    limit: { what: 'the same insert by raw pg, same concurrency', perSecond: limit },
    measured: { perSecond: median(rates), p50Ms: percentile(times, 0.5), p99Ms: percentile(times, 0.99) },
    ratio: median(rates) / limit,
  };
}

/** The same with Stripe as it is: 100 reads a second, answers after 150 ms, events of 60 organizations a second. */
export async function throttled(lab: Lab, organizations: readonly Organization[], seconds: number): Promise<Row> {
  const perSecond = 60;
  const clear = lab.stripe.chaos.slowAnswers(150);
  const stop = await lab.startWorker({ STRIPE_READS_PER_SECOND: '100' });
  const since = new Date(Temporal.Now.instant().epochMilliseconds);
  const sends: Promise<void>[] = [];
  let halfway = 0;
  for (let second = 0; second < seconds; second += 1) {
    const next = performance.now() + 1000;
    for (let index = 0; index < perSecond; index += 1) {
      const { customer, subscription } = organizations[
        (second * perSecond + index) % organizations.length
      ] as Organization;
      sends.push(post(lab.keeperUrl, delivery(lab.webhookSecret, customer, subscription)));
    }
    await wait(Math.max(0, next - performance.now()));
    if (second === Math.floor(seconds / 2)) halfway = await waiting(lab);
  }
  await Promise.all(sends);
  const atTheEnd = await waiting(lab);
  await settled(lab);
  const times = await lags(lab, since);
  await stop();
  clear();
  return {
    row: 'event to consistent organization, 100 reads/s, 150 ms answers',
    goal: 'no growth of the queue at 60 organizations/s, p99 < 3000 ms',
    limit: { what: 'events that arrive', perSecond },
    measured: { perSecond: times.length / seconds, p50Ms: percentile(times, 0.5), p99Ms: percentile(times, 0.99) },
    ratio: times.length / seconds / perSecond,
    more: { waitingHalfway: halfway, waitingAtTheEnd: atTheEnd },
  };
}
