import { installFaultHandler, SimulatedCrash } from '@tillkeeper/platform/faults';
import { createLogger } from '@tillkeeper/platform/log';
import { startInbox } from '@tillkeeper/sandbox/mail/inbox.ts';
import { testDatabases } from '@tillkeeper/sandbox/testing/database.ts';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { keeperConfig } from '../config.ts';
import { closeDeps, openContext, openDeps } from '../context.ts';
import { enqueueMessage } from './enqueueMessage.ts';
import { sendNextMessage } from './sendMessages.ts';
import { openMailer } from './smtp.ts';

const databases = await testDatabases();
const log = createLogger({ name: 'test', level: 'error', destination: { write: () => undefined } });
const inbox = await startInbox({
  file: ':memory:',
  host: '127.0.0.1',
  smtpPort: 0,
  webPort: 0,
  log,
  now: () => Temporal.Now.instant(),
});
const config = keeperConfig({
  KEEPER_ENVIRONMENT: 'sandbox',
  KEEPER_PUBLIC_URL: 'http://localhost:4600',
  KEEPER_DATABASE_URL: databases.keeper.url('keeper_app'),
  TILL_DATABASE_URL: databases.till.url('keeper_ops'),
  TILL_PUBLIC_URL: 'http://localhost:4601',
  STRIPE_SECRET_KEY: 'sk_test',
  STRIPE_WEBHOOK_SECRETS: 'whsec_test',
  STRIPE_LIVEMODE: 'false',
  SMTP_URL: inbox.smtpUrl,
  MAIL_FROM: 'Tillkeeper <billing@tillkeeper.example>',
  MAIL_REPLY_DOMAIN: 'reply.tillkeeper.example',
  KEEPER_AUTH_SECRET: 'a secret of the tests that is long enough',
});
const deps = openDeps(config, log, 'messages-test');
const mailer = openMailer(config);
let count = 0;
let organizationId = '';

beforeEach(async () => {
  const { rows } = await databases.till.admin.query<{ id: string }>(
    `insert into organizations (name) values ('Brasserie Colette') returning id`,
  );
  organizationId = rows[0]?.id ?? '';
  await databases.till.admin.query(
    `insert into organization_subscriptions (organization_id, stripe_subscription_id, plan, status, started_at, fetched_sequence)
     values ($1::uuid, 'sub_' || $1::text, 'pro', 'past_due', ops.now(), 1)`,
    [organizationId],
  );
});
afterEach(() => installFaultHandler(undefined));
afterAll(async () => {
  await closeDeps(deps);
  await inbox.close();
});

const variables = {
  name: 'Colette',
  plan: 'Pro',
  shop: 'Brasserie Colette',
  reason: 'The bank says that your card has expired.',
  amount: '$99.00',
  card: null,
  deadline: 'Wednesday, 2 December',
  updateUrl: 'http://localhost:4600/pay/abc',
};

async function plan(more: { notAfter?: Temporal.Instant; occurrenceKey?: string } = {}) {
  count += 1;
  const email = `colette-${count}@example.com`;
  const ctx = await openContext(deps, { kind: 'system', job: 'test' });
  const { messageId, already } = await enqueueMessage(ctx, {
    organizationId,
    template: 'payment-failed',
    recipient: { email, name: 'Colette' },
    occurrenceKey: `test/${count}`,
    variables,
    ...more,
  });
  return { messageId, already, email };
}

/** Everything that is due, one after the other; how many. */
async function send(): Promise<number> {
  for (let sent = 0; ; sent += 1) {
    const ctx = await openContext(deps, { kind: 'system', job: 'send-messages' });
    if (!(await sendNextMessage(ctx, mailer, 'test'))) return sent;
  }
}

async function row(id: string) {
  const { rows } = await databases.keeper.admin.query<{
    state: string;
    reason: string | null;
    attempts: number;
    second_copy: boolean;
  }>('select state, reason, attempts, second_copy from messages where id = $1', [id]);
  return rows[0];
}

/** A dead worker's claim lapses on machine time; here the time has passed. */
async function lapse(): Promise<void> {
  await databases.keeper.admin.query(
    `update messages set claimed_until = clock_timestamp() - interval '1 s', retry_at = null where state in ('sending', 'planned')`,
  );
}

function crashAt(point: string): void {
  installFaultHandler((name) => {
    if (name === point) throw new SimulatedCrash(point);
  });
}

describe('sendNextMessage', () => {
  test('MAIL-1 hands the mail over with a working link, an address for replies and the headers that stop auto-replies', async () => {
    const { messageId, email } = await plan();
    await send();
    expect(await row(messageId)).toMatchObject({ state: 'accepted', attempts: 1 });
    const [mail] = inbox.list({ to: email, limit: 10 }).items;
    expect(mail?.subject).toBe('Action required: update your payment method');
    expect(mail?.links.map((link) => link.href)).toContain(variables.updateUrl);
    expect(mail?.messageId).toBe(`<${messageId}@reply.tillkeeper.example>`);
    expect(mail?.headers['auto-submitted']).toBe('auto-generated');
    expect(String(mail?.headers['reply-to'])).toMatch(/r-[0-9a-f]{32}-[a-z2-7]+@reply\.tillkeeper\.example/);
  });

  test('the same cause finds its mail and sends no second one', async () => {
    const first = await plan({ occurrenceKey: 'the-same' });
    const second = await plan({ occurrenceKey: 'the-same' });
    expect(second).toMatchObject({ messageId: first.messageId, already: true });
    await send();
    expect(inbox.list({ to: second.email, limit: 10 }).items).toHaveLength(0);
  });

  test('variables that do not fit are refused by name, before anything is planned', async () => {
    const ctx = await openContext(deps, { kind: 'system', job: 'test' });
    const input = {
      organizationId,
      template: 'payment-failed' as const,
      recipient: { email: 'x@example.com', name: 'X' },
      occurrenceKey: 'never',
      variables: { ...variables, updateUrl: 'javascript:alert(1)' },
    };
    await expect(enqueueMessage(ctx, input)).rejects.toMatchObject({
      code: 'invalid_input',
      message: expect.stringContaining('updateUrl'),
    });
    await expect(
      enqueueMessage(ctx, { ...input, variables, recipient: { email: 'a@b, c@d', name: '' } }),
    ).rejects.toMatchObject({
      code: 'invalid_input',
    });
  });

  test('who has paid meanwhile is not written to', async () => {
    const { messageId, email } = await plan();
    await databases.till.admin.query(
      `update organization_subscriptions set status = 'active' where organization_id = $1`,
      [organizationId],
    );
    await send();
    expect(await row(messageId)).toMatchObject({ state: 'skipped', reason: 'nothing is open any more' });
    expect(inbox.list({ to: email, limit: 10 }).items).toHaveLength(0);
  });

  test('a mirrored status that drifts does not keep a true mail back', async () => {
    const { messageId } = await plan();
    await databases.till.admin.query(`update organizations set subscription_status = 'active' where id = $1`, [
      organizationId,
    ]);
    await send();
    expect(await row(messageId)).toMatchObject({ state: 'accepted' });
  });

  test('a mail that is too late to be true is skipped', async () => {
    const { messageId } = await plan({ notAfter: Temporal.Now.instant().subtract({ minutes: 1 }) });
    await send();
    expect(await row(messageId)).toMatchObject({ state: 'skipped', reason: 'too late to be true' });
  });

  test('a server that refuses for now gets it later, and once', async () => {
    const { messageId, email } = await plan();
    inbox.faults.refuse(1);
    await send();
    expect(await row(messageId)).toMatchObject({ state: 'planned', attempts: 1 });
    await lapse();
    await send();
    expect(await row(messageId)).toMatchObject({ state: 'accepted', attempts: 2, second_copy: false });
    expect(inbox.list({ to: email, limit: 10 }).items).toHaveLength(1);
  });

  test('a mail that cannot be written holds up no other and is shown as failed in the end', async () => {
    const broken = await plan();
    await databases.keeper.admin.query(`update messages set variables = '{}' where id = $1`, [broken.messageId]);
    const next = await plan();
    await send();
    expect(await row(next.messageId)).toMatchObject({ state: 'accepted' });
    expect(await row(broken.messageId)).toMatchObject({
      state: 'planned',
      attempts: 1,
      reason: expect.stringContaining('undefined variable'),
    });
    await databases.keeper.admin.query('update messages set attempts = 9 where id = $1', [broken.messageId]);
    await lapse();
    await send();
    expect(await row(broken.messageId)).toMatchObject({ state: 'failed', attempts: 10 });
  });

  test('credentials or a sender that the server refuses do not condemn the mail', async () => {
    const { messageId } = await plan();
    inbox.faults.refuse(1, 550);
    await send();
    expect(await row(messageId)).toMatchObject({ state: 'planned', attempts: 1 });
    await lapse();
    await send();
    expect(await row(messageId)).toMatchObject({ state: 'accepted' });
  });

  test('a claim that another worker took over is not concluded by the first', async () => {
    const { messageId, email } = await plan();
    installFaultHandler(async (name) => {
      if (name !== 'messages.after-send') return;
      installFaultHandler(undefined);
      await lapse();
      await send(); // the other worker: sends the marked copy
    });
    await send();
    expect(await row(messageId)).toMatchObject({ state: 'accepted', attempts: 2, second_copy: true });
    expect(inbox.list({ to: email, limit: 10 }).items).toHaveLength(2);
  });

  test('a connection cut after the text allows one marked copy with the same Message-ID, and no third', async () => {
    const { messageId, email } = await plan();
    inbox.faults.cutAfterData(2);
    expect(await send()).toBe(2);
    expect(await row(messageId)).toMatchObject({ state: 'unknown', second_copy: true });
    await lapse();
    await send();
    const copies = inbox.list({ to: email, limit: 10 }).items;
    expect(copies).toHaveLength(2);
    expect(new Set(copies.map((copy) => copy.messageId)).size).toBe(1);
    expect(copies.filter((copy) => copy.text.includes('You may have had this mail already'))).toHaveLength(1);
  });

  test('an optional mail whose fate nobody knows is not repeated', async () => {
    const { messageId, email } = await plan();
    await databases.keeper.admin.query(`update messages set class = 'optional' where id = $1`, [messageId]);
    inbox.faults.cutAfterData(1);
    await send();
    await lapse();
    await send();
    expect(await row(messageId)).toMatchObject({ state: 'unknown', second_copy: false });
    expect(inbox.list({ to: email, limit: 10 }).items).toHaveLength(1);
  });

  test.each([
    { point: 'messages.before-send', copies: 1, marked: 1 },
    { point: 'messages.after-send', copies: 2, marked: 1 },
  ])('a crash at $point ends with $copies copies, $marked of them marked', async ({ point, copies, marked }) => {
    const { messageId, email } = await plan();
    crashAt(point);
    await expect(send()).rejects.toThrow(SimulatedCrash);
    installFaultHandler(undefined);
    expect(await row(messageId)).toMatchObject({ state: 'sending' });
    expect(await send()).toBe(0); // the claim still holds: another worker keeps away
    await lapse();
    await send();
    expect(await row(messageId)).toMatchObject({ state: 'accepted' });
    const all = inbox.list({ to: email, limit: 10 }).items;
    expect(all).toHaveLength(copies);
    expect(all.filter((copy) => copy.text.includes('You may have had this mail already'))).toHaveLength(marked);
  });
});
