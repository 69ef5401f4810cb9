import { Liquid } from 'liquidjs';
import { Marked, type Token, type Tokens } from 'marked';
import { layoutSource, type TemplateName, templateSource } from './templates.ts';

export interface Rendered {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/**
 * A shop's or person's name must not become a link or markup under our signature: Markdown and HTML are escaped, and a dot inside a word
 * is followed by a word joiner, so that mail programs do not make a link of "pay.example".
 */
export function escapeValue(value: unknown): string {
  return String(value)
    .replace(/[\r\n\t]+/g, ' ')
    .replace(/([\p{L}\p{N}])\.(?=\p{L})/gu, '$1.\u2060')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[\\`*_{}[\]()#+!|~-]/g, '\\$&');
}

const strict = { strictVariables: true, strictFilters: true, ownPropertyOnly: true } as const;
const words = new Liquid({ ...strict, outputEscape: escapeValue });
const plain = new Liquid(strict);
const frame = new Liquid({ ...strict, outputEscape: 'escape' });

function isLinks(tokens: readonly Token[] | undefined): tokens is Tokens.Link[] {
  const shown = (tokens ?? []).filter((token) => token.raw.trim() !== '');
  return shown.length > 0 && shown.every((token) => token.type === 'link');
}

const markdown = new Marked({
  // Bare addresses stay text; only what a template writes as a link is one.
  tokenizer: { url: () => undefined, html: () => undefined, tag: () => undefined },
  renderer: {
    paragraph(token) {
      if (!isLinks(token.tokens)) return false;
      return token.tokens
        .filter((link) => link.type === 'link')
        .map(
          (link) =>
            `<a class="button" href="${link.href.replace(/&/g, '&amp;').replace(/"/g, '&quot;')}">${this.parser.parseInline(link.tokens)}</a>`,
        )
        .join('\n');
    },
    table(token) {
      const row = (cells: readonly Tokens.TableCell[]) =>
        `<tr>${cells.map((cell) => `<td>${this.parser.parseInline(cell.tokens)}</td>`).join('')}</tr>`;
      return `<table class="facts" role="presentation">${token.rows.map(row).join('')}</table>`;
    },
  },
});

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};

function inlineText(tokens: readonly Token[] | undefined): string {
  return (tokens ?? [])
    .map((token) => {
      if (token.type === 'link') return `${inlineText((token as Tokens.Link).tokens)}: ${(token as Tokens.Link).href}`;
      if ('tokens' in token && token.tokens !== undefined) return inlineText(token.tokens);
      return 'text' in token ? String(token.text) : '';
    })
    .join('');
}

/** The plain part says all that the HTML says, links and figures included; it is made from the same tokens. */
function asText(source: string): string {
  const blocks = markdown.lexer(source).map((token) => {
    if (token.type === 'space') return '';
    if (token.type === 'table') {
      return (token as Tokens.Table).rows
        .map((cells) => cells.map((cell) => inlineText(cell.tokens)).join(': '))
        .join('\n');
    }
    return inlineText('tokens' in token ? token.tokens : undefined);
  });
  return blocks
    .filter((block) => block !== '')
    .join('\n\n')
    .replace(/&(amp|lt|gt|quot|#39);/g, (entity) => entities[entity] ?? entity)
    .replace(/\u2060/g, '');
}

export interface RenderOptions {
  /** Why this person gets this mail; stands under it. */
  readonly why: string;
  /** Above the text of a second copy: the first may have arrived. */
  readonly notice?: string;
}

/** Subject, text and HTML of a mail. Throws if a variable is missing: a mail with a hole in it is worse than a visible failure. */
export function renderMessage(
  name: TemplateName,
  variables: Readonly<Record<string, unknown>>,
  options: RenderOptions,
): Rendered {
  const source = templateSource(name);
  const oneLine = Object.fromEntries(
    Object.entries(variables).map(([key, value]) => [
      key,
      typeof value === 'string' ? value.replace(/[\r\n\t]+/g, ' ') : value,
    ]),
  );
  const subject = plain.parseAndRenderSync(source.subject, oneLine).slice(0, 200);
  const notice = options.notice === undefined ? '' : `*${options.notice}*\n\n`;
  const body = notice + words.parseAndRenderSync(source.body, variables);
  const text = `${asText(body)}\n\n-- \n${options.why}\n`;
  const content = markdown.parse(body, { async: false });
  const preview = text.split('\n\n')[2] ?? subject;
  const html = frame.parseAndRenderSync(layoutSource().replace('{{ content }}', '{{ content | raw }}'), {
    subject,
    preview: preview.slice(0, 120),
    content,
    why: options.why,
  });
  return { subject, text, html };
}
