import { randomBytes } from 'node:crypto';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Random letters and digits. */
export function randomText(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      // 248 = 4 x 62: bytes above it would make the first letters more likely.
      if (byte < 248 && text.length < length) text += alphabet[byte % 62];
    }
  }
  return text;
}

const prefixes = {
  'billing_portal.configuration': 'bpc_1',
  'billing_portal.session': 'bps_1',
  'checkout.session': 'cs_test_',
  'test_helpers.test_clock': 'clock_1',
  account: 'acct_1',
  charge: 'ch_3',
  customer: 'cus_',
  event: 'evt_1',
  invoice: 'in_1',
  invoice_payment: 'inpay_1',
  invoiceitem: 'ii_1',
  line_item: 'il_1',
  payment_intent: 'pi_3',
  payment_method: 'pm_1',
  price: 'price_1',
  product: 'prod_',
  refund: 're_3',
  request: 'req_',
  setup_intent: 'seti_1',
  subscription: 'sub_1',
  subscription_item: 'si_',
  webhook_endpoint: 'we_1',
} as const;

export function newId(kind: keyof typeof prefixes): string {
  const prefix = prefixes[kind];
  const length = kind === 'checkout.session' ? 58 : prefix.endsWith('_') ? 14 : 23;
  return prefix + randomText(length);
}
