/** A start tag, an end tag or the text between two tags. Names are in lower case; text and attribute values are decoded. */
export type HtmlToken =
  | { readonly kind: 'open'; readonly name: string; readonly attributes: ReadonlyMap<string, string> }
  | { readonly kind: 'close'; readonly name: string }
  | { readonly kind: 'text'; readonly text: string };

const named: Readonly<Record<string, string>> = {
  amp: '&',
  apos: "'",
  euro: '€',
  gt: '>',
  hellip: '…',
  ldquo: '“',
  lsquo: '‘',
  lt: '<',
  mdash: '—',
  middot: '·',
  nbsp: '\u00a0',
  ndash: '–',
  quot: '"',
  rdquo: '”',
  rsquo: '’',
  times: '×',
};

/** Turns references such as `&amp;` and `&#x27;` into their characters; what is unknown stays as it is. */
export function decodeEntities(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#[xX]([\da-fA-F]{1,6})|([a-zA-Z]+));/g,
    (whole, decimal?: string, hex?: string, name?: string) => {
      if (name !== undefined) return named[name] ?? whole;
      const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}

const attribute = /([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?/g;
// Quoted attribute values may hold `>`: the end of a tag is the first one outside quotes.
const markup = /<!--[\s\S]*?(?:-->|$)|<![^>]*>|<\?[^>]*>|<(\/?)([a-zA-Z][^\s/>]*)((?:"[^"]*"|'[^']*'|[^'">])*)>/g;

// Inside these, `<` is no markup.
const rawText = new Set(['script', 'style', 'textarea', 'title']);

function attributesOf(source: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, name = '', double, single, bare] of source.matchAll(attribute)) {
    const key = name.toLowerCase();
    if (!found.has(key)) found.set(key, decodeEntities(double ?? single ?? bare ?? ''));
  }
  return found;
}

/**
 * Reads HTML as a sequence of tags and texts, comments left out. Reading only: it builds no tree and repairs nothing, which is enough to find
 * the links of a mail and the forms of a page.
 */
export function* htmlTokens(html: string): Generator<HtmlToken> {
  let at = 0;
  const text = (from: number, to: number): HtmlToken[] =>
    to > from ? [{ kind: 'text', text: decodeEntities(html.slice(from, to)) }] : [];
  const scanner = new RegExp(markup);
  for (let match = scanner.exec(html); match !== null; match = scanner.exec(html)) {
    const [whole, slash, tag, rest] = match;
    yield* text(at, match.index);
    at = match.index + whole.length;
    if (tag === undefined) continue;
    const name = tag.toLowerCase();
    if (slash === '/') {
      yield { kind: 'close', name };
      continue;
    }
    yield { kind: 'open', name, attributes: attributesOf(rest ?? '') };
    if (!rawText.has(name)) continue;
    const end = new RegExp(`</${name}\\s*>`, 'i').exec(html.slice(at));
    const stop = end === null ? html.length : at + end.index;
    if (name === 'textarea' || name === 'title') yield* text(at, stop);
    at = end === null ? stop : stop + end[0].length;
    yield { kind: 'close', name };
    scanner.lastIndex = at;
  }
  yield* text(at, html.length);
}
