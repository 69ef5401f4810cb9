import { type Html, html } from './htmlText.ts';
import type { Mail, MailPage } from './mailStore.ts';
import { pageStyle } from './pageStyle.ts';

const minute = { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', timeZone: 'UTC' } as const;
const short = new Intl.DateTimeFormat('en-GB', minute);
const full = new Intl.DateTimeFormat('en-GB', { ...minute, year: 'numeric' });

function time(at: string, format: Intl.DateTimeFormat): Html {
  const written = format.format(Temporal.Instant.from(at).epochMilliseconds).replace(',', '');
  return html`<time datetime="${at}">${written}</time>`;
}

function layout(title: string, body: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Sandbox mail</title>
<style>${{ safe: pageStyle }}</style>
</head>
<body>
<p class="stripe">Sandbox: mails end here and reach nobody.</p>
${body}
</body>
</html>
`.safe;
}

function row(mail: Mail): Html {
  const who = mail.direction === 'inbound' ? html`<span class="tag">Inbound</span> ${mail.from}` : html`${mail.to}`;
  return html`<li><a href="/messages/${mail.id}">
<span class="who">${who}</span>
<span class="subject">${mail.subject === '' ? 'No subject' : mail.subject}</span>
<span class="at">${time(mail.at, short)}</span>
</a></li>`;
}

function emptyList(search: string): Html {
  if (search === '') return html`<p class="empty">No mail yet. What the product sends appears here.</p>`;
  return html`<p class="empty">No mail with “${search}” in its recipient or subject. <a href="/">Clear search</a></p>`;
}

/** The list of mails; all times are business time, in UTC. */
export function listPage(page: MailPage, search: string): string {
  const older =
    page.nextCursor === null
      ? undefined
      : new URLSearchParams({ cursor: page.nextCursor, ...(search === '' ? {} : { search }) });
  return layout(
    'Inbox',
    html`<main>
<header class="top">
<div><h1>Mail</h1><p class="note">Business time, UTC</p></div>
<form role="search" method="get" action="/">
<input type="search" name="search" value="${search}" aria-label="Recipient or subject" placeholder="Recipient or subject">
<button>Search</button>
</form>
</header>
${page.items.length === 0 ? emptyList(search) : html`<ol class="mails">${page.items.map(row)}</ol>`}
${older === undefined ? '' : html`<p class="more"><a href="/?${older.toString()}">Older mails</a></p>`}
</main>`,
  );
}

function fact(label: string, value: string): Html {
  return value === '' ? html`` : html`<dt>${label}</dt><dd>${value}</dd>`;
}

/** One mail: as a client shows it, as text, and its headers. */
export function messagePage(mail: Mail): string {
  const subject = mail.subject === '' ? 'No subject' : mail.subject;
  const headers = Object.entries(mail.headers).map(
    ([name, value]) => html`<dt>${name}</dt><dd class="code">${value}</dd>`,
  );
  return layout(
    subject,
    html`<main>
<p class="back"><a href="/">All mails</a></p>
<h1>${subject}</h1>
<dl class="facts">
${fact('From', mail.from)}${fact('To', mail.to)}<dt>At</dt><dd>${time(mail.at, full)} UTC</dd>
</dl>
${
  mail.html === ''
    ? ''
    : html`<section aria-labelledby="as-shown"><h2 id="as-shown">As shown</h2>
<iframe title="The mail as a client shows it" src="/messages/${mail.id}/body" sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe></section>`
}
<section aria-labelledby="as-text"><h2 id="as-text">Text</h2>
${mail.text.trim() === '' ? html`<p class="empty">This mail has no text part.</p>` : html`<pre>${mail.text}</pre>`}</section>
${headers.length === 0 ? '' : html`<details><summary>Headers</summary><dl class="headers">${headers}</dl></details>`}
</main>`,
  );
}

/** Where the mail was or never was. */
export function missingPage(): string {
  return layout('Not found', html`<main><h1>No such mail</h1><p class="empty"><a href="/">All mails</a></p></main>`);
}

/** The mail's own HTML. Inside the sandboxed frame a link may only open a new tab. */
export function bodyPage(mail: Mail): string {
  const base = '<base target="_blank">';
  const head = /<head(?:\s[^>]*)?>/i.exec(mail.html);
  if (head === null) return `${base}${mail.html}`;
  const at = head.index + head[0].length;
  return mail.html.slice(0, at) + base + mail.html.slice(at);
}
