import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@tillkeeper/platform/log';
import { createTransport, type SendMailOptions } from 'nodemailer';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Inbox, startInbox } from './inbox.ts';
import type { Mail, MailPage } from './mailStore.ts';

const log = createLogger({ name: 'test', level: 'error' });
let folder: string;
let inbox: Inbox;
let businessNow = Temporal.Instant.from('2026-03-01T10:00:00Z');

function open(): Promise<Inbox> {
  return startInbox({
    file: join(folder, 'mail.sqlite'),
    host: '127.0.0.1',
    smtpPort: 0,
    webPort: 0,
    log,
    now: () => businessNow,
  });
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tillkeeper-mail-'));
  businessNow = Temporal.Instant.from('2026-03-01T10:00:00Z');
  inbox = await open();
});

afterEach(async () => {
  await inbox.close();
  rmSync(folder, { recursive: true });
});

const mail: SendMailOptions = {
  from: '"Till" <billing@till.example>',
  to: { name: 'Ana Ruiz', address: 'Ana@Harbor.example' },
  replyTo: 'reply+abc@till.example',
  subject: 'Your card was declined – Café',
  messageId: '<one@till.example>',
  text: 'Update payment method: https://keeper.example/pay/t0',
  html: '<html><head><title>x</title></head><body><a href="https://keeper.example/pay/t0">Update payment method</a></body></html>',
};

function send(options: SendMailOptions = mail, timeout = 5_000): Promise<{ response: string }> {
  const transport = createTransport({
    url: inbox.smtpUrl,
    socketTimeout: timeout,
    greetingTimeout: timeout,
    connectionTimeout: timeout,
  });
  return transport.sendMail(options).finally(() => transport.close()) as Promise<{ response: string }>;
}

async function get(path: string): Promise<MailPage> {
  return (await (await fetch(inbox.url + path)).json()) as MailPage;
}

describe('a mail sent by SMTP', () => {
  test('lies in the inbox with its text, links, headers and business time', async () => {
    const { response } = await send();
    const { items } = await get('/mail?to=ana@harbor.example');
    expect(items).toEqual([
      expect.objectContaining({
        direction: 'outbound',
        from: 'billing@till.example',
        to: 'Ana@harbor.example',
        subject: 'Your card was declined – Café',
        at: '2026-03-01T10:00:00.000Z',
        messageId: '<one@till.example>',
        returnPath: 'billing@till.example',
        links: [{ text: 'Update payment method', href: 'https://keeper.example/pay/t0' }],
      }),
    ]);
    expect(items[0]?.text.trim()).toBe(mail.text);
    expect(items[0]?.headers).toMatchObject({ 'reply-to': 'reply+abc@till.example', 'mime-version': '1.0' });
    expect(response).toBe(`250 OK: queued as ${items[0]?.id}`);
    expect(inbox.stats).toEqual({ accepted: 1, byMessageId: new Map([['<one@till.example>', 1]]) });
  });

  test('is still there after a restart', async () => {
    await send();
    await inbox.close();
    inbox = await open();
    expect(inbox.list({ to: 'ana@harbor.example' }).items).toHaveLength(1);
    expect(inbox.stats.accepted).toBe(1);
  });

  test('is found by its envelope, not only by its header', async () => {
    await send({ ...mail, bcc: 'audit@till.example' });
    expect(inbox.list({ to: 'audit@till.example' }).items).toHaveLength(1);
    expect(inbox.list({ to: 'harbor.example' }).items).toHaveLength(0);
  });
});

test('the list goes in pages, newest first, and can begin at a time', async () => {
  for (const [hour, subject] of ['one', 'two', 'three'].entries()) {
    businessNow = Temporal.Instant.from('2026-03-01T10:00:00Z').add({ hours: hour });
    await send({ ...mail, subject });
  }
  const first = await get('/mail?limit=2');
  expect(first.items.map((item) => item.subject)).toEqual(['three', 'two']);
  const second = await get(`/mail?limit=2&cursor=${first.nextCursor}`);
  expect(second).toMatchObject({ items: [{ subject: 'one' }], nextCursor: null });
  expect((await get('/mail?since=2026-03-01T11:00:00Z')).items.map((item) => item.subject)).toEqual(['three', 'two']);
});

test('a reader marks mails as read and asks for the rest', async () => {
  await send();
  await send({ ...mail, to: 'ops@till.test' });
  const unread = await get('/mail?unread=true&domain=.example');
  expect(unread.items.map((item) => item.to)).toEqual(['Ana@harbor.example']);
  expect((await fetch(`${inbox.url}/mail/${unread.items[0]?.id}/read`, { method: 'POST' })).status).toBe(200);
  expect((await get('/mail?unread=true')).items.map((item) => item.to)).toEqual(['ops@till.test']);
  expect((await get('/mail')).items).toHaveLength(2);
  expect((await fetch(`${inbox.url}/mail/none/read`, { method: 'POST' })).status).toBe(404);
});

test('bad questions get an answer that names the field', async () => {
  for (const path of ['/mail?since=yesterday', '/mail?cursor=x', '/mail?limit=0', '/mail?unknown=1']) {
    const answer = await fetch(inbox.url + path);
    expect({ path, status: answer.status, type: answer.headers.get('content-type') }).toEqual({
      path,
      status: 400,
      type: 'application/problem+json; charset=utf-8',
    });
    expect(await answer.json()).toMatchObject({ code: 'invalid_input' });
  }
  expect((await fetch(`${inbox.url}/mail/nobody`)).status).toBe(404);
  expect((await fetch(`${inbox.url}/nowhere`)).status).toBe(404);
});

test('a mail that a customer writes is kept as inbound and counts as nothing that we sent', async () => {
  const answer = await fetch(`${inbox.url}/mail`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      from: 'ana@harbor.example',
      to: 'reply+abc@till.example',
      subject: 'Re: card',
      text: 'Done',
      inReplyTo: '<one@till.example>',
    }),
  });
  expect(answer.status).toBe(201);
  expect((await answer.json()) as Mail).toMatchObject({ direction: 'inbound', inReplyTo: '<one@till.example>' });
  expect(inbox.list({ to: 'reply+abc@till.example' }).items).toHaveLength(1);
  expect(inbox.stats.accepted).toBe(0);
  const refused = await fetch(`${inbox.url}/mail`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ from: 'ana', to: 'x@till.example', subject: '', text: '' }),
  });
  expect(refused.status).toBe(400);
});

describe('faults', () => {
  test('a refused mail is not kept, and the next one is', async () => {
    inbox.faults.refuse(1);
    await expect(send()).rejects.toMatchObject({ responseCode: 451, command: 'MAIL FROM' });
    expect(inbox.stats.accepted).toBe(0);
    await send();
    expect(inbox.stats.accepted).toBe(1);
  });

  test('refusing goes on until it is cleared', async () => {
    inbox.faults.refuse('untilCleared', 550);
    for (let attempt = 0; attempt < 3; attempt += 1) await expect(send()).rejects.toMatchObject({ responseCode: 550 });
    inbox.faults.clear();
    await send();
    expect(inbox.stats.accepted).toBe(1);
  });

  test('a connection cut after DATA leaves the mail here and the sender in the dark', async () => {
    inbox.faults.cutAfterData(1);
    await expect(send()).rejects.not.toHaveProperty('responseCode');
    await send();
    expect(inbox.stats).toEqual({ accepted: 2, byMessageId: new Map([['<one@till.example>', 2]]) });
  });

  test('a slow server has kept the mail by the time its sender gives up', async () => {
    inbox.faults.slow(60_000);
    await expect(send(mail, 300)).rejects.toThrow();
    expect(inbox.stats.accepted).toBe(1);
  });
});

describe('the page', () => {
  test('lists, searches and escapes', async () => {
    await send({ ...mail, subject: '<script>alert(1)</script>' });
    await send({ ...mail, to: 'bo@paper.example', subject: 'For Bo' });
    const all = await (await fetch(inbox.url)).text();
    expect(all).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(all).not.toContain('<script>');
    const some = await (await fetch(`${inbox.url}/?search=paper`)).text();
    expect(some).toContain('For Bo');
    expect(some).not.toContain('alert(1)');
    expect(await (await fetch(`${inbox.url}/?search=nobody`)).text()).toContain('No mail with');
  });

  test('shows a mail in a frame that runs no script and whose links open a new tab', async () => {
    await send();
    const id = inbox.list({}).items[0]?.id;
    const page = await (await fetch(`${inbox.url}/messages/${id}`)).text();
    expect(page).toContain('sandbox="allow-popups allow-popups-to-escape-sandbox"');
    expect(page).toContain('Update payment method: https://keeper.example/pay/t0');
    expect(page).toContain('reply+abc@till.example');
    const body = await fetch(`${inbox.url}/messages/${id}/body`);
    expect(body.headers.get('content-security-policy')).toMatch(
      /^sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'/,
    );
    expect(await body.text()).toContain('<head><base target="_blank"><title>');
    expect((await fetch(`${inbox.url}/messages/none`)).status).toBe(404);
  });
});

test('a port in use is said at once and leaves nothing open', async () => {
  const smtpPort = Number(new URL(inbox.smtpUrl).port);
  await expect(
    startInbox({ file: ':memory:', host: '127.0.0.1', smtpPort, webPort: 0, log, now: () => businessNow }),
  ).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

test('closing does not wait for an idle client', async () => {
  const socket = createConnection(Number(new URL(inbox.smtpUrl).port), '127.0.0.1');
  await new Promise((resolve) => socket.once('data', resolve));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await inbox.close();
  await closed;
  inbox = await open();
});
