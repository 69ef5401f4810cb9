import { htmlTokens } from './htmlTokens.ts';

export interface MailLink {
  /** What a reader sees; the alternative text for a picture. */
  readonly text: string;
  readonly href: string;
}

/** The links of an HTML mail in their order, each with the words that it is under. */
export function readLinks(html: string): MailLink[] {
  const links: MailLink[] = [];
  let open: { href: string; text: string } | undefined;
  const close = (): void => {
    if (open !== undefined) links.push({ text: open.text.replace(/\s+/g, ' ').trim(), href: open.href });
    open = undefined;
  };
  for (const token of htmlTokens(html)) {
    if (token.kind === 'text') {
      if (open !== undefined) open.text += token.text;
      continue;
    }
    if (token.kind === 'open' && token.name === 'img' && open !== undefined)
      open.text += ` ${token.attributes.get('alt') ?? ''} `;
    if (token.name !== 'a') continue;
    // A link inside a link does not exist: the next one ends the first.
    close();
    const href = token.kind === 'open' ? token.attributes.get('href')?.trim() : undefined;
    if (href !== undefined && href !== '') open = { href, text: '' };
  }
  close();
  return links;
}
