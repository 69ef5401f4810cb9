import { testDatabases } from '@tillkeeper/sandbox/testing/database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApiToken } from './operators/createApiToken.ts';
import { createOperator } from './operators/createOperator.ts';
import { removeOperator } from './operators/removeOperator.ts';
import { revokeApiToken } from './operators/revokeApiToken.ts';
import { setOperatorPassword } from './operators/setOperatorPassword.ts';
import { type Answer, type CallOptions, publicUrl, startTestServer, type TestServer } from './testServer.ts';

const databases = await testDatabases();
const otherDatabases = await testDatabases();
const server = await startTestServer(databases);
afterAll(() => server.close());
const { call, operator } = server;
/** Of a session that no test ends. */
const cookie = await server.signIn();

function expectProblem(answer: Answer, status: number, code: string): void {
  expect([answer.status, answer.headers.get('content-type')]).toEqual([
    status,
    'application/problem+json; charset=utf-8',
  ]);
  expect(answer.body).toMatchObject({ status, code, type: `urn:tillkeeper:problem:${code}` });
  expect(answer.body.requestId).toBe(answer.headers.get('x-request-id'));
  expect(answer.text).not.toMatch(/node_modules|select |\bat [^ ]+ \(/);
}

const signIn = (body: object, options: CallOptions = {}) =>
  call('/api/auth/sign-in/email', {
    token: null,
    ...options,
    body,
    headers: { origin: publicUrl, ...options.headers },
  });

describe('a session', () => {
  it('begins with address and password, in a cookie that scripts of a page cannot read', async () => {
    const { email, password } = operator;
    const answer = await signIn({ email: email.toUpperCase(), password });
    expect(answer.status).toBe(200);
    const [set = ''] = answer.cookies;
    expect(set).toMatch(/^keeper\.session_token=[^;]+; Max-Age=43200; Path=\/; HttpOnly; SameSite=Lax$/);
    const me = await call('/api/v1/me', { cookie: set.split(';')[0] ?? '' });
    expect(me).toMatchObject({ status: 200, body: { id: operator.id, name: operator.name, kind: 'operator' } });
  });

  it('is kept where the address belongs to somebody, from the address that the connection has', async () => {
    await signIn(operator, { headers: { 'x-forwarded-for': '203.0.113.9' } });
    const { rows } = await databases.keeper.admin.query(
      `select distinct "userId" as id, "ipAddress" as address from identity."session"`,
    );
    expect(rows).toEqual([{ id: operator.id, address: '127.0.0.1' }]);
  });

  it('does not begin with a wrong password, and the answer does not say which part was wrong', async () => {
    const wrong = await signIn({ email: operator.email, password: 'something else entirely' });
    const nobody = await signIn({ email: 'nobody@example.com', password: operator.password });
    for (const answer of [wrong, nobody]) {
      expectProblem(answer, 401, 'unauthenticated');
      expect(answer.cookies).toEqual([]);
    }
    expect(wrong.body.detail).toBe(nobody.body.detail);
    expectProblem(await signIn({ email: operator.email }), 400, 'invalid_input');
    expectProblem(
      await call('/api/auth/sign-in/email', { token: null, body: '{', headers: { origin: publicUrl } }),
      400,
      'invalid_input',
    );
  });

  it('ends with the sign-out, also for a copy of the cookie', async () => {
    const ending = await server.signIn();
    const out = await call('/api/auth/sign-out', { cookie: ending, body: {}, headers: { origin: publicUrl } });
    expect(out.status).toBe(200);
    expect(out.cookies.join()).toMatch(/keeper\.session_token=; Max-Age=0/);
    expectProblem(await call('/api/v1/me', { cookie: ending }), 401, 'unauthenticated');
    expect((await call('/api/v1/me', { cookie })).status).toBe(200);
  });

  it('cannot be made up: the cookie is signed', async () => {
    expectProblem(await call('/api/v1/me', { cookie: `${cookie.slice(0, -6)}AAAA%3D` }), 401, 'unauthenticated');
    expectProblem(await call('/api/v1/me', { cookie: 'keeper.session_token=x.y' }), 401, 'unauthenticated');
  });

  it('is over when its time is up, and goes on for longer while it is used', async () => {
    const used = await server.signIn();
    const token = decodeURIComponent(used).replace(/^keeper\.session_token=([^.]+)\..*$/, '$1');
    const leave = (left: string) =>
      databases.keeper.admin.query(
        `update identity."session" set "expiresAt" = clock_timestamp() + $2::interval where token = $1`,
        [token, left],
      );
    expect((await call('/api/v1/me', { cookie: used })).cookies).toEqual([]);
    await leave('2 hours');
    const answer = await call('/api/v1/me', { cookie: used });
    expect(answer.cookies.join()).toMatch(/^keeper\.session_token=[^;]+; Max-Age=43200/);
    const { rows } = await databases.keeper.admin.query(
      `select "expiresAt" > clock_timestamp() + interval '11 hours' as longer from identity."session" where token = $1`,
      [token],
    );
    expect(rows).toEqual([{ longer: true }]);
    await leave('-1 second');
    expectProblem(await call('/api/v1/me', { cookie: used }), 401, 'unauthenticated');
  });

  it('offers signing in and out and nothing else of what the library could do', async () => {
    const origin = { origin: publicUrl };
    for (const [path, body] of [
      ['sign-up/email', { email: 'new@example.com', password: 'long enough for this', name: 'New' }],
      ['update-user', { name: 'Somebody Else' }],
      ['change-email', { newEmail: 'other@example.com' }],
      ['delete-user', {}],
      ['sign-in/social', { provider: 'github' }],
    ] as const) {
      expectProblem(await call(`/api/auth/${path}`, { cookie, body, headers: origin }), 404, 'not_found');
    }
    const { rows } = await databases.keeper.admin.query('select name, email from identity."user"');
    expect(rows).toEqual([{ name: operator.name, email: operator.email }]);
  });

  it('ends everywhere with another password, and with the account', async () => {
    const person = { name: 'Bo Lind', email: 'bo@example.com', password: 'a first password' };
    await createOperator(await server.context(), person);
    const cookieOf = async (password: string) =>
      (await signIn({ email: person.email, password })).cookies[0]?.split(';')[0] ?? '';
    const first = await cookieOf(person.password);
    expect((await call('/api/v1/me', { cookie: first })).status).toBe(200);

    const changed = await setOperatorPassword(await server.context(), {
      email: 'Bo@example.com',
      password: 'a second password',
    });
    expect(changed.sessionsEnded).toBe(1);
    expectProblem(await call('/api/v1/me', { cookie: first }), 401, 'unauthenticated');
    expectProblem(await signIn({ email: person.email, password: person.password }), 401, 'unauthenticated');

    const second = await cookieOf('a second password');
    expect((await call('/api/v1/me', { cookie: second })).status).toBe(200);
    await removeOperator(await server.context(), { email: person.email });
    expectProblem(await call('/api/v1/me', { cookie: second }), 401, 'unauthenticated');
    expectProblem(await signIn({ email: person.email, password: 'a second password' }), 401, 'unauthenticated');
  });
});

describe('a token', () => {
  it('opens the API under its own name, is stored as a digest alone, and notes when it was used', async () => {
    const { token, tokenId } = await createApiToken(await server.context(), { name: 'nightly report' });
    expect(await call('/api/v1/me', { token })).toMatchObject({
      status: 200,
      body: { kind: 'token', id: tokenId, name: 'nightly report' },
    });
    expect((await call('/api/v1/me', { token: null, headers: { authorization: `bearer ${token}` } })).status).toBe(200);
    const { rows } = await databases.keeper.admin.query(
      'select t::text as row, last_used_at is not null as used from api_tokens t where id = $1',
      [tokenId],
    );
    expect(rows[0].used).toBe(true);
    expect(rows[0].row).not.toContain(token);
    const { rows: audited } = await databases.keeper.admin.query('select details::text from audit');
    expect(JSON.stringify(audited)).not.toContain(token);
  });

  it('is refused once it is revoked, and so is one that never was', async () => {
    const { token, tokenId } = await createApiToken(await server.context(), { name: 'leaked' });
    expect((await call('/api/v1/me', { token })).status).toBe(200);
    await revokeApiToken(await server.context(), { tokenId });
    for (const wrong of [token, 'tk_made_up', `${token}x`]) {
      const answer = await call('/api/v1/me', { token: wrong });
      expectProblem(answer, 401, 'unauthenticated');
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    }
  });

  it('is not replaced by a cookie that comes with it', async () => {
    expectProblem(await call('/api/v1/me', { cookie, token: 'tk_made_up' }), 401, 'unauthenticated');
    const basic = { authorization: 'Basic YW5hOnNlY3JldA==' };
    expectProblem(await call('/api/v1/me', { cookie, headers: basic }), 401, 'unauthenticated');
  });

  it('makes no operators and no tokens', async () => {
    const ctx = await server.context({ kind: 'token', id: 'x', name: 'a script' });
    await expect(createApiToken(ctx, { name: 'another' })).rejects.toMatchObject({ code: 'forbidden' });
  });
});

describe('writes of a page that is not ours', () => {
  const signal = { source: 'test', identity: 'subscription-sync-failure', summary: 'Said by a test' };
  const count = async () =>
    (await databases.keeper.admin.query<{ n: number }>('select count(*)::integer as n from signals')).rows[0]?.n;

  it('are refused with an operator’s cookie, before anything is written', async () => {
    for (const origin of ['https://evil.example', 'null', `${publicUrl}.evil.example`, 'http://localhost:4601']) {
      expectProblem(await call('/api/v1/signals', { cookie, body: signal, headers: { origin } }), 403, 'forbidden');
    }
    expectProblem(
      await call('/api/auth/sign-out', { cookie, body: {}, headers: { origin: 'https://evil.example' } }),
      403,
      'forbidden',
    );
    expectProblem(await signIn(operator, { headers: { origin: 'https://evil.example' } }), 403, 'forbidden');
    expect(await count()).toBe(0);
    expect((await call('/api/v1/me', { cookie, headers: { origin: 'https://evil.example' } })).status).toBe(200);
  });

  it('are taken from our own page, and from a script with its token wherever it runs', async () => {
    const own = await call('/api/v1/signals', { cookie, body: signal, headers: { origin: publicUrl } });
    expect(own.status).toBe(200);
    const { rows } = await databases.keeper.admin.query(
      `select actor, request_id from audit where action = 'signal.raise'`,
    );
    expect(rows).toEqual([
      {
        actor: { kind: 'operator', id: operator.id, name: operator.name },
        request_id: own.headers.get('x-request-id'),
      },
    ]);
    const script = await call('/api/v1/signals', { body: signal, headers: { origin: 'https://elsewhere.example' } });
    expect(script.status).toBe(200);
    expect(script.body.incidentId).toBe(own.body.incidentId);
  });
});

describe('every refusal is a problem with a code, and says nothing of the inside', () => {
  const unknownId = '0197f0c0-0000-7000-8000-000000000001';

  it.each([
    ['/api/v1/organizations/7', 400, 'invalid_input'],
    ['/api/v1/organizations?limit=0', 400, 'invalid_input'],
    ['/api/v1/organizations?limit=201', 400, 'invalid_input'],
    ['/api/v1/organizations?cursor=nonsense', 400, 'invalid_input'],
    ['/api/v1/messages?organizationId=7', 400, 'invalid_input'],
    ['/api/v1/incidents?state=half', 400, 'invalid_input'],
    ['/api/v1/incidents?cursor=x', 400, 'invalid_input'],
    ['/api/v1/deliveries?cursor=bm9uc2Vuc2U', 400, 'invalid_input'],
    [`/api/v1/organizations/${unknownId}`, 404, 'not_found'],
    [`/api/v1/incidents/${unknownId}`, 404, 'not_found'],
    ['/api/v1/incidents/999999', 404, 'not_found'],
    ['/api/v1/incidents/drop-table', 404, 'not_found'],
    [`/api/v1/messages/${unknownId}`, 404, 'not_found'],
    ['/api/v1/nothing', 404, 'not_found'],
    ['/api/v2/me', 404, 'not_found'],
  ] as const)('GET %s is %i %s', async (path, status, code) => {
    expectProblem(await call(path), status, code);
  });

  it.each([
    ['/api/v1/signals', {}, 400, 'invalid_input'],
    ['/api/v1/signals', { source: 's', identity: 'i', summary: 's', sumary: 's' }, 400, 'invalid_input'],
    ['/api/v1/signals', { source: 's', identity: 'no-such-playbook', summary: 's' }, 400, 'invalid_input'],
    ['/api/v1/billing/reconcile', { organizationId: 'x' }, 400, 'invalid_input'],
    ['/api/v1/billing/reconcile', { organizationId: unknownId }, 404, 'not_found'],
    ['/api/v1/incidents/999999/acknowledge', {}, 404, 'not_found'],
    ['/api/v1/incidents/999999/notes', { text: '' }, 400, 'invalid_input'],
    ['/api/v1/deliveries/evt_nothing/replay', {}, 404, 'not_found'],
    ['/api/v1/me', {}, 405, 'invalid_input'],
  ] as const)('POST %s with %j is %i %s', async (path, body, status, code) => {
    expectProblem(await call(path, { body }), status, code);
  });

  it('names what is wrong with a body', async () => {
    const { body } = await call('/api/v1/signals', { body: { source: 's', identity: 'i', sumary: 's' } });
    expect(body.errors).toEqual(
      expect.arrayContaining([
        { field: 'body/summary', message: 'is required' },
        { field: 'body/sumary', message: 'is not known' },
      ]),
    );
  });

  it('asks who it is before it looks at anything else', async () => {
    for (const path of ['/api/v1/incidents/999999', '/api/v1/organizations/7', '/api/v1/engine', '/api/v1/stream'])
      expectProblem(await call(path, { token: null }), 401, 'unauthenticated');
    expectProblem(await call('/api/v1/signals', { token: null, body: {} }), 401, 'unauthenticated');
    expect((await call('/api/v1/environment', { token: null })).body).toEqual({ environment: 'sandbox' });
  });

  it('is 409 not_proven for an incident whose fault is still there', async () => {
    const { organizationId } = await server.shop({ plan: 'basic' });
    await databases.till.admin.query(`update organizations set subscription_plan = 'pro' where id = $1`, [
      organizationId,
    ]);
    const { body } = await call('/api/v1/signals', {
      body: { source: 'test', identity: 'subscription-sync-failure', summary: 'A plan is wrong' },
    });
    const answer = await call(`/api/v1/incidents/${String(body.incidentId)}/resolve`, { body: {} });
    expectProblem(answer, 409, 'not_proven');
    const known = await call(`/api/v1/incidents/${String(body.incidentId)}/resolve-anyway`, { body: { reason: 'x' } });
    expectProblem(known, 400, 'invalid_input');
  });
});

describe('what is logged', () => {
  it('holds no password, no token and no cookie', async () => {
    await signIn({ email: operator.email, password: 'a guess that fails' });
    await call('/api/v1/organizations/7', { cookie });
    const all = server.logged.join('');
    expect(all.includes('answered')).toBe(true);
    const secrets = {
      password: operator.password,
      guess: 'a guess that fails',
      token: server.token,
      cookie: cookie.slice('keeper.session_token='.length),
    };
    for (const [what, secret] of Object.entries(secrets)) expect([what, all.includes(secret)]).toEqual([what, false]);
  });
});

describe('behind a proxy that speaks https', () => {
  const site = 'https://keeper.example.com';
  let proxied: TestServer;
  beforeAll(async () => {
    proxied = await startTestServer(otherDatabases, {
      KEEPER_PUBLIC_URL: site,
      KEEPER_TRUSTED_PROXIES: '127.0.0.1',
    });
  });
  afterAll(() => proxied.close());

  const signInFrom = (address: string, password: string) =>
    proxied.call('/api/auth/sign-in/email', {
      token: null,
      body: { email: proxied.operator.email, password },
      headers: { origin: site, 'x-forwarded-for': address },
    });

  it('the session’s cookie is for encrypted connections alone, and the caller is who the proxy says', async () => {
    const { cookies } = await signInFrom('198.51.100.7', proxied.operator.password);
    expect(cookies.join()).toMatch(/^__Secure-keeper\.session_token=[^;]+; .*HttpOnly; Secure; SameSite=Lax$/);
    expect((await proxied.call('/api/v1/me', { cookie: cookies[0]?.split(';')[0] ?? '' })).status).toBe(200);
    const { rows } = await otherDatabases.keeper.admin.query(
      `select "ipAddress" as address from identity."session" order by "createdAt" desc limit 1`,
    );
    expect(rows).toEqual([{ address: '198.51.100.7' }]);
  });

  it('guesses are stopped by a limit on each address, which says how long to wait', async () => {
    const answers = await Promise.all(Array.from({ length: 31 }, () => signInFrom('203.0.113.9', 'a guess')));
    const refused = answers.filter((answer) => answer.status === 429);
    expect(refused).toHaveLength(1);
    for (const answer of refused) {
      expectProblem(answer, 429, 'rate_limited');
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    // Who sits behind the same proxy is not locked out with them.
    expect((await signInFrom('203.0.113.10', proxied.operator.password)).status).toBe(200);
  });
});
