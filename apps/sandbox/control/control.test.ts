import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@tillkeeper/platform/log';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSandboxClock } from '../clock/sandboxClock.ts';
import { type Inbox, startInbox } from '../mail/inbox.ts';
import { freePort } from '../postgres/cluster.ts';
import { createSaboteurs } from '../saboteurs/saboteurs.ts';
import { type StripeStandIn, startStripe } from '../stripe/startStripe.ts';
import { testDatabases } from '../testing/database.ts';
import { startControl } from './control.ts';

const databases = await testDatabases();
const log = createLogger({ name: 'test', level: 'error' });
const consoleOrigin = 'http://localhost:4600';
const folder = mkdtempSync(join(tmpdir(), 'tillkeeper-control-'));
let url = '';
let inbox: Inbox;
let stripe: StripeStandIn;
let control: { close(): Promise<void> };

beforeAll(async () => {
  const clock = await createSandboxClock({ tillAdmin: databases.till.admin, keeperAdmin: databases.keeper.admin, log });
  const now = (): Temporal.Instant => clock.now();
  inbox = await startInbox({ file: join(folder, 'mail.sqlite'), host: '127.0.0.1', smtpPort: 0, webPort: 0, log, now });
  stripe = await startStripe({ file: ':memory:', port: 0, secretKey: 'sk_test_control', clock });
  const saboteurs = createSaboteurs({ tillAdmin: databases.till.admin, stripe, log });
  const port = await freePort();
  control = await startControl({ clock, inbox, saboteurs, log, port, consoleOrigin });
  url = `http://127.0.0.1:${port}`;
});
afterAll(async () => {
  await control.close();
  await Promise.all([inbox.close(), stripe.close()]);
  rmSync(folder, { recursive: true, force: true });
});

async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const answer = await fetch(url + path, {
    method,
    ...sent,
    headers: { 'content-type': 'application/json', ...headers },
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text === '' ? undefined : JSON.parse(text) };
}

test('the clock moves by what it is told and says where it is', async () => {
  const before = await call('GET', '/clock');
  const moved = await call('POST', '/clock/advance', { by: 'P7D' });
  expect(moved.status).toBe(200);
  const after = await call('GET', '/clock');
  expect(after.body.offsetMs - before.body.offsetMs).toBeGreaterThanOrEqual(7 * 86_400_000 - 60_000);
  expect(
    Temporal.Instant.compare(Temporal.Instant.from(after.body.now), Temporal.Instant.from(moved.body.now)),
  ).toBeGreaterThanOrEqual(0);
  expect(await call('POST', '/clock/advance', { by: 'tomorrow' })).toMatchObject({
    status: 400,
    body: { code: 'invalid_input' },
  });
  expect(await call('POST', '/clock/advance', { by: 'P1D', to: 'x' })).toMatchObject({ status: 400 });
});

test('a mail that a customer writes lies in the inbox', async () => {
  const mail = {
    from: 'ana@harbor.example',
    to: 'support@till.example',
    subject: 'Printer',
    text: 'It does not print.',
  };
  expect(await call('POST', '/mail', mail)).toMatchObject({ status: 201, body: { ...mail, direction: 'inbound' } });
  const found = await call('GET', '/mail?to=SUPPORT@till.example&limit=1');
  expect(found.body.items).toMatchObject([{ subject: 'Printer' }]);
  expect(await call('GET', '/mail?to=nobody@till.example')).toMatchObject({ body: { items: [], nextCursor: null } });
  expect(await call('GET', '/mail?since=yesterday')).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
  expect(await call('GET', '/mail?limit=0')).toMatchObject({ status: 400 });
});

test('a failure is caused by the name of its playbook', async () => {
  const known = await call('GET', '/sabotage');
  expect(known.body.items.map((item: { playbook: string }) => item.playbook)).toContain('subscription-sync-failure');
  const done = await call('POST', '/sabotage/subscription-sync-failure');
  expect(done.status).toBe(200);
  expect(done.body.organizationIds.length).toBeGreaterThan(0);
  const { rows } = await databases.till.admin.query(
    `select tgenabled from pg_trigger where tgrelid = 'public.organization_subscriptions'::regclass and tgname = 'sync_subscription'`,
  );
  expect(rows).toEqual([{ tgenabled: 'D' }]);
  expect(await call('POST', '/sabotage/no-such-thing')).toMatchObject({ status: 404, body: { code: 'not_found' } });
  expect(await call('POST', '/sabotage/subscription-sync-failure?owner=loud')).toMatchObject({ status: 400 });
});

test('the console may call, and the page of another site may not', async () => {
  const preflight = await call('OPTIONS', '/clock/advance', undefined, {
    origin: consoleOrigin,
    'access-control-request-method': 'POST',
  });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('access-control-allow-origin')).toBe(consoleOrigin);
  expect(preflight.headers.get('access-control-allow-headers')).toBe('content-type');
  expect(await call('GET', '/nowhere')).toMatchObject({ status: 404, body: { code: 'not_found' } });
  const read = await call('GET', '/clock', undefined, { origin: consoleOrigin });
  expect(read.headers.get('access-control-allow-origin')).toBe(consoleOrigin);
  const refused = await call('POST', '/sabotage/payment-processing-failure', undefined, {
    origin: 'https://elsewhere.example',
  });
  expect(refused).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  expect(refused.headers.get('access-control-allow-origin')).toBeNull();
});
