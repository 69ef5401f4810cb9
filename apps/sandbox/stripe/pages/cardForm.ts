import { cardByNumber, type TestCard } from '../billing/cards.ts';
import type { CardDetails } from '../billing/paymentMethods.ts';
import type { Form } from '../http/form.ts';
import { type Html, html } from './layout.ts';

export interface CardEntry {
  card: TestCard;
  details: CardDetails;
}

function field(form: Form, name: string): string {
  const value = form[name];
  return typeof value === 'string' ? value.trim() : '';
}

function passesLuhn(digits: string): boolean {
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const doubled = index % 2 === 1 ? Number(digit) * 2 : Number(digit);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}

function expiry(text: string, now: number): { month: number; year: number } | string {
  const match = /^(\d{1,2})\s*\/?\s*(\d{2}|\d{4})$/.exec(text);
  const month = Number(match?.[1]);
  if (match?.[2] === undefined || month < 1 || month > 12)
    return "Your card's expiration date is invalid. Write it as MM / YY.";
  const year = match[2].length === 2 ? 2000 + Number(match[2]) : Number(match[2]);
  const today = Temporal.Instant.fromEpochMilliseconds(now * 1000).toZonedDateTimeISO('UTC');
  if (year < today.year || (year === today.year && month < today.month))
    return "Your card's expiration date is in the past.";
  return { month, year };
}

/** Reads the fields `number`, `expiry`, `cvc` and `name`; a text is the message for the person who typed them. */
export function readCard(form: Form, now: number): CardEntry | string {
  const number = field(form, 'number').replaceAll(/[\s-]/g, '');
  if (!/^\d{12,19}$/.test(number) || !passesLuhn(number)) return 'Your card number is invalid.';
  const card = cardByNumber(number);
  if (card === undefined) return 'Only test cards work here. Try 4242 4242 4242 4242.';
  const expires = expiry(field(form, 'expiry'), now);
  if (typeof expires === 'string') return expires;
  const cvc = field(form, 'cvc');
  if (!/^\d{3,4}$/.test(cvc) || (card.brand === 'amex') !== (cvc.length === 4))
    return "Your card's security code is incomplete.";
  const details = {
    expMonth: expires.month,
    expYear: expires.year,
    name: field(form, 'name') || null,
    email: field(form, 'email') || null,
  };
  return { card, details };
}

/** The card fields, filled again with what was typed except the security code. */
export function cardFields(typed: Form, options: { email?: boolean } = {}): Html {
  return html`
${options.email === true && html`<label>Email <input name="email" type="email" autocomplete="email" required value="${field(typed, 'email')}"></label>`}
<label>Card number <input name="number" inputmode="numeric" autocomplete="cc-number" placeholder="4242 4242 4242 4242" required value="${field(typed, 'number')}"></label>
<div class="pair">
<label>Expires <input name="expiry" inputmode="numeric" autocomplete="cc-exp" placeholder="MM / YY" required value="${field(typed, 'expiry')}"></label>
<label>CVC <input name="cvc" inputmode="numeric" autocomplete="cc-csc" placeholder="123" required></label>
</div>
<label>Name on card <input name="name" autocomplete="cc-name" value="${field(typed, 'name')}"></label>
`;
}

/** What the test cards do, for whoever tries the page. */
export const testCardHelp: Html = html`<div class="soft"><p>Test cards, with any future date and any CVC:</p><ul>
<li>4242 4242 4242 4242 works</li>
<li>4000 0000 0000 0341 can be saved, but every charge fails</li>
<li>4000 0000 0000 0002 is declined at once</li>
<li>4000 0027 6000 3184 must be confirmed for each payment</li></ul></div>`;

/** An error for the person at the form; announced by screen readers. */
export function problem(message: string | null): Html | null {
  return message === null ? null : html`<p class="error" role="alert">${message}</p>`;
}
