import { randomUUID } from 'node:crypto';
import { testDatabases } from '@tillkeeper/sandbox/testing/database';
import { afterAll, describe, expect, it } from 'vitest';
import { makeShop } from '../database/testShop.ts';
import { startHttp } from './http.ts';
import { giveSignIn, testConfig, testLog } from './testTill.ts';

const { till } = await testDatabases();
const publicUrl = 'http://localhost:4601';
const server = await startHttp(testConfig(till), testLog);
afterAll(() => server.close());

const shop = await makeShop(till.admin, { plan: 'pro' });
const { email, password } = await giveSignIn(till, shop.owner);

async function call(
  path: string,
  options: { method?: string; body?: unknown; cookie?: string; headers?: Record<string, string> } = {},
) {
  const response = await fetch(`${server.url}${path}`, {
    method: options.method ?? (options.body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(options.cookie === undefined ? {} : { cookie: options.cookie }),
      ...options.headers,
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    type: response.headers.get('content-type') ?? '',
    cookies: response.headers.getSetCookie(),
    body: (text.startsWith('{') ? JSON.parse(text) : text) as Record<string, unknown>,
  };
}

async function signIn(): Promise<string> {
  const answer = await call('/api/auth/sign-in/email', { body: { email, password } });
  expect(answer.status).toBe(200);
  const [cookie] = answer.cookies;
  expect(cookie).toMatch(/^till\.session_token=.*HttpOnly; SameSite=Lax/);
  return cookie?.split(';')[0] ?? '';
}

describe('signing in', () => {
  it('opens the shops that the person works in', async () => {
    const cookie = await signIn();
    const me = await call('/api/v1/me', { cookie });
    expect(me).toMatchObject({ status: 200, body: { id: shop.owner, email, shops: [{ id: shop.id, role: 'owner' }] } });
    const shops = await call('/api/v1/shops', { cookie });
    expect(shops.body).toMatchObject({
      items: [{ id: shop.id, plan: 'pro', status: 'active', access: 'full' }],
      nextCursor: null,
    });
    expect((await call(`/api/v1/shops/${shop.id}`, { cookie })).body).toMatchObject({
      id: shop.id,
      plan: { id: 'pro' },
    });
  });

  it('takes the right password, is closed to sign-up, and says neither which part was wrong', async () => {
    const wrong = await call('/api/auth/sign-in/email', { body: { email, password: 'something else entirely' } });
    const nobody = await call('/api/auth/sign-in/email', { body: { email: 'nobody@example.com', password } });
    expect([wrong.status, nobody.status]).toEqual([401, 401]);
    const told = ({ requestId: _id, ...rest }: Record<string, unknown>): unknown => rest;
    expect(told(wrong.body)).toEqual(told(nobody.body));
    const signUp = await call('/api/auth/sign-up/email', { body: { email: 'new@example.com', password, name: 'New' } });
    expect(signUp.status).toBeGreaterThanOrEqual(400);
    const { rows } = await till.admin.query(
      `select count(*)::integer as n from identity."user" where email = 'new@example.com'`,
    );
    expect(rows).toEqual([{ n: 0 }]);
  });

  it('ends at once with a sign-out, also where the session was just remembered', async () => {
    const cookie = await signIn();
    expect((await call('/api/v1/me', { cookie })).status).toBe(200);
    expect((await call('/api/auth/sign-out', { body: {}, cookie, headers: { origin: publicUrl } })).status).toBe(200);
    expect(await call('/api/v1/me', { cookie })).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
  });

  it('does not accept a cookie that was made up, or signed by somebody else', async () => {
    for (const value of ['made-up', `${randomUUID()}.c2lnbmF0dXJl`]) {
      expect((await call('/api/v1/me', { cookie: `till.session_token=${value}` })).status).toBe(401);
    }
  });

  it('does not let another site write with a member’s cookie', async () => {
    const cookie = await signIn();
    const product = { name: 'Tea', sku: 'TEA-X', priceMinor: 1 };
    const foreign = await call(`/api/v1/shops/${shop.id}/products`, {
      body: product,
      cookie,
      headers: { origin: 'https://evil.example' },
    });
    expect(foreign).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    const own = await call(`/api/v1/shops/${shop.id}/products`, {
      body: product,
      cookie,
      headers: { origin: publicUrl },
    });
    expect(own.status).toBe(201);
  });
});

describe('the API', () => {
  it('answers 401 without a session, on every route of it', async () => {
    for (const path of [
      '/me',
      '/shops',
      `/shops/${shop.id}`,
      `/shops/${shop.id}/products`,
      `/shops/${shop.id}/sales`,
    ]) {
      expect([path, (await call(`/api/v1${path}`)).status]).toEqual([path, 401]);
    }
    expect((await call(`/api/v1/shops/${shop.id}/sales`, { body: {} })).status).toBe(401);
  });

  it('rings up and lists a sale: 201 when it is new, 200 when it was there, 409 for another', async () => {
    const cookie = await signIn();
    const sale = {
      id: randomUUID(),
      receiptNumber: 'H-1',
      occurredAt: '2026-11-23T20:00:00Z',
      tender: 'cash',
      totalMinor: 500,
      lines: [
        {
          productId: shop.productId,
          productName: 'Long black',
          quantity: 1,
          unitPriceMinor: 500,
          taxRateBasisPoints: 0,
        },
      ],
    };
    const path = `/api/v1/shops/${shop.id}/sales`;
    const first = await call(path, { body: sale, cookie });
    expect(first.status).toBe(201);
    expect(await call(path, { body: sale, cookie })).toMatchObject({ status: 200, body: first.body });
    expect(await call(path, { body: { ...sale, tender: 'card' }, cookie })).toMatchObject({
      status: 409,
      body: { code: 'conflict', field: 'id' },
    });
    const listed = await call(`${path}?limit=1`, { cookie });
    expect(listed.body).toMatchObject({ items: [first.body] });
  });

  it('answers bad input with a problem that names each field, and a misspelt field is bad input', async () => {
    const cookie = await signIn();
    const answer = await call(`/api/v1/shops/${shop.id}/products`, {
      body: { name: '', sku: 'X', priceMinor: '5', prise: 1 },
      cookie,
    });
    expect(answer).toMatchObject({
      status: 400,
      type: expect.stringMatching(/^application\/problem\+json/),
      body: { code: 'invalid_input' },
    });
    expect((answer.body.errors as { field: string }[]).map((each) => each.field)).toEqual(
      expect.arrayContaining(['body/name', 'body/priceMinor', 'body/prise']),
    );
    expect((await call('/api/v1/shops/not-an-id', { cookie })).status).toBe(400);
    expect((await call(`/api/v1/shops/${randomUUID()}`, { cookie })).status).toBe(404);
  });

  it('is described by OpenAPI 3.1 and says that it is ready', async () => {
    const { body } = await call('/openapi.json');
    expect(body.openapi).toBe('3.1.0');
    expect(Object.keys(body.paths as object)).toEqual(
      expect.arrayContaining(['/api/v1/shops/{shopId}/sales', '/api/v1/shops/{shopId}/products']),
    );
    expect((await call('/healthz')).status).toBe(200);
    expect((await call('/readyz')).body).toMatchObject({ checks: { till: 'ok', identity: 'ok' } });
  });
});
