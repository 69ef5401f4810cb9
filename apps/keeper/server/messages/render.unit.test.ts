import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderMessage } from './render.ts';
import { type TemplateName, templateSource, templates } from './templates.ts';

const paymentFailed = {
  name: 'Colette',
  plan: 'Pro',
  shop: 'Brasserie Colette',
  reason: 'The bank says that your card has expired, so trying it again will not help.',
  amount: '$99.00',
  card: 'Mastercard ending 8830, expired 10/26',
  deadline: 'Wednesday, 2 December',
  updateUrl: 'https://keeper.example/pay/abc?x=1&y=2',
};
const why = { why: 'Sent because you own Brasserie Colette.' };

describe('renderMessage', () => {
  test('MAIL-1 says what failed, until when to act, and where', () => {
    const mail = renderMessage('payment-failed', paymentFailed, why);
    expect(mail.subject).toBe('Action required: update your payment method');
    for (const part of [mail.text, mail.html.replace(/<[^>]+>/g, '').replaceAll('&#39;', "'")]) {
      expect(part).toContain('Hi Colette,');
      expect(part).toContain("We couldn't process your payment for your Pro subscription.");
      expect(part).toContain('You have 7 days.');
      expect(part).toContain('Wednesday, 2 December');
      expect(part).toContain('suspended');
      expect(part).toContain('Need help? Reply to this email.');
    }
    expect(mail.text).toContain(paymentFailed.updateUrl);
    expect(mail.html).toContain('<a class="button"');
    expect(mail.html).toContain('href="https://keeper.example/pay/abc?x=1&amp;y=2"');
  });

  test('a card that is not known leaves no empty row', () => {
    const mail = renderMessage('payment-failed', { ...paymentFailed, card: null }, why);
    expect(mail.text).not.toContain('Card');
    expect(mail.html).not.toContain('>Card<');
  });

  test('a second copy is marked in both parts', () => {
    const mail = renderMessage('payment-failed', paymentFailed, {
      ...why,
      notice: 'You may have had this mail already.',
    });
    expect(mail.text).toContain('You may have had this mail already.');
    expect(mail.html).toContain('You may have had this mail already.');
  });

  test('a missing variable is an error, not a hole in the text', () => {
    const { deadline: _, ...rest } = paymentFailed;
    expect(() => renderMessage('payment-failed', rest, why)).toThrow(/deadline/);
  });

  test('a name cannot bring a link, markup or a header of its own', () => {
    const hostile = fc.oneof(
      fc.constantFrom(
        '[pay here](https://evil.example)',
        '<a href="https://evil.example">x</a>',
        'https://evil.example',
        'evil.example',
        '**bold** | cell | <img src=x>',
        'Ann\r\nBcc: everybody@example.com',
        '# heading\n\n[x](y)',
        '![x](https://evil.example/p.png)',
      ),
      fc.string({ minLength: 1, maxLength: 60, unit: 'binary' }),
    );
    const links = (html: string) => [...html.matchAll(/<a\s[^>]*href="([^"]*)"/g)].map((match) => match[1]);
    fc.assert(
      fc.property(hostile, (name) => {
        const honest = renderMessage('payment-failed', paymentFailed, why);
        const mail = renderMessage('payment-failed', { ...paymentFailed, name, shop: name }, why);
        expect(links(mail.html)).toEqual(links(honest.html));
        expect(mail.html.match(/<(img|script|h1|tr|strong)\b/g)).toEqual(
          honest.html.match(/<(img|script|h1|tr|strong)\b/g),
        );
        expect(mail.subject).not.toMatch(/[\r\n]/);
      }),
      { numRuns: 200 },
    );
  });

  test('a subject made of a variable stays one line', () => {
    const mail = renderMessage(
      'incident-notice',
      { name: 'Ann', subject: 'Two\r\nBcc: lines', shop: 'S', happened: 'h', done: 'd', now: 'n' },
      why,
    );
    expect(mail.subject).toBe('Two Bcc: lines');
  });

  test.each(Object.keys(templates) as TemplateName[])('%s uses exactly the variables that its schema names', (name) => {
    const source = templateSource(name);
    const used = new Set(
      [...`${source.subject}\n${source.body}`.matchAll(/\{[{%]\s*(?:if\s+)?(\w+)/g)].map((match) => match[1]),
    );
    used.delete('endif');
    expect([...used].sort()).toEqual(Object.keys(templates[name].variables.properties).sort());
  });
});
