import type { FormField, PageForm } from './readForms.ts';

export interface Card {
  readonly number: string;
  /** 1 to 12. */
  readonly month: number;
  readonly year: number;
  readonly cvc: string;
  readonly name: string;
}

type CardPart = 'number' | 'expiry' | 'month' | 'year' | 'cvc' | 'name' | 'postalCode' | 'email';

// What browsers go by, then the words that a person reads.
const byAutocomplete: Readonly<Record<string, CardPart>> = {
  'cc-number': 'number',
  'cc-exp': 'expiry',
  'cc-exp-month': 'month',
  'cc-exp-year': 'year',
  'cc-csc': 'cvc',
  'cc-name': 'name',
  'postal-code': 'postalCode',
  email: 'email',
};
const byWords: readonly (readonly [RegExp, CardPart])[] = [
  [/month/i, 'month'],
  [/year/i, 'year'],
  [/expir|valid/i, 'expiry'],
  [/cvc|cvv|csc|security code/i, 'cvc'],
  [/number/i, 'number'],
  [/zip|postal/i, 'postalCode'],
  [/mail/i, 'email'],
  [/name/i, 'name'],
];

function partOf(field: FormField): CardPart | undefined {
  const hint = field.autocomplete.split(/\s+/).at(-1) ?? '';
  return byAutocomplete[hint] ?? byWords.find(([words]) => words.test(`${field.label} ${field.name}`))?.[1];
}

/** The form of a page that asks for a card. */
export function findCardForm(forms: readonly PageForm[]): PageForm | undefined {
  return forms.find((form) => form.fields.some((field) => field.type !== 'hidden' && partOf(field) === 'number'));
}

/** The form filled in as its holder would; what it asks for beside the card's data stays as it stands. */
export function fillCardForm(form: PageForm, card: Card, email: string): URLSearchParams {
  const month = String(card.month).padStart(2, '0');
  const values: Readonly<Record<CardPart, string>> = {
    number: card.number,
    expiry: `${month} / ${String(card.year).slice(-2)}`,
    month,
    year: String(card.year),
    cvc: card.cvc,
    name: card.name,
    postalCode: '10001',
    email,
  };
  const filled = new URLSearchParams();
  for (const field of form.fields) {
    const part = field.type === 'hidden' ? undefined : partOf(field);
    filled.append(field.name, part === undefined ? field.value : values[part]);
  }
  return filled;
}
