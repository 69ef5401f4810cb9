import type { MailLink } from '../mail/readLinks.ts';
import { type Browser, newBrowser, type Page } from './browse.ts';
import { type Card, fillCardForm, findCardForm } from './fillCardForm.ts';
import { readForms, readRefresh } from './readForms.ts';

export type CardUpdate =
  | { readonly outcome: 'submitted' }
  /** The mail asks for nothing, or its link leads to a page without a card form: nothing is due, or the link has expired. */
  | { readonly outcome: 'nothing_to_do'; readonly why: string }
  /** The form came back with a complaint. */
  | { readonly outcome: 'refused'; readonly why: string };

/** The link of a mail that a reader would take to pay or to change the card. */
export function paymentLink(links: readonly MailLink[]): string | undefined {
  const asks = links.filter(
    ({ text, href }) => /^https?:/i.test(href) && /\b(?:card|pay|payment|invoice)\b/i.test(text),
  );
  return (asks.find(({ text }) => /\bupdate\b/i.test(text)) ?? asks[0])?.href;
}

async function follow(browser: Browser, page: Page): Promise<Page> {
  const next = readRefresh(page.html, page.url);
  return next === undefined ? page : browser.open(next);
}

/**
 * Opens a mail's payment link, fills in the card form that it leads to and sends it, then goes on to where the page leads, all as a person
 * with a browser would. Throws if a page cannot be reached or answers with a server's error: worth another try later.
 */
export async function updateCard(
  link: string,
  options: { card: Card; email: string; signal: AbortSignal },
): Promise<CardUpdate> {
  const browser = newBrowser(options.signal);
  const page = await browser.open(link);
  if (page.status >= 500) throw new Error(`${new URL(page.url).origin} answered ${page.status}`);
  const form = findCardForm(readForms(page.html, page.url));
  if (form === undefined)
    return { outcome: 'nothing_to_do', why: `no card form at ${new URL(page.url).pathname} (${page.status})` };
  const sent = await browser.submit(form, fillCardForm(form, options.card, options.email));
  if (sent.status >= 500) throw new Error(`${new URL(sent.url).origin} answered ${sent.status}`);
  if (sent.status >= 400) return { outcome: 'refused', why: `the card form answered ${sent.status}` };
  await follow(browser, sent);
  return { outcome: 'submitted' };
}
