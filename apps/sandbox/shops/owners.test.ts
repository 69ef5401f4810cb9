import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLogger } from '@tillkeeper/platform/log';
import { createTransport } from 'nodemailer';
import type { Stripe } from 'stripe';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Inbox, startInbox } from '../mail/inbox.ts';
import { stripeClientOf } from '../seed/stripeClientOf.ts';
import { type StripeStandIn, startStripe } from '../stripe/startStripe.ts';
import { type Owners, startOwners } from './owners.ts';

const log = createLogger({ name: 'test', level: 'error' });
const limit = { timeout: 20_000 };
let inbox: Inbox;
let stripe: StripeStandIn;
let client: Stripe;
let customer: Stripe.Customer;
let product: Server;
let productUrl: string;
/** What the product's link answers: leads to Stripe's page, or fails. */
let working: boolean;
let opened: number;
let returned: string[];
let owners: Owners | undefined;

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeEach(async () => {
  working = true;
  opened = 0;
  returned = [];
  owners = undefined;
  const now = (): Temporal.Instant => Temporal.Now.instant();
  inbox = await startInbox({ file: ':memory:', host: '127.0.0.1', smtpPort: 0, webPort: 0, log, now });
  stripe = await startStripe({ file: ':memory:', port: 0, secretKey: 'sk_test_owners', clock: { now } });
  client = stripeClientOf(stripe);
  customer = await client.customers.create({ name: 'Harbor Coffee', email: 'ana@harbor.example' });
  // As Keeper's link does: a redirect to a portal session, made when the link is opened.
  product = createServer((request, response) => {
    if (request.url?.startsWith('/done') === true) {
      returned.push(request.url);
      response.end('<h1>Thank you</h1>');
      return;
    }
    opened += 1;
    if (!working) {
      response.writeHead(503).end();
      return;
    }
    const session = client.billingPortal.sessions.create({
      customer: customer.id,
      return_url: `${productUrl}/done?left`,
      flow_data: {
        type: 'payment_method_update',
        after_completion: { type: 'redirect', redirect: { return_url: `${productUrl}/done?changed` } },
      },
    });
    session.then(
      ({ url }) => response.writeHead(303, { location: url }).end(),
      () => response.writeHead(502).end(),
    );
  });
  productUrl = await listen(product);
});
afterEach(async () => {
  await owners?.stop();
  await Promise.all([inbox.close(), stripe.close()]);
  product.closeAllConnections();
  await new Promise((resolve) => product.close(resolve));
});

async function send(to: string, html: string): Promise<void> {
  const transport = createTransport({ url: inbox.smtpUrl });
  await transport.sendMail({ from: 'billing@till.test', to, subject: 'Action required', text: 'See the link', html });
  transport.close();
}

const asks = (): string => `<p>Hi</p><a href="${productUrl}/pay/token">Update payment method</a>`;

async function defaultCard(): Promise<string | undefined> {
  const now = await client.customers.retrieve(customer.id, { expand: ['invoice_settings.default_payment_method'] });
  const method = now.deleted === true ? null : now.invoice_settings.default_payment_method;
  return typeof method === 'object' && method !== null ? method.card?.last4 : undefined;
}

describe('a simulated owner', () => {
  test('follows the link of a mail through its redirects, fills in the card form and returns, once', async () => {
    await send('ana@harbor.example', asks());
    owners = startOwners({ mailUrl: inbox.url, log, readingMs: 0 });
    await expect.poll(defaultCard, limit).toBe('4242');
    await expect.poll(() => owners?.quiet(), limit).toBe(true);
    expect(returned).toEqual(['/done?changed']);
    // Another owner process, as after a restart, finds nothing left to do.
    await owners.stop();
    await send('bo@paper.example', '<a href="https://till.test/news">News</a>');
    owners = startOwners({ mailUrl: inbox.url, log, readingMs: 0 });
    await expect.poll(() => owners?.quiet(), limit).toBe(true);
    expect(opened).toBe(1);
    expect((await client.paymentMethods.list({ customer: customer.id })).data).toHaveLength(1);
  });

  test('tries again while the page cannot be reached', async () => {
    working = false;
    await send('ana@harbor.example', asks());
    owners = startOwners({ mailUrl: inbox.url, log, readingMs: 0 });
    await expect.poll(() => opened, limit).toBeGreaterThan(1);
    expect(await owners.quiet()).toBe(false);
    working = true;
    await expect.poll(defaultCard, limit).toBe('4242');
  });

  test('reads and does nothing when silent, and leaves the mails of real people alone', async () => {
    await send('ANA@harbor.example', asks());
    await send('operator@till.test', asks());
    owners = startOwners({ mailUrl: inbox.url, log, readingMs: 0, silent: ['ana@HARBOR.example'] });
    await expect.poll(() => owners?.quiet(), limit).toBe(true);
    expect(opened).toBe(0);
    expect(inbox.list({ unread: true }).items.map((mail) => mail.to)).toEqual(['operator@till.test']);
  });

  test('outlives the inbox’s restart', async () => {
    const { port } = new URL(inbox.url);
    await inbox.close();
    owners = startOwners({ mailUrl: `http://localhost:${port}`, log, readingMs: 0 });
    await expect(owners.quiet()).rejects.toThrow();
    inbox = await startInbox({
      file: ':memory:',
      host: '127.0.0.1',
      smtpPort: 0,
      webPort: Number(port),
      log,
      now: () => Temporal.Now.instant(),
    });
    await send('ana@harbor.example', asks());
    await expect.poll(defaultCard, limit).toBe('4242');
  });
});
