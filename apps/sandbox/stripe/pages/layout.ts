import { createHash } from 'node:crypto';

/** Markup that is already escaped. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escaped(value: unknown): string {
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return value.map(escaped).join('');
  if (value === null || value === undefined || value === false) return '';
  return String(value).replaceAll(/[&<>"']/g, (sign) => entities[sign] ?? sign);
}

/** A template whose values are escaped unless they are markup themselves; null, undefined and false leave nothing. */
export function html(parts: TemplateStringsArray, ...values: unknown[]): Html {
  return new Html(parts.reduce((text, part, index) => text + escaped(values[index - 1]) + part));
}

const style = `
:root { color-scheme: light dark; --ink: #1a1f36; --soft: #697386; --line: #d8dee4; --back: #f6f8fa; --card: #fff; --key: #5469d4; --bad: #b3093c; --good: #0b6b3a; --note: #fff8e6; --note-ink: #7a4b00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8ef; --soft: #9aa3b5; --line: #333a49; --back: #12151c; --card: #1b202b; --key: #8b9bf4; --bad: #ff8fa8; --good: #6fd6a0; --note: #33280f; --note-ink: #f2cf8a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
.test { background: var(--note); color: var(--note-ink); text-align: center; font-size: 14px; padding: 6px 16px; }
main { max-width: 480px; margin: 40px auto; padding: 0 16px; }
header { margin-bottom: 24px; }
header p:last-child, section > :last-child { margin-bottom: 0; }
ul { margin: 0 0 16px; padding-left: 20px; }
h1 { font-size: 24px; line-height: 1.25; margin: 0 0 4px; }
h2 { font-size: 16px; margin: 0 0 12px; }
p { margin: 0 0 12px; }
.soft { color: var(--soft); font-size: 14px; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 20px; margin-bottom: 16px; }
label { display: block; font-size: 14px; font-weight: 600; margin-bottom: 12px; }
input { display: block; width: 100%; margin-top: 4px; padding: 10px 12px; font: inherit; font-size: 16px; font-weight: 400; color: inherit; background: var(--back); border: 1px solid var(--line); border-radius: 6px; }
input:focus-visible, button:focus-visible, a:focus-visible { outline: 2px solid var(--key); outline-offset: 2px; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 12px; }
button { width: 100%; padding: 11px 16px; font: inherit; font-weight: 600; color: var(--card); background: var(--key); border: 0; border-radius: 6px; cursor: pointer; }
button.plain { background: none; color: var(--key); border: 1px solid var(--line); }
a { color: var(--key); }
.error { color: var(--bad); font-weight: 600; }
.done { color: var(--good); font-weight: 600; }
.row { display: flex; justify-content: space-between; gap: 12px; padding: 6px 0; }
.row + .row { border-top: 1px solid var(--line); }
.sum { font-size: 32px; font-weight: 700; line-height: 1.25; margin: 12px 0 4px; }
form + form { margin-top: 12px; }
.row + form, .row + p { margin-top: 8px; }
`;

const styleHash = createHash('sha256').update(style).digest('base64');

/** The policy of every page: no scripts, no foreign content; a form may lead on to `leadsTo`. */
export function contentPolicy(leadsTo?: string | null): string {
  const origin =
    leadsTo === undefined || leadsTo === null || !URL.canParse(leadsTo) ? '' : ` ${new URL(leadsTo).origin}`;
  return `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'${origin}; base-uri 'none'; frame-ancestors 'none'`;
}

export interface Document {
  title: string;
  body: Html;
  /** Where the browser goes on by itself after a moment. */
  goesTo?: string | null;
}

/** A whole page in the sandbox's dress. */
export function document({ title, body, goesTo }: Document): string {
  const refresh =
    goesTo === undefined || goesTo === null ? null : html`<meta http-equiv="refresh" content="2;url=${goesTo}">`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
${refresh}
<title>${title}</title>
<style>${new Html(style)}</style>
</head>
<body>
<div class="test">Test mode: no real money moves here.</div>
<main>
${body}
</main>
</body>
</html>
`.text;
}
