import { readFileSync } from 'node:fs';
import { type Static, type TObject, Type } from 'typebox';

export type MessageClass = 'service' | 'optional';

const Text = Type.String({ minLength: 1, maxLength: 400 });
const Url = Type.String({ pattern: '^https?://', maxLength: 2000 });
const NullableText = Type.Union([Text, Type.Null()]);

interface TemplateDefinition {
  /** A service mail may be sent a second time, marked, when nobody can know whether the first arrived; an optional one may not. */
  readonly class: MessageClass;
  /** Every variable that the text uses. Optional ones are null, never absent: the renderer is strict. */
  readonly variables: TObject;
  /** While this holds the mail is still true; asked again just before it is sent. */
  readonly onlyWhile: 'payment_open' | 'always';
}

/** The mails that Keeper can send. Their words are in `templates/<name>.md`, written as the playbooks write them. */
export const templates = {
  'payment-failed': {
    class: 'service',
    onlyWhile: 'payment_open',
    variables: Type.Object({
      name: Text,
      plan: Text,
      shop: Text,
      reason: Text,
      amount: Text,
      card: NullableText,
      deadline: Text,
      updateUrl: Url,
    }),
  },
  'payment-recovered': {
    class: 'service',
    onlyWhile: 'always',
    variables: Type.Object({ name: Text, plan: Text, shop: Text, amount: Text, card: NullableText, paidUntil: Text }),
  },
  'incident-notice': {
    class: 'service',
    onlyWhile: 'always',
    variables: Type.Object({ name: Text, subject: Text, shop: Text, happened: Text, done: Text, now: Text }),
  },
} as const satisfies Record<string, TemplateDefinition>;

export type TemplateName = keyof typeof templates;
export type TemplateVariables<Name extends TemplateName> = Static<(typeof templates)[Name]['variables']>;

export interface TemplateSource {
  readonly subject: string;
  readonly body: string;
}

const folder = new URL('../../templates/', import.meta.url);

/** The words of a template. The first line is its subject, as in the playbooks. */
export function templateSource(name: TemplateName): TemplateSource {
  const text = readFileSync(new URL(`${name}.md`, folder), 'utf8');
  const match = /^Subject: (.+)\n\n([\s\S]+)$/.exec(text);
  if (match?.[1] === undefined || match[2] === undefined)
    throw new Error(`templates/${name}.md does not begin with "Subject: …"`);
  return { subject: match[1], body: match[2] };
}

/** The generated frame around every mail (`layout.mjml` is its source). */
export function layoutSource(): string {
  return readFileSync(new URL('layout.generated.html', folder), 'utf8');
}
