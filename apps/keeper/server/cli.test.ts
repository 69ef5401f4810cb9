import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { testDatabases } from '@tillkeeper/sandbox/testing/database';
import { afterAll, describe, expect, it } from 'vitest';
import { raiseSignal } from './detection/raiseSignal.ts';
import { addNote } from './incidents/addNote.ts';
import { startTestServer, testEnvironment } from './testServer.ts';

const databases = await testDatabases();
const server = await startTestServer(databases);
const folder = mkdtempSync(join(tmpdir(), 'tillkeeper-cli-'));
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server.close();
});

const file = join(folder, 'keeper.env');
const environment = testEnvironment(databases, server.stripe.url);
function writeEnvironment(path: string, values: Record<string, string>): string {
  writeFileSync(
    path,
    Object.entries(values)
      .map(([name, value]) => `${name}="${value}"\n`)
      .join(''),
    { mode: 0o600 },
  );
  return path;
}
writeEnvironment(file, environment);

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The command as it is installed, with nothing in its environment but what is given. */
function keeper(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const program = fileURLToPath(new URL('./cli.ts', import.meta.url));
  return new Promise((resolve) => {
    execFile(
      program,
      args,
      { env: { PATH: process.env.PATH ?? '', NODE_COMPILE_CACHE: join(folder, 'cache'), ...env } },
      (error, out, err) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
      },
    );
  });
}
const configured = (...args: string[]) => keeper([...args, '--env', file]);

async function answer(...args: string[]) {
  const { code, out, err } = await configured(...args, '--json');
  expect([args.join(' '), code, err]).toEqual([args.join(' '), 0, '']);
  return JSON.parse(out) as unknown as ReturnType<typeof JSON.parse>;
}

/** One line on standard error, nothing on standard output. */
function expectRefusal(ended: Ended, code: number, said: RegExp): void {
  expect([ended.code, ended.out]).toEqual([code, '']);
  expect(ended.err).toMatch(/^keeper: [^\n]+\n$/);
  expect(ended.err).toMatch(said);
  expect(ended.err).not.toMatch(/node:|\bat \S+ \(/);
}

const shop = await server.shop({ name: 'Alder', plan: 'pro' });
await databases.till.admin.query(`update organizations set subscription_plan = 'basic' where id = $1`, [
  shop.organizationId,
]);
const raised = await raiseSignal(await server.context(), {
  source: 'a test',
  identity: 'subscription-sync-failure',
  summary: 'A plan is wrong',
  organizationIds: [shop.organizationId],
});
await addNote(await server.context({ kind: 'operator', id: 'x', name: 'Ana Ruiz' }), {
  incidentId: raised?.incidentId ?? '',
  text: 'Looking at it',
});

describe('keeper', () => {
  it('says what it can do', async () => {
    const help = await keeper(['--help']);
    expect([help.code, help.err]).toEqual([0, '']);
    for (const word of [
      'operator create EMAIL NAME',
      'incidents [STATE]',
      'reconcile [ORGANIZATION]',
      '--json',
      '--env FILE',
    ])
      expect(help.out).toContain(word);
  });

  it.each([
    [['no', 'such'], /there is no command "no such"/],
    [['incidents', '--colour'], /Unknown option '--colour'/],
    [['engine', '--env', 'no-such-file'], /no-such-file cannot be read/],
    [
      ['engine'],
      /^keeper: KEEPER_ENVIRONMENT is missing; KEEPER_PUBLIC_URL is missing;.*KEEPER_AUTH_SECRET is missing\n$/,
    ],
    [['operator', 'create', 'eve@example.com', 'Eve', '--env', file], /OPERATOR_PASSWORD is missing/],
  ])('%j is a wrong call: one line, and code 2', async (args, said) => {
    expectRefusal(await keeper(args), 2, said);
  });

  it.each([
    [['incident', '999999'], /there is no such incident/],
    [['organization', '0197f0c0-0000-7000-8000-000000000001'], /there is no such organization/],
    [['incidents', '--cursor', 'x'], /cursor/],
  ])('%j fails: one line, and code 1', async (args, said) => {
    expectRefusal(await configured(...args), 1, said);
  });

  it('says in one line that a database is away', async () => {
    const broken = { ...environment, KEEPER_DATABASE_URL: 'postgres://keeper_app:hunter2@127.0.0.1:9/keeper' };
    const ended = await keeper(['engine', '--env', writeEnvironment(join(folder, 'broken.env'), broken)]);
    expectRefusal(ended, 1, /a database cannot be reached/);
    expect(ended.err).not.toContain('hunter2');
  });

  it('takes its configuration from the environment too', async () => {
    const ended = await keeper(['engine', '--json'], environment);
    expect([ended.code, ended.err]).toEqual([0, '']);
    expect(JSON.parse(ended.out)).toMatchObject({ lastProvenAt: null, waiting: {} });
  });

  it('makes an operator who can sign in, gives it another password, and takes it away', async () => {
    const withPassword = (password: string, ...args: string[]) =>
      keeper([...args, '--json', '--env', file], { OPERATOR_PASSWORD: password });
    const signIn = async (password: string) =>
      (
        await server.call('/api/auth/sign-in/email', {
          token: null,
          body: { email: 'bo@example.com', password },
          headers: { origin: environment.KEEPER_PUBLIC_URL ?? '' },
        })
      ).status;
    const made = await withPassword('a first password', 'operator', 'create', 'bo@example.com', 'Bo Lind');
    expect([made.code, JSON.parse(made.out)]).toEqual([0, { operatorId: expect.any(String) }]);
    expect(await signIn('a first password')).toBe(200);
    expectRefusal(
      await withPassword('a first password', 'operator', 'create', 'bo@example.com', 'Bo Lind'),
      1,
      /has an account already/,
    );
    const changed = await withPassword('a second password', 'operator', 'password', 'bo@example.com');
    expect(JSON.parse(changed.out)).toMatchObject({ sessionsEnded: 1 });
    expect([await signIn('a first password'), await signIn('a second password')]).toEqual([401, 200]);
    expect((await configured('operator', 'remove', 'bo@example.com')).out).toMatch(/^operator \S+ removed\n$/);
    expect(await signIn('a second password')).toBe(401);
  });

  it('makes a token that opens the API, lists it, and ends it', async () => {
    const made = await answer('token', 'create', 'nightly');
    expect((await server.call('/api/v1/me', { token: made.token })).status).toBe(200);
    const { items } = await answer('token', 'list');
    expect(items[0]).toMatchObject({ id: made.tokenId, name: 'nightly', revokedAt: null });
    expect((await configured('token', 'list')).out).toMatch(/in force +used \d{4}-\d\d-\d\d \d\d:\d\d +nightly/);
    expect((await configured('token', 'revoke', made.tokenId)).out).toBe('token nightly revoked\n');
    expect((await server.call('/api/v1/me', { token: made.token })).status).toBe(401);
  });

  it('shows incidents and one of them with its chronology, as the API does', async () => {
    const { items, nextCursor } = await answer('incidents');
    const { body } = await server.call('/api/v1/incidents');
    expect({ items, nextCursor }).toEqual(body);
    const number = String(items[0].number);
    expect((await configured('incidents', 'all')).out).toBe(
      `#${number}  P2  triggered  ${items[0].openedAt.slice(0, 16).replace('T', ' ')}  A plan is wrong\n`,
    );
    expect(await answer('incident', number)).toMatchObject({ id: raised?.incidentId });
    const { out } = await configured('incident', `#${number}`);
    expect(out).toContain(shop.organizationId);
    expect(out).toMatch(/^ *detect +pending +Check trigger and drift: nothing yet$/m);
    expect(out).toMatch(/Ana Ruiz: Looking at it$/m);
  });

  it('shows organizations page by page, and one of them from each source', async () => {
    await server.shop({ name: 'Birch', plan: 'free' });
    const { out } = await configured('organizations', '--limit', '1');
    const [, cursor = ''] = /^\S+ +basic +active +full +Alder\nthere is more: --cursor (\S+)\n$/.exec(out) ?? [];
    const second = await answer('organizations', '--limit', '1', '--cursor', cursor);
    expect(second).toMatchObject({ items: [{ name: 'Birch' }], nextCursor: null });
    expect((await configured('organizations', 'nothing')).out).toBe('no such organization\n');

    const { body } = await server.call(`/api/v1/organizations/${shop.organizationId}`);
    expect(await answer('organization', shop.organizationId)).toMatchObject({
      id: shop.organizationId,
      lifecycle: body.lifecycle,
      usage: body.usage,
    });
    const shown = (await configured('organization', shop.organizationId)).out;
    expect(shown).toMatch(/^Alder, basic, active since /);
    expect(shown).toMatch(/^differs +Plan +Stripe pro +here basic$/m);
  });

  it('reconciles with Stripe', async () => {
    expect(await answer('reconcile', shop.organizationId)).toMatchObject({ compared: 1, drifted: [{ healed: true }] });
    expect((await configured('reconcile')).out).toBe('2 compared, 0 differed, 0 refetched\n');
  });

  it('tells whether Keeper works', async () => {
    expect((await configured('engine')).out).toMatch(/^detectors +silent +never$/m);
  });
});
