import { htmlTokens } from '../mail/htmlTokens.ts';

export interface FormField {
  readonly name: string;
  readonly type: string;
  readonly autocomplete: string;
  /** The words beside it. */
  readonly label: string;
  readonly required: boolean;
  readonly value: string;
}

export interface PageForm {
  readonly method: 'get' | 'post';
  /** Absolute. */
  readonly action: string;
  readonly fields: readonly FormField[];
}

const typed = new Set(['button', 'image', 'reset', 'submit']);

/**
 * The forms of a page as a person meets them: where each leads, and its fields with their labels. A label is the text around or before a
 * field, or the one that names its id.
 */
export function readForms(html: string, pageUrl: string): PageForm[] {
  const forms: { method: 'get' | 'post'; action: string; fields: FormField[] }[] = [];
  const labelsFor = new Map<string, string>();
  const ids = new Map<FormField, string>();
  let form: (typeof forms)[number] | undefined;
  let label: { text: string; for: string | undefined } | undefined;
  let select: { name: string; id: string; value: string | undefined } | undefined;

  function add(name: string, id: string, facts: Partial<FormField>): void {
    if (form === undefined || name === '') return;
    const around = label?.text.replace(/\s+/g, ' ').trim() ?? '';
    const field = { name, type: 'text', autocomplete: '', label: around, required: false, value: '', ...facts };
    form.fields.push(field);
    if (id !== '') ids.set(field, id);
  }

  for (const token of htmlTokens(html)) {
    if (token.kind === 'text') {
      if (label !== undefined) label.text += token.text;
      continue;
    }
    const open = token.kind === 'open' ? token.attributes : undefined;
    const attribute = (name: string): string => open?.get(name) ?? '';
    if (token.name === 'form') {
      form = undefined;
      if (open === undefined) continue;
      const method = attribute('method').toLowerCase() === 'post' ? 'post' : 'get';
      form = { method, action: new URL(attribute('action') || pageUrl, pageUrl).href, fields: [] };
      forms.push(form);
    } else if (token.name === 'label') {
      if (open === undefined && label?.for !== undefined)
        labelsFor.set(label.for, label.text.replace(/\s+/g, ' ').trim());
      label = open === undefined ? undefined : { text: '', for: open.get('for') };
    } else if (token.name === 'select') {
      if (open !== undefined) select = { name: attribute('name'), id: attribute('id'), value: undefined };
      else if (select !== undefined) add(select.name, select.id, { type: 'select', value: select.value ?? '' });
      if (open === undefined) select = undefined;
    } else if (token.name === 'option' && open !== undefined && select !== undefined) {
      if (select.value === undefined || open.has('selected')) select.value = attribute('value');
    } else if ((token.name === 'input' || token.name === 'textarea') && open !== undefined) {
      const type = token.name === 'textarea' ? 'textarea' : attribute('type').toLowerCase() || 'text';
      const unticked = (type === 'checkbox' || type === 'radio') && !open.has('checked');
      if (typed.has(type) || unticked || open.has('disabled')) continue;
      const required = open.has('required');
      add(attribute('name'), attribute('id'), {
        type,
        autocomplete: attribute('autocomplete').toLowerCase(),
        required,
        value: open.get('value') ?? (type === 'checkbox' || type === 'radio' ? 'on' : ''),
      });
    }
  }
  return forms.map((one) => ({
    ...one,
    fields: one.fields.map((field) => ({ ...field, label: labelsFor.get(ids.get(field) ?? '') ?? field.label })),
  }));
}

/** Where the page leads on by itself after a moment, absolute. */
export function readRefresh(html: string, pageUrl: string): string | undefined {
  for (const token of htmlTokens(html)) {
    if (token.kind !== 'open' || token.name !== 'meta') continue;
    if (token.attributes.get('http-equiv')?.toLowerCase() !== 'refresh') continue;
    const target = /^\s*\d+\s*[;,]\s*(?:url\s*=)?\s*['"]?([^'"]+)/i.exec(token.attributes.get('content') ?? '')?.[1];
    if (target !== undefined) return new URL(target.trim(), pageUrl).href;
  }
  return undefined;
}
