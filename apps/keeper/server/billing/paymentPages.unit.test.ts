import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderPaymentPage } from './paymentPages.ts';

describe('a payment page', () => {
  it('says in the sandbox, and only there, that no money moves', () => {
    const page = { title: 'Nothing is due', paragraphs: ['Your subscription is paid.'] };
    expect(renderPaymentPage(page, 'sandbox')).toMatch(/<title>Sandbox: Nothing is due<\/title>[^]*no card is charged/);
    expect(renderPaymentPage(page, 'production')).not.toMatch(/sandbox|no card is charged/i);
  });

  it('lets no text become markup', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, href) => {
        const hostile = `${text}<script>"'&`;
        const html = renderPaymentPage(
          { title: hostile, paragraphs: [hostile], action: { href: `/pay/${href}"><script>`, label: hostile } },
          'production',
        );
        expect(html).not.toContain('<script');
        expect(html.match(/<a /g)).toHaveLength(1);
      }),
    );
  });
});
