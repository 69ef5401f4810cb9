/** The product's colours and sizes, without its web fonts: this page stands alone. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --surface: light-dark(oklch(1 0 0), oklch(0.193 0.009 258));
  --sunken: light-dark(oklch(0.982 0.002 258), oklch(0.176 0.008 258));
  --raised: light-dark(oklch(1 0 0), oklch(0.228 0.011 258));
  --hover: light-dark(oklch(0.965 0.004 258), oklch(0.225 0.011 258));
  --line: light-dark(oklch(0.918 0.004 258), oklch(0.278 0.011 258));
  --edge: light-dark(oklch(0.845 0.007 258), oklch(0.375 0.014 258));
  --ctl: light-dark(oklch(0.64 0.012 258), oklch(0.52 0.016 258));
  --ink: light-dark(oklch(0.225 0.018 258), oklch(0.945 0.004 258));
  --ink-2: light-dark(oklch(0.435 0.016 258), oklch(0.765 0.01 258));
  --ink-3: light-dark(oklch(0.53 0.014 258), oklch(0.66 0.012 258));
  --on-ink: light-dark(oklch(1 0 0), oklch(0.18 0.01 258));
  --accent: light-dark(oklch(0.5 0.165 258), oklch(0.745 0.12 252));
  --violet-soft: light-dark(oklch(0.955 0.02 300), oklch(0.265 0.045 300));
  --violet-hatch: light-dark(oklch(0.88 0.055 300), oklch(0.33 0.07 300));
  --on-violet: light-dark(oklch(0.4 0.13 300), oklch(0.86 0.07 300));
}
@media (prefers-contrast: more) { :root { --ink-3: var(--ink-2); --line: var(--ctl); --edge: var(--ctl); } }
* { box-sizing: border-box; margin: 0; }
html {
  font: 400 0.8125rem / 1.25rem "IBM Plex Sans Variable", "IBM Plex Sans", ui-sans-serif, system-ui, sans-serif;
  font-variant-numeric: tabular-nums; color: var(--ink); background: var(--surface);
  -webkit-text-size-adjust: 100%; text-size-adjust: 100%;
}
a { color: inherit; text-decoration-color: var(--edge); text-underline-offset: 3px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
h1 { font-size: 1.25rem; line-height: 1.75rem; font-weight: 600; letter-spacing: -0.012em; overflow-wrap: anywhere; }
h2 { font-size: 0.875rem; line-height: 1.25rem; font-weight: 600; margin: 0 0 8px; }
main { max-width: 960px; margin: 0 auto; padding: 24px; }
.stripe {
  min-height: 30px; padding: 5px 24px; background-color: var(--violet-soft); color: var(--on-violet);
  background-image: repeating-linear-gradient(-45deg, var(--violet-hatch) 0 2px, transparent 2px 7px);
  background-size: 72px 100%; background-repeat: no-repeat; background-position: right;
}
.top { display: flex; flex-wrap: wrap; gap: 12px 24px; align-items: center; justify-content: space-between; margin-bottom: 16px; }
form { display: flex; gap: 8px; flex: 0 1 340px; }
input {
  flex: 1; min-width: 0; height: 32px; padding: 0 10px; font: inherit; color: inherit;
  background: var(--sunken); border: 1px solid var(--ctl); border-radius: 6px;
}
input::placeholder { color: var(--ink-3); opacity: 1; }
button {
  height: 32px; padding: 0 12px; font: inherit; font-weight: 500; color: var(--ink); cursor: pointer;
  background: var(--raised); border: 1px solid var(--edge); border-radius: 6px;
}
button:hover { background: var(--hover); }
.mails { list-style: none; padding: 0; border-top: 1px solid var(--line); }
.mails li { border-bottom: 1px solid var(--line); }
.mails a {
  display: grid; grid-template-columns: minmax(0, 260px) minmax(0, 1fr) auto; gap: 0 16px; align-items: baseline;
  padding: 7px 8px; text-decoration: none;
}
.mails a:hover { background: var(--hover); }
.who { font-weight: 500; }
.who, .subject { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.at { color: var(--ink-3); white-space: nowrap; }
.tag { padding: 0 6px; border: 1px solid var(--ctl); border-radius: 4px; font-weight: 400; font-size: 0.6875rem; line-height: 1rem; }
.note { color: var(--ink-3); }
.empty { color: var(--ink-2); padding: 24px 0; }
.more, .back { margin: 16px 0; }
.back { margin-top: 0; }
.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 4px 16px; margin: 12px 0 24px; }
.headers { margin-top: 12px; }
.headers dt { margin-top: 8px; }
dt { color: var(--ink-3); }
dd { overflow-wrap: anywhere; white-space: pre-line; }
section { margin-bottom: 28px; }
iframe { width: 100%; height: 760px; border: 1px solid var(--line); border-radius: 8px; resize: vertical; }
pre, .code { font-family: "JetBrains Mono Variable", ui-monospace, Menlo, Consolas, monospace; font-size: 0.75rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; padding: 12px 16px; background: var(--sunken); border: 1px solid var(--line); border-radius: 8px; }
summary { cursor: pointer; font-weight: 600; font-size: 0.875rem; }
@media (max-width: 819px) {
  main { padding: 16px; }
  .stripe { padding: 5px 16px; }
  form { flex: 1 1 100%; }
  input, button { height: 44px; }
  .mails a { grid-template-columns: minmax(0, 1fr) auto; padding: 12px 0; }
  .subject { grid-column: 1 / -1; white-space: normal; }
  .at { grid-row: 1; grid-column: 2; }
  iframe { height: 1000px; }
  .back a, .more a, summary { display: inline-block; padding: 12px 0; }
}
`;
