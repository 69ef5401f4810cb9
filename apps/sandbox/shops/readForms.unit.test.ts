import { describe, expect, test } from 'vitest';
import { fillCardForm, findCardForm } from './fillCardForm.ts';
import { readForms, readRefresh } from './readForms.ts';
import { paymentLink } from './updateCard.ts';

const card = { number: '4242 4242 4242 4242', month: 3, year: 2039, cvc: '123', name: 'Ana Ruiz' };
const page = 'https://pay.example/p/session/abc?x=1';

describe('the forms of a page', () => {
  test('with their addresses, fields and labels', () => {
    const forms = readForms(
      `<form action="../save"><label for="n">Card&nbsp;number</label><input id=n name=num required>
         <label>Keep <input type=checkbox name=keep></label><select name=country><option value=DE>Germany<option value=FR selected>France</select>
         <input type=hidden name=token value="a&amp;b"><input type=submit name=go value=Go><input name=off disabled><textarea name=note>hi</textarea></form>
       <form method=POST><button>Cancel</button></form>`,
      page,
    );
    expect(forms).toEqual([
      {
        method: 'get',
        action: 'https://pay.example/p/save',
        fields: [
          expect.objectContaining({ name: 'num', label: 'Card number', required: true }),
          expect.objectContaining({ name: 'country', type: 'select', value: 'FR' }),
          expect.objectContaining({ name: 'token', type: 'hidden', value: 'a&b' }),
          expect.objectContaining({ name: 'note', type: 'textarea' }),
        ],
      },
      { method: 'post', action: page, fields: [] },
    ]);
  });

  test('where a page leads on by itself', () => {
    expect(readRefresh(`<meta http-equiv="Refresh" content="2; url='/done?a=1&amp;b=2'">`, page)).toBe(
      'https://pay.example/done?a=1&b=2',
    );
    expect(
      readRefresh('<meta http-equiv="refresh" content="30"><meta name="refresh" content="0;url=/x">', page),
    ).toBeUndefined();
  });
});

describe('a card form', () => {
  test('is filled by what browsers go by', () => {
    const [form] = readForms(
      `<form method=post action=/c><input name=csrf type=hidden value=t><input name=a autocomplete="section-x cc-number"><input name=b autocomplete=cc-exp>
       <input name=c autocomplete=cc-csc><input name=d autocomplete=cc-name><input name=e autocomplete=email></form>`,
      page,
    );
    expect(form && Object.fromEntries(fillCardForm(form, card, 'ana@harbor.example'))).toEqual({
      csrf: 't',
      a: '4242 4242 4242 4242',
      b: '03 / 39',
      c: '123',
      d: 'Ana Ruiz',
      e: 'ana@harbor.example',
    });
  });

  test('is filled by what a person reads', () => {
    const forms = readForms(
      `<form><label>Search <input name=q></label></form>
       <form method=post><label>Card number<input name=f1></label><label>Expiry month <input name=f2></label><label>Year <input name=f3></label>
       <label>Security code <input name=f4></label><label>Name on card <input name=f5></label><label>Postal code <input name=f6></label></form>`,
      page,
    );
    const form = findCardForm(forms);
    expect(form && Object.fromEntries(fillCardForm(form, card, ''))).toEqual({
      f1: '4242 4242 4242 4242',
      f2: '03',
      f3: '2039',
      f4: '123',
      f5: 'Ana Ruiz',
      f6: '10001',
    });
    expect(findCardForm(forms.slice(0, 1))).toBeUndefined();
  });
});

test('the link that a reader would take', () => {
  const help = { text: 'Help', href: 'https://till.example/help' };
  const update = { text: 'Update payment method', href: 'https://keeper.example/pay/1' };
  const invoice = { text: 'See the invoice', href: 'https://keeper.example/pay/2' };
  expect(paymentLink([help, invoice, update])).toBe(update.href);
  expect(paymentLink([help, invoice])).toBe(invoice.href);
  expect(paymentLink([help, { text: 'Update your card', href: 'mailto:help@till.example' }])).toBeUndefined();
});
