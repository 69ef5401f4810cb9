import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createShop } from '@tillkeeper/sandbox/seed/createShop.ts';
import { stripeClientOf } from '@tillkeeper/sandbox/seed/stripeClientOf.ts';
import { type Sandbox, startSandbox } from '@tillkeeper/sandbox/start.ts';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessibilityProblems, complaints, looks, openBrowser, sidewaysOverflow, wear } from './browser.ts';
import { until } from './until.ts';

/** The consoles as a person meets them: the real sandbox, real Chromium, a few shops. */

const folder = mkdtempSync(join(tmpdir(), 'tillkeeper-console-'));
let sandbox: Sandbox;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let heard: string[];
let shop: Awaited<ReturnType<typeof createShop>>;

async function api(path: string, init: RequestInit = {}): Promise<Record<string, unknown>> {
  const { url, token } = sandbox.addresses.keeper;
  const response = await fetch(`${url}${path}`, {
    ...init,
    headers: { authorization: `Bearer ${token}`, ...init.headers },
  });
  return (await response.json()) as Record<string, unknown>;
}

async function sabotage(playbook: string, query = ''): Promise<void> {
  const response = await fetch(`${sandbox.addresses.sandbox.url}/sabotage/${playbook}${query}`, { method: 'POST' });
  expect(response.status).toBe(200);
}

async function signIn(target: Page): Promise<void> {
  const { email, password } = sandbox.addresses.keeper.login;
  await target.goto(sandbox.addresses.keeper.url);
  await target.getByLabel('Address').fill(email);
  await target.getByLabel('Password').fill(password);
  await target.keyboard.press('Enter');
  await target.getByRole('navigation', { name: 'Which incidents' }).waitFor();
}

beforeAll(async () => {
  sandbox = await startSandbox({ stateFolder: folder, basePort: 0, empty: true });
  const stripe = stripeClientOf(sandbox.stripe);
  shop = await createShop({
    till: sandbox.tillAdmin,
    stripe,
    name: 'Brasserie Colette',
    plan: 'pro',
    owner: { name: 'Colette Martin' },
  });
  await createShop({ till: sandbox.tillAdmin, stripe, name: 'Old Mill Wines', plan: 'basic' });
  browser = await openBrowser();
  context = await browser.newContext();
  page = await context.newPage();
  heard = complaints(page);
  await wear(page, 'light');
  await signIn(page);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await sandbox?.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

describe('Keeper', () => {
  test('a wrong password says so, next to the form, and lets nobody in', async () => {
    const stranger = await browser.newContext();
    const door = await stranger.newPage();
    await door.goto(sandbox.addresses.keeper.url);
    await door.getByLabel('Address').fill('nobody@example.com');
    await door.getByLabel('Password').fill('not the password');
    await door.getByRole('button', { name: 'Sign in' }).click();
    await door.getByText('Address or password is wrong').waitFor();
    expect(await accessibilityProblems(door)).toEqual([]);
    await stranger.close();
  });

  test('nothing open says that detectors ran, not merely that a list is empty', async () => {
    await page.getByText('No open incidents').waitFor();
    await page.getByText(/Last proven/).waitFor();
  });

  test('PAY-2 PAY-9 PAY-11 a failed card appears without a reload, is repaired by its owner, and ends with its record', async () => {
    await sabotage('payment-processing-failure', `?organizationId=${shop.organizationId}`);
    await page
      .getByRole('link', { name: /Payment of Brasserie Colette failed/ })
      .first()
      .click();
    await page.getByText('Resolved', { exact: true }).first().waitFor({ timeout: 60_000 });
    await page.getByRole('region', { name: 'Record' }).waitFor();
    await page
      .getByRole('region', { name: 'Messages sent' })
      .getByText('Action required: update your payment method')
      .waitFor();
    expect(
      await page.getByRole('region', { name: 'Playbook run' }).getByText('Align the card and pay the invoice').count(),
    ).toBeGreaterThan(0);
  });

  test('an open case is acknowledged by its key, takes a note, and refuses to be resolved while the fault is there', async () => {
    await sabotage('payment-processing-failure', `?organizationId=${shop.organizationId}&owner=silent`);
    await page.goto(`${sandbox.addresses.keeper.url}/incidents`);
    await page
      .getByRole('link', { name: /Payment of Brasserie Colette failed/ })
      .first()
      .click();
    await page.getByText('Wait for the payment').first().waitFor();
    await page.keyboard.press('a');
    await page
      .getByText(/acknowledged/i)
      .first()
      .waitFor();
    await page.keyboard.press('n');
    await page.getByRole('dialog').getByRole('textbox').fill('Called the shop, the new card comes tomorrow.');
    await page.keyboard.press('Control+Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByText('Called the shop, the new card comes tomorrow.').waitFor();
    await page.keyboard.press('r');
    await page.getByRole('region', { name: 'Why it does not resolve' }).waitFor();
    const number = new URL(page.url()).pathname.split('/').at(-1);
    expect(await api(`/api/v1/incidents/${number}`)).toMatchObject({ resolvedAt: null });
  });

  test('the palette finds a shop by name and an incident by number', async () => {
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill('Old Mill');
    await page.getByRole('option', { name: /Old Mill Wines/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Old Mill Wines' }).waitFor();
    await page.getByRole('region', { name: 'What each source says' }).getByText('all agree').waitFor();
  });

  test('every page holds in both themes and at 375 px: no objection of axe, no sideways scroll', async () => {
    const { items } = (await api('/api/v1/incidents?state=all')) as { items: { number: number }[] };
    const addresses = [
      '/incidents',
      '/incidents?tab=all',
      `/incidents/${items.at(-1)?.number}`,
      `/incidents/${items[0]?.number}`,
      '/organizations',
      `/organizations/${shop.organizationId}`,
      '/messages',
    ];
    const problems: string[] = [];
    for (const address of addresses) {
      await page.goto(`${sandbox.addresses.keeper.url}${address}`);
      await page.getByRole('main').waitFor();
      await until(
        `${address} is loaded`,
        async () => (await page.getByRole('status', { name: /^Loading/ }).count()) === 0,
      );
      for (const look of looks) {
        await wear(page, look);
        for (const problem of await accessibilityProblems(page)) problems.push(`${address} ${look}: ${problem}`);
        const overflow = await sidewaysOverflow(page);
        if (overflow > 0) problems.push(`${address} ${look}: ${overflow} px too wide`);
      }
      await wear(page, 'light');
    }
    expect(problems).toEqual([]);
  }, 180_000);

  test('signing out ends the session', async () => {
    await page.goto(`${sandbox.addresses.keeper.url}/incidents`);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.goto(`${sandbox.addresses.keeper.url}/organizations`);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(heard).toEqual([]);
  });
});

describe('Till', () => {
  test('a member signs in and sees the shop, its plan and its state, in every look', async () => {
    const visit = await browser.newContext();
    const till = await visit.newPage();
    const heardInTill = complaints(till);
    await till.goto(sandbox.addresses.till.url);
    await till.getByLabel(/mail|address/i).fill(shop.owner.email);
    await till.getByLabel('Password').fill(shop.password);
    await till.getByRole('button', { name: 'Sign in' }).click();
    await till.getByRole('heading', { name: 'Brasserie Colette' }).waitFor();
    await till.getByText('Pro', { exact: false }).first().waitFor();
    const problems: string[] = [];
    for (const look of looks) {
      await wear(till, look);
      for (const problem of await accessibilityProblems(till)) problems.push(`${look}: ${problem}`);
      if ((await sidewaysOverflow(till)) > 0) problems.push(`${look}: too wide`);
    }
    expect(problems).toEqual([]);
    expect(heardInTill).toEqual([]);
    await visit.close();
  });
});
