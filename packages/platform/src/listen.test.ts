import { testDatabases } from '@tillkeeper/sandbox/testing/database.ts';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Listener, listen } from './listen.ts';
import { createLogger } from './log.ts';

const { keeper } = await testDatabases();
const log = createLogger({ name: 'test', level: 'error', destination: { write: () => undefined } });
const eventually = { timeout: 20_000, interval: 5 };

const listeners: Listener[] = [];
const heard: string[] = [];
afterEach(async () => {
  await Promise.all(listeners.splice(0).map((each) => each.close()));
  heard.length = 0;
});

async function hear(
  channels: string[],
  onNotify = (channel: string, payload: string) => void heard.push(`${channel}:${payload}`),
) {
  const listener = await listen({ url: keeper.url('keeper_app'), channels, onNotify, log });
  listeners.push(listener);
  return listener;
}
const notify = (channel: string, payload: string) => keeper.admin.query('select pg_notify($1, $2)', [channel, payload]);
const cut = () =>
  keeper.admin.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'listen'`,
  );
async function connections(): Promise<number> {
  const { rows } = await keeper.admin.query(
    `select count(*)::int as open from pg_stat_activity where datname = current_database() and application_name = 'listen'`,
  );
  return rows[0].open;
}

describe('listen', () => {
  it('hears what is said on its channels, and only there', async () => {
    await hear(['keeper_work', 'Odd "name']);
    await notify('other', 'x');
    await notify('keeper_work', 'runs');
    await notify('Odd "name', '{"kind":"run"}');
    await vi.waitUntil(() => heard.length === 2, eventually);
    expect(heard).toEqual(['keeper_work:runs', 'Odd "name:{"kind":"run"}']);
  });

  it('comes back after the loss of its connection, again and again, and says that something may have been missed', async () => {
    await hear(['keeper_work', 'keeper_changes']);
    for (let round = 1; round <= 2; round += 1) {
      heard.length = 0;
      await cut();
      await vi.waitUntil(() => heard.length === 2, eventually);
      expect(heard).toEqual(['keeper_work:', 'keeper_changes:']);
      await notify('keeper_work', `after ${round}`);
      await vi.waitUntil(() => heard.includes(`keeper_work:after ${round}`), eventually);
    }
  });

  it('goes on when a notification was not handled', async () => {
    await hear(['keeper_work'], (_channel, payload) => {
      heard.push(payload);
      if (payload === 'bad') throw new Error('not handled');
    });
    await notify('keeper_work', 'bad');
    await notify('keeper_work', 'good');
    await vi.waitUntil(() => heard.includes('good'), eventually);
  });

  it('rejects at the start when it cannot connect', async () => {
    const wrong = new URL(keeper.url('keeper_app'));
    wrong.password = 'wrong';
    const starting = listen({ url: wrong.toString(), channels: ['keeper_work'], onNotify: () => undefined, log });
    await expect(starting).rejects.toThrow('password authentication failed');
  });

  it('is quiet once closed, also when it was closed while it had no connection', async () => {
    const first = await hear(['keeper_work']);
    await first.close();
    const second = await hear(['keeper_work']);
    await cut();
    await second.close();
    await notify('keeper_work', 'late');
    await vi.waitUntil(async () => (await connections()) === 0, eventually);
    expect(heard).toEqual([]);
  });
});
