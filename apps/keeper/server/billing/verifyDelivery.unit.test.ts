import { Secret } from '@tillkeeper/platform/secret';
import fc from 'fast-check';
import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { readClaim, verifyDelivery } from './verifyDelivery.ts';

const secret = 'whsec_current';
const machineMs = 1_795_000_000_000;
const nowSeconds = machineMs / 1_000;

const event = {
  id: 'evt_1',
  object: 'event',
  type: 'customer.subscription.updated',
  api_version: Stripe.API_VERSION,
  livemode: false,
  created: nowSeconds - 2,
  data: { object: { id: 'sub_1', object: 'subscription', customer: 'cus_1', status: 'active' } },
};

function signed(body: string, options: { secret?: string; at?: number } = {}): string {
  return Stripe.webhooks.generateTestHeaderString({
    payload: body,
    secret: options.secret ?? secret,
    timestamp: options.at ?? nowSeconds,
  });
}

function verify(body: string, header: string | undefined, secrets: string[] = [secret]) {
  return verifyDelivery(
    Buffer.from(body),
    header,
    secrets.map((each) => new Secret(each)),
    machineMs,
  );
}

const body = JSON.stringify(event);

describe('verification of a delivery', () => {
  it('takes what the official client accepts and reads whom it is about', () => {
    expect(verify(body, signed(body))).toEqual({
      ok: true,
      facts: {
        eventId: 'evt_1',
        type: 'customer.subscription.updated',
        apiVersion: Stripe.API_VERSION,
        livemode: false,
        account: undefined,
        created: nowSeconds - 2,
        objectId: 'sub_1',
        customerId: 'cus_1',
        subscriptionId: 'sub_1',
      },
    });
  });

  it('refuses an unsigned body', () => {
    expect(verify(body, undefined)).toEqual({ ok: false, code: 'missing_signature' });
    expect(verify(body, '')).toEqual({ ok: false, code: 'missing_signature' });
  });

  it.each([['t=1'], ['v1=abc'], ['nonsense'], [`t=${nowSeconds},v1=${'0'.repeat(64)}`], [`t=${nowSeconds},v0=abc`]])(
    'refuses the header %s',
    (header) => {
      expect(verify(body, header)).toEqual({ ok: false, code: 'wrong_signature' });
    },
  );

  it('refuses another secret, also one without its whsec_', () => {
    expect(verify(body, signed(body, { secret: 'whsec_other' }))).toEqual({ ok: false, code: 'wrong_signature' });
    expect(verify(body, signed(body, { secret: 'current' }))).toEqual({ ok: false, code: 'wrong_signature' });
  });

  it('takes either secret while one is rolled, and two signatures in one header', () => {
    const both = ['whsec_new', 'whsec_old'];
    expect(verify(body, signed(body, { secret: 'whsec_old' }), both).ok).toBe(true);
    expect(verify(body, signed(body, { secret: 'whsec_new' }), both).ok).toBe(true);
    const [old, next] = [signed(body, { secret: 'whsec_old' }), signed(body, { secret: 'whsec_new' })];
    expect(verify(body, `${old},${next.split(',')[1]}`, ['whsec_new']).ok).toBe(true);
  });

  it('refuses a signature older than 300 s and says that only its age is wrong', () => {
    expect(verify(body, signed(body, { at: nowSeconds - 300 })).ok).toBe(true);
    expect(verify(body, signed(body, { at: nowSeconds - 301 }))).toEqual({ ok: false, code: 'stale_signature' });
    expect(verify(body, signed(body, { at: nowSeconds - 301, secret: 'whsec_other' }))).toEqual({
      ok: false,
      code: 'wrong_signature',
    });
  });

  it('refuses a signature dated more than 300 s ahead, which the client alone would take', () => {
    const header = signed(body, { at: nowSeconds + 86_400 });
    expect(() => Stripe.webhooks.constructEvent(body, header, secret, 300, undefined, machineMs)).not.toThrow();
    expect(verify(body, header)).toEqual({ ok: false, code: 'future_signature' });
    expect(verify(body, signed(body, { at: nowSeconds + 300 })).ok).toBe(true);
  });

  it('refuses a body that was changed after it was signed', () => {
    fc.assert(
      fc.property(fc.nat({ max: body.length - 1 }), fc.integer({ min: 32, max: 126 }), (at, code) => {
        const changed = body.slice(0, at) + String.fromCharCode(code) + body.slice(at + 1);
        fc.pre(changed !== body);
        expect(verify(changed, signed(body))).toEqual({ ok: false, code: 'wrong_signature' });
      }),
    );
  });

  it.each([
    ['no JSON', '{'],
    ['no object', '[]'],
    ['no id', JSON.stringify({ ...event, id: undefined })],
    ['no mode', JSON.stringify({ ...event, livemode: 'no' })],
    ['no time', JSON.stringify({ ...event, created: -1 })],
    ['an id that no column holds', JSON.stringify({ ...event, id: 'evt_\0' })],
  ])('refuses a signed body with %s', (_what, malformed) => {
    expect(verify(malformed, signed(malformed))).toEqual({ ok: false, code: 'malformed' });
  });

  it('keeps a thin event, which the client would not build, so that the endpoint is not disabled for it', () => {
    const thin = JSON.stringify({
      id: 'evt_thin',
      object: 'v2.core.event',
      type: 'v1.billing.meter.no_meter_found',
      livemode: false,
      created: '2026-11-23T10:00:00.000Z',
    });
    expect(verify(thin, signed(thin))).toMatchObject({
      ok: true,
      facts: { eventId: 'evt_thin', created: Date.UTC(2026, 10, 23, 10) / 1_000, apiVersion: undefined },
    });
  });

  it.each([
    [
      'an invoice',
      { object: 'invoice', id: 'in_1', customer: 'cus_9', parent: { subscription_details: { subscription: 'sub_9' } } },
      'cus_9',
      'sub_9',
    ],
    ['a customer', { object: 'customer', id: 'cus_9' }, 'cus_9', undefined],
    [
      'a checkout session',
      { object: 'checkout.session', id: 'cs_1', customer: 'cus_9', subscription: 'sub_9' },
      'cus_9',
      'sub_9',
    ],
    [
      'an expanded customer',
      { object: 'charge', id: 'ch_1', customer: { id: 'cus_9', object: 'customer' } },
      'cus_9',
      undefined,
    ],
    ['nobody', { object: 'payment_intent', id: 'pi_1', customer: null }, undefined, undefined],
  ])('finds the customer of %s', (_what, object, customerId, subscriptionId) => {
    const text = JSON.stringify({ ...event, data: { object } });
    expect(verify(text, signed(text))).toMatchObject({ facts: { customerId, subscriptionId } });
  });

  it('finds the customer that a detached payment method had', () => {
    const text = JSON.stringify({
      ...event,
      data: {
        object: { object: 'payment_method', id: 'pm_1', customer: null },
        previous_attributes: { customer: 'cus_9' },
      },
    });
    expect(verify(text, signed(text))).toMatchObject({ facts: { customerId: 'cus_9' } });
  });
});

describe('what a refused body claims', () => {
  it('is read where it is there and left out where it is not', () => {
    expect(readClaim(Buffer.from(body))).toEqual({
      eventId: 'evt_1',
      type: 'customer.subscription.updated',
      customerId: 'cus_1',
    });
    expect(readClaim(Buffer.from('not json'))).toEqual({ eventId: undefined, type: undefined, customerId: undefined });
  });

  it('never throws and never gives text that a column cannot hold', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        for (const value of Object.values(readClaim(Buffer.from(json))))
          expect(value === undefined || (!value.includes('\0') && value.length <= 255)).toBe(true);
      }),
    );
  });
});
