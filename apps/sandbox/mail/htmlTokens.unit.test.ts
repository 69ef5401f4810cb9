import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeEntities, htmlTokens } from './htmlTokens.ts';
import { readLinks } from './readLinks.ts';

describe('reading HTML', () => {
  test('tags, attributes in every way of writing, and decoded text', () => {
    const tokens = [...htmlTokens(`<p CLASS=a b='x > y' c="1 &amp; 2" d>Tom &lt;3 &#8364;&#x20AC;</P>`)];
    expect(tokens).toEqual([
      {
        kind: 'open',
        name: 'p',
        attributes: new Map([
          ['class', 'a'],
          ['b', 'x > y'],
          ['c', '1 & 2'],
          ['d', ''],
        ]),
      },
      { kind: 'text', text: 'Tom <3 €€' },
      { kind: 'close', name: 'p' },
    ]);
  });

  test('comments, styles and scripts hold no tags', () => {
    const tokens = [...htmlTokens('<!-- <a href="no"> --><style>a > b { } <a></style><script>"<a>"</script><b>x</b>')];
    expect(tokens.filter((token) => token.kind === 'open').map((token) => token.name)).toEqual([
      'style',
      'script',
      'b',
    ]);
  });

  test('any text that is escaped comes back as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const escaped = text.replace(/[&<>"]/g, (sign) => `&#${sign.codePointAt(0)};`);
        expect(decodeEntities(escaped)).toBe(text);
        expect([...htmlTokens(`<i title="${escaped}">`)]).toEqual([
          { kind: 'open', name: 'i', attributes: new Map([['title', text]]) },
        ]);
      }),
    );
  });

  test('any input ends', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('<', '>', '"', "'", '=', '/', 'a', ' ', '<!--', '-->', '<style>', '</', '&')),
        (parts) => {
          expect([...htmlTokens(parts.join(''))].length).toBeLessThanOrEqual(parts.length * 3 + 1);
        },
      ),
    );
  });
});

describe('the links of a mail', () => {
  test('in their order, with the words or the picture that one clicks', () => {
    const html = `<a href="https://a.example/?x=1&amp;y=2"><b>Update</b>\n payment</a> <a name="top">no link</a>
      <A HREF='https://b.example'><img src=x alt="Logo"></A><a href="mailto:help@till.example">Help`;
    expect(readLinks(html)).toEqual([
      { text: 'Update payment', href: 'https://a.example/?x=1&y=2' },
      { text: 'Logo', href: 'https://b.example' },
      { text: 'Help', href: 'mailto:help@till.example' },
    ]);
  });
});
