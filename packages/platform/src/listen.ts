import pg from 'pg';
import type { Logger } from './log.ts';
import { Secret } from './secret.ts';

export interface ListenOptions {
  readonly url: Secret | string;
  readonly channels: readonly string[];
  /** Each channel also gets a payload of '' after a reconnect: anything may have been missed. */
  readonly onNotify: (channel: string, payload: string) => void;
  readonly log: Logger;
}

export interface Listener {
  close(): Promise<void>;
}

const firstRetryMs = 100;
const longestRetryMs = 5_000;
/** A cable that was pulled sends no goodbye: ask now and then, and take no answer for a lost connection. */
const checkEveryMs = 10_000;
const checkTimeoutMs = 5_000;

/**
 * LISTEN on a connection of its own. Rejects if the first attempt fails, since then the address or the role is wrong; later losses are
 * repaired behind the scenes, and each channel is then notified once with an empty payload so that nothing is missed.
 */
export async function listen(options: ListenOptions): Promise<Listener> {
  const { channels, log } = options;
  let closed = false;
  let current: pg.Client | undefined;
  let retry: NodeJS.Timeout | undefined;
  let failures = 0;

  function notify(channel: string, payload: string): void {
    if (closed) return;
    try {
      options.onNotify(channel, payload);
    } catch (error) {
      log.error({ err: error, channel }, 'a notification was not handled');
    }
  }

  async function connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: options.url instanceof Secret ? options.url.reveal() : options.url,
      application_name: 'listen',
      keepAlive: true,
      connectionTimeoutMillis: checkTimeoutMs,
    });
    let check: NodeJS.Timeout | undefined;
    let lost = false;
    const lose = (error?: Error): void => {
      if (lost) return;
      lost = true;
      clearInterval(check);
      client.end().catch(() => undefined);
      if (current !== client) return;
      current = undefined;
      if (!closed) again(error);
    };
    client.on('error', lose);
    client.on('end', () => lose());
    client.on('notification', (message) => notify(message.channel, message.payload ?? ''));
    try {
      await client.connect();
      for (const channel of channels) await client.query(`listen ${client.escapeIdentifier(channel)}`);
    } catch (error) {
      lose();
      throw error;
    }
    if (closed || lost) {
      lose();
      if (!closed) throw new Error('the connection was lost while it was being made');
      return;
    }
    current = client;
    failures = 0;
    check = setInterval(() => {
      const silent = setTimeout(() => lose(new Error('no answer')), checkTimeoutMs);
      client.query('select 1').then(
        () => clearTimeout(silent),
        (error: Error) => {
          clearTimeout(silent);
          lose(error);
        },
      );
    }, checkEveryMs);
    check.unref();
  }

  function again(error: Error | undefined): void {
    if (failures === 0) log.warn({ err: error, channels }, 'listening connection lost');
    const delay = Math.min(firstRetryMs * 2 ** failures, longestRetryMs);
    failures += 1;
    retry = setTimeout(() => {
      connect().then(
        () => {
          if (closed) return;
          log.info({ channels }, 'listening again');
          for (const channel of channels) notify(channel, '');
        },
        (reason: Error) => {
          if (!closed) again(reason);
        },
      );
    }, delay);
  }

  await connect();
  return {
    async close() {
      closed = true;
      clearTimeout(retry);
      const client = current;
      current = undefined;
      await client?.end().catch(() => undefined);
    },
  };
}
