import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, chromium, type Page } from 'playwright-core';

/**
 * Chromium from the npm package. It unpacks into the folder for temporary files and takes whatever lies there already, another version or
 * another user's included, so it gets a folder of the project's own with the version in its name.
 */
export async function openBrowser(): Promise<Browser> {
  const folder = fileURLToPath(new URL('../.tillkeeper/chromium-153', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  try {
    const { default: packaged } = await import('@sparticuz/chromium');
    return await chromium.launch({ executablePath: await packaged.executablePath(), args: ['--no-sandbox'] });
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
}

export type Look = 'light' | 'dark' | 'phone' | 'phone-dark';
export const looks: readonly Look[] = ['light', 'dark', 'phone', 'phone-dark'];

/** Theme and size of an open page; the session stays. */
export async function wear(page: Page, look: Look): Promise<void> {
  await page.setViewportSize(look.startsWith('phone') ? { width: 375, height: 812 } : { width: 1440, height: 900 });
  await page.emulateMedia({ colorScheme: look.endsWith('dark') ? 'dark' : 'light' });
  // Colours fade from one theme to the other; half-way they have the contrast of neither.
  await page.evaluate(`new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))).then(() =>
    Promise.allSettled(document.getAnimations().filter((one) => one.effect.getComputedTiming().endTime !== Infinity).map((one) => one.finished)),
  ).then(() => undefined)`);
}

/** What axe objects to, as "rule: element"; none is what we want. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.flatMap((violation) =>
    violation.nodes.map((node) => `${violation.id}: ${node.target.join(' ')} ${node.html.slice(0, 120)}`),
  );
}

/** Pixels by which the page is wider than the window; a table may scroll inside of itself, the page may not. */
export function sidewaysOverflow(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}

/** Collects what the page complains of: errors in its console, exceptions, failed loads. The 401 of a visitor who is not signed in is not one. */
export function complaints(page: Page): string[] {
  const heard: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('401')) heard.push(message.text());
  });
  page.on('pageerror', (error) => heard.push(error.message));
  return heard;
}
