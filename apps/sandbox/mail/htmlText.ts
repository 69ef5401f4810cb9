/** HTML that is already safe to put into a page. */
export interface Html {
  readonly safe: string;
}

type Part = Html | string | number | undefined | readonly Html[];

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(part: Part): string {
  if (part === undefined) return '';
  if (typeof part === 'string' || typeof part === 'number')
    return String(part).replace(/[&<>"']/g, (sign) => escapes[sign] ?? sign);
  return 'safe' in part ? part.safe : part.map((one) => one.safe).join('');
}

/** Builds HTML; every value is escaped unless it was built by this tag itself. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return { safe: strings.reduce((done, text, index) => done + escaped(parts[index - 1]) + text) };
}
