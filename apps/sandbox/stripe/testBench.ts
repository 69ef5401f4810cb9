import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Stripe } from 'stripe';
import { type StripeOptions, type StripeStandIn, startStripe } from './startStripe.ts';

export const secretKey = 'sk_test_bench';
export const daySeconds = 86_400;

/** A clock that only moves when it is told to. */
export interface MovableClock {
  now(): Temporal.Instant;
  seconds(): number;
  moveTo(seconds: number): void;
  advance(duration: string): void;
}

export function movableClock(start = '2026-01-31T10:00:00Z'): MovableClock {
  let at = Temporal.Instant.from(start);
  return {
    now: () => at,
    seconds: () => Math.floor(at.epochMilliseconds / 1000),
    moveTo(seconds) {
      at = Temporal.Instant.fromEpochMilliseconds(seconds * 1000);
    },
    advance(duration) {
      at = at.toZonedDateTimeISO('UTC').add(duration).toInstant();
    },
  };
}

export interface Received {
  event: Stripe.Event;
  body: string;
  signature: string;
}

/** A webhook endpoint that believes only what the official client verifies. */
export interface Inbox {
  readonly url: string;
  readonly events: Received[];
  /** Deliveries that the client refused, with its reason. */
  readonly refused: string[];
  /** The status answered to a verified event; 200 unless set. */
  answer: (event: Stripe.Event) => number;
  secret: string;
  types(): string[];
  of<T extends Stripe.Event['type']>(type: T): Extract<Stripe.Event, { type: T }>[];
  close(): Promise<void>;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

export async function startInbox(client: Stripe): Promise<Inbox> {
  const events: Received[] = [];
  const refused: string[] = [];
  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(request);
    const signature = String(request.headers['stripe-signature'] ?? '');
    let event: Stripe.Event;
    try {
      event = client.webhooks.constructEvent(body, signature, inbox.secret);
    } catch (error) {
      refused.push(String(error));
      response.writeHead(400).end();
      return;
    }
    events.push({ event, body, signature });
    response.writeHead(inbox.answer(event)).end();
  };
  const server = createServer((request, response) => {
    receive(request, response).catch(() => response.destroy());
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const inbox: Inbox = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/stripe`,
    events,
    refused,
    answer: () => 200,
    secret: '',
    types: () => events.map((each) => each.event.type),
    of: (type) => events.filter((each) => each.event.type === type).map((each) => each.event) as never,
    async close() {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      await closed.promise;
    },
  };
  return inbox;
}

export interface Bench {
  clock: MovableClock;
  standIn: StripeStandIn;
  client: Stripe;
  inbox: Inbox;
  /** Moves the clock from due time to due time up to there, settling each. */
  advance(duration: string): Promise<void>;
  close(): Promise<void>;
}

export function clientOf(standIn: StripeStandIn, options: { maxNetworkRetries?: number } = {}): Stripe {
  const { hostname, port } = new URL(standIn.url);
  return new Stripe(standIn.secretKey, {
    host: hostname,
    port: Number(port),
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
    ...options,
  });
}

/** A stand-in on a movable clock, the official client, and an endpoint that hears everything. */
export async function startBench(
  options: Partial<StripeOptions> & { events?: boolean; clock?: MovableClock } = {},
): Promise<Bench> {
  const { events = true, clock = movableClock(), ...rest } = options;
  const standIn = await startStripe({ file: ':memory:', port: 0, secretKey, ...rest, clock });
  const client = clientOf(standIn);
  const inbox = await startInbox(client);
  if (events) {
    const endpoint = await client.webhookEndpoints.create({
      url: inbox.url,
      enabled_events: ['*'],
      api_version: '2026-10-28.endive',
    });
    inbox.secret = endpoint.secret ?? '';
  }
  return {
    clock,
    standIn,
    client,
    inbox,
    async advance(duration) {
      const target = clock.now().toZonedDateTimeISO('UTC').add(duration).toInstant();
      await standIn.runDue();
      for (
        let due = standIn.nextDueAt();
        due !== undefined && Temporal.Instant.compare(due, target) <= 0;
        due = standIn.nextDueAt()
      ) {
        if (Temporal.Instant.compare(due, clock.now()) > 0) clock.moveTo(Math.ceil(due.epochMilliseconds / 1000));
        await standIn.runDue();
      }
      clock.moveTo(Math.floor(target.epochMilliseconds / 1000));
      await standIn.runDue();
    },
    async close() {
      await standIn.close();
      await inbox.close();
    },
  };
}

/** A product with a monthly price. */
export async function monthlyPrice(client: Stripe, amount = 2900): Promise<Stripe.Price> {
  const product = await client.products.create({ name: 'Basic' });
  return client.prices.create({
    product: product.id,
    currency: 'usd',
    unit_amount: amount,
    recurring: { interval: 'month' },
  });
}

/** A customer whose default card is that test method. */
export async function customerWithCard(
  client: Stripe,
  token = 'pm_card_visa',
  params: Stripe.CustomerCreateParams = {},
): Promise<Stripe.Customer> {
  return client.customers.create({
    email: 'owner@example.com',
    name: 'Corner Shop',
    payment_method: token,
    invoice_settings: { default_payment_method: token },
    ...params,
  });
}

/** The form fields of a card, as a browser would send them. */
export function cardForm(number: string, more: Record<string, string> = {}): URLSearchParams {
  return new URLSearchParams({ number, expiry: '12 / 34', cvc: '123', name: 'A. Owner', ...more });
}
