import { testDatabases } from '@tillkeeper/sandbox/testing/database';
import { afterAll, describe, expect, it } from 'vitest';
import { addNote } from '../incidents/addNote.ts';
import { createApiToken } from '../operators/createApiToken.ts';
import { revokeApiToken } from '../operators/revokeApiToken.ts';
import { openEvents, openWithoutReading, publicUrl, startTestServer } from '../testServer.ts';

const databases = await testDatabases();
const server = await startTestServer(databases);
let closed = false;
afterAll(async () => {
  if (!closed) await server.close();
});
const keeper = databases.keeper.admin;
const path = `${server.url}/api/v1/stream`;
const authorization = { authorization: `Bearer ${server.token}` };

const signal = await server.call('/api/v1/signals', {
  body: { source: 'test', identity: 'subscription-sync-failure', summary: 'Said by a test' },
});
const incidentId = String(signal.body.incidentId);
const change = (id: string) =>
  keeper.query(`select pg_notify('keeper_changes', $1)`, [JSON.stringify({ kind: 'run', id })]);

const freshness = { lastProvenAt: null, lastProvenAgeMs: null, businessNow: expect.stringMatching(/^20.*Z$/) };

type Events = Awaited<ReturnType<typeof openEvents>>;

/** Reads until an event is as wanted, and fails at the end of the stream. */
async function until(events: Events, wanted: (event: { event: string; data: Record<string, unknown> }) => boolean) {
  for (let event = await events.next(); event !== undefined; event = await events.next())
    if (wanted(event)) return event;
  throw new Error('the stream ended before that');
}

describe('the stream', () => {
  it('is for who is signed in', async () => {
    const answer = await server.call('/api/v1/stream', { token: null });
    expect([answer.status, answer.body.code]).toEqual([401, 'unauthenticated']);
  });

  it('says hello with the engine’s freshness, then what changes', async () => {
    const events = await openEvents(path, authorization);
    expect(events.response.headers.get('content-type')).toBe('text/event-stream');
    expect(events.response.headers.get('cache-control')).toBe('no-store');
    expect(events.response.headers.get('x-request-id')).toBeTruthy();
    expect(await events.next()).toEqual({ event: 'hello', data: freshness });
    await addNote(await server.context(), { incidentId, text: 'Looked at it' });
    expect(await events.next()).toEqual({ event: 'change', data: { kind: 'incident', id: incidentId } });
    events.close();
  });

  it('beats, and ends with the next beat for who is not welcome any more', async () => {
    const { token, tokenId } = await createApiToken(await server.context(), { name: 'short-lived' });
    const cookie = await server.signIn();
    const [kept, revoked, signedOut] = await Promise.all([
      openEvents(path, authorization),
      openEvents(path, { authorization: `Bearer ${token}` }),
      openEvents(path, { cookie }),
    ]);
    for (const events of [kept, revoked, signedOut]) expect((await events.next())?.event).toBe('hello');
    await revokeApiToken(await server.context(), { tokenId });
    await server.call('/api/auth/sign-out', { cookie, body: {}, headers: { origin: publicUrl } });

    expect(await until(kept, ({ event }) => event === 'beat')).toEqual({ event: 'beat', data: freshness });
    expect(await Promise.all([revoked.next(), signedOut.next()])).toEqual([undefined, undefined]);
    kept.close();
  });

  it('tells every reader, each change once however often it is written', async () => {
    const readers = await Promise.all([1, 2, 3].map(() => openEvents(path, authorization)));
    for (const reader of readers) expect((await reader.next())?.event).toBe('hello');
    const client = await keeper.connect();
    await client.query('begin');
    for (let each = 0; each < 50; each += 1)
      await client.query(`update incidents set summary = $1 where id = $2`, [`${each}`, incidentId]);
    await client.query('commit');
    client.release();
    await change('last');
    for (const reader of readers) {
      const changes: unknown[] = [];
      await until(reader, ({ event, data }) => {
        if (event === 'change') changes.push(data.id);
        return data.id === 'last';
      });
      expect(changes.filter((id) => id === incidentId).length).toBeLessThanOrEqual(2);
      expect(changes).toContain(incidentId);
      reader.close();
    }
  });

  it('says one thing instead of thousands', async () => {
    const events = await openEvents(path, authorization);
    await events.next();
    await keeper.query(
      `select pg_notify('keeper_changes', json_build_object('kind', 'organization', 'id', n)::text) from generate_series(1, 3000) n`,
    );
    await change('afterwards');
    const heard: unknown[] = [];
    await until(events, ({ event, data }) => {
      if (event === 'change') heard.push(data);
      return data.kind === 'everything';
    });
    expect(heard.length).toBeLessThanOrEqual(1_002);
    events.close();
  });

  it('lets go of a reader that does not read, and keeps the others', async () => {
    const asleep = openWithoutReading(path, authorization);
    const awake = await openEvents(path, authorization);
    await awake.next();
    const cut = () => server.logged.some((line) => line.includes('a stream that nobody reads was cut'));
    // Far more than the buffers of a connection hold, in portions that whoever reads has no trouble with.
    let portion = 0;
    while (!cut()) {
      portion += 1;
      await keeper.query(
        `select pg_notify('keeper_changes', json_build_object('kind', 'run', 'id', format('%s/%s', $1::integer, n), 'x', repeat('x', 400))::text)
           from generate_series(1, 400) n`,
        [portion],
      );
      await until(awake, ({ data }) => data.id === `${portion}/400`);
    }
    await asleep.wake();
    await change('the last');
    expect((await until(awake, ({ data }) => data.id === 'the last')).event).toBe('change');
    awake.close();
  });

  it('ends in order when the server closes', async () => {
    const events = await openEvents(path, authorization);
    expect((await events.next())?.event).toBe('hello');
    const ended = events.next();
    closed = true;
    await server.close();
    expect(await ended).toBeUndefined();
  });
});
