/** A page that a shop's owner sees before or after Stripe's own. Plain HTML without scripts: it opens on any phone, on any line. */
export interface PaymentPage {
  readonly title: string;
  readonly paragraphs: readonly string[];
  readonly action?: { readonly href: string; readonly label: string; readonly quiet?: boolean };
}

// The tokens of packages/ui that these pages need; they load no style sheet, so that they do not depend on the console being built.
const style = `
:root{color-scheme:light dark;
--canvas:light-dark(oklch(.972 .003 258),oklch(.163 .008 258));--surface:light-dark(oklch(1 0 0),oklch(.193 .009 258));
--line:light-dark(oklch(.918 .004 258),oklch(.278 .011 258));--edge:light-dark(oklch(.845 .007 258),oklch(.375 .014 258));
--ink:light-dark(oklch(.225 .018 258),oklch(.945 .004 258));--ink-2:light-dark(oklch(.435 .016 258),oklch(.765 .01 258));
--ink-3:light-dark(oklch(.53 .014 258),oklch(.66 .012 258));--on-ink:light-dark(oklch(1 0 0),oklch(.18 .01 258));
--accent:light-dark(oklch(.5 .165 258),oklch(.745 .12 252));
--violet-soft:light-dark(oklch(.955 .02 300),oklch(.265 .045 300));--on-violet:light-dark(oklch(.4 .13 300),oklch(.86 .07 300))}
*{box-sizing:border-box}
body{margin:0;background:var(--canvas);color:var(--ink);font:16px/25px 'IBM Plex Sans Variable','IBM Plex Sans',-apple-system,'Segoe UI',Roboto,sans-serif}
aside{padding:5px 16px;background:var(--violet-soft);color:var(--on-violet);font-size:13px;line-height:20px;text-align:center}
.page{max-width:584px;margin:0 auto;padding:40px 16px}
header{font-size:14px;font-weight:600;letter-spacing:-.01em;padding:0 4px 12px}
main{background:var(--surface);border:1px solid var(--line);border-radius:8px;padding:28px 24px}
h1{margin:0 0 12px;font-size:22px;line-height:30px;font-weight:600;letter-spacing:-.012em}
p{margin:0 0 12px;color:var(--ink-2)}
p:last-child{margin:0}
a.button{display:block;margin:24px 0 0;padding:12px 24px;border:1px solid var(--ink);border-radius:8px;background:var(--ink);color:var(--on-ink);
font-weight:600;line-height:20px;text-align:center;text-decoration:none}
a.quiet{background:none;border-color:var(--edge);color:var(--ink)}
a:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
footer{padding:16px 4px 0;font-size:13px;line-height:20px;color:var(--ink-3)}
@media (min-width:600px){.page{padding-top:72px}main{padding:40px 44px}a.button{display:inline-block}}
@media (prefers-contrast:more){:root{--ink-3:var(--ink-2);--line:light-dark(oklch(.64 .012 258),oklch(.52 .016 258))}}
`;

/** The page as HTML; every text is escaped. In the sandbox it says so, so that nobody takes it for real money. */
export function renderPaymentPage(
  { title, paragraphs, action }: PaymentPage,
  environment: 'sandbox' | 'production',
): string {
  const sandbox = environment === 'sandbox';
  const button =
    action === undefined
      ? ''
      : `<a class="button${action.quiet === true ? ' quiet' : ''}" href="${escape(action.href)}">${escape(action.label)}</a>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex">
<title>${sandbox ? 'Sandbox: ' : ''}${escape(title)}</title>
<style>${style}</style>
</head>
<body>${sandbox ? '\n<aside>Sandbox: no card is charged.</aside>' : ''}
<div class="page">
<header>Tillkeeper</header>
<main>
<h1>${escape(title)}</h1>
${paragraphs.map((text) => `<p>${escape(text)}</p>`).join('\n')}
${button}
</main>
<footer>Questions? Reply to the email that brought you here. It reaches a person.</footer>
</div>
</body>
</html>
`;
}

function escape(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
