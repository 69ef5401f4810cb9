import { setTimeout as sleep } from 'node:timers/promises';
import type { ChaosRules, WebhookTampering } from '../chaos.ts';
import type { Log } from '../log.ts';
import type { Settings } from '../settings.ts';
import { renderEvent } from '../store/eventLog.ts';
import type { Store } from '../store/store.ts';
import { nextAttemptMs } from './backoff.ts';
import { createPoster } from './post.ts';
import { recordDelivered } from './recordDelivered.ts';
import { signatureHeader } from './signature.ts';

export interface DeliveryStats {
  attempts: number;
  delivered: number;
  failed: number;
}

export interface Deliverer {
  /** Starts what is due, as far as the concurrency limit lets it. */
  pump(untilMs: number): void;
  /** Waits until nothing due by then is left unattempted, and nothing is under way. */
  settle(untilMs: number): Promise<void>;
  /** When the next attempt is due; what is under way does not count. */
  nextMs(): number | undefined;
  inFlight(): number;
  /** Held back, it starts nothing by itself: only `settle` sends. */
  hold(held: boolean): void;
  replay(event: string, tampering?: WebhookTampering): Promise<number[]>;
  close(): Promise<void>;
}

export interface DelivererOptions {
  store: Store;
  settings: Settings;
  chaos: ChaosRules;
  stats: DeliveryStats;
  log: Log;
  concurrency: number;
  timeoutMs: number;
}

interface Delivery {
  seq: number;
  event: string;
  endpoint: string;
  attempts: number;
  first_at: number;
  next_at: number;
}

export function createDeliverer(options: DelivererOptions): Deliverer {
  const { store, settings, chaos, stats, log } = options;
  const poster = createPoster(options.timeoutMs);
  const flying = new Map<number, Promise<void>>();
  const putOff = new Set<number>();
  let closed = false;
  let held = false;
  let settling = 0;

  function flyingList(): string {
    return JSON.stringify([...flying.keys()]);
  }

  function take(untilMs: number): Delivery | undefined {
    const order = chaos.newestFirst ? 'seq desc' : 'next_at, seq';
    const row = store.one(
      `select seq, event, endpoint, attempts, first_at, next_at from deliveries
       where state = 'pending' and next_at <= ? and seq not in (select value from json_each(?)) order by ${order} limit 1`,
      untilMs,
      flyingList(),
    );
    return row as unknown as Delivery | undefined;
  }

  function combined(tamperings: WebhookTampering[]): WebhookTampering {
    return Object.assign({}, ...tamperings);
  }

  /** One HTTP attempt; the status answered, 0 for none. */
  async function attempt(
    eventId: string,
    endpointId: string,
    tampering: WebhookTampering,
  ): Promise<{ status: number; error: string | null }> {
    const row = store.one('select * from events where id = ?', eventId);
    const endpoint = store.get('webhook_endpoint', endpointId);
    if (row === undefined || endpoint === undefined) return { status: 0, error: 'endpoint deleted' };
    const event = renderEvent(store, row, {
      apiVersion: tampering.apiVersion ?? endpoint.api_version ?? settings.apiVersion,
      livemode: tampering.livemode ?? false,
    });
    const body = JSON.stringify(event, null, 2);
    const secret = tampering.secret ?? store.internal('webhook_endpoint', endpointId).secret;
    const signature = signatureHeader(body, secret, tampering.timestampShiftSeconds ?? 0);
    const headers = {
      'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
      ...(tampering.unsigned ? {} : { 'stripe-signature': signature }),
    };
    stats.attempts += 1;
    try {
      return { status: await poster.post(endpoint.url, body, headers), error: null };
    } catch (error) {
      return { status: 0, error: error instanceof Error ? error.message : String(error) };
    }
  }

  function fail(delivery: Delivery, error: string): void {
    const attempts = delivery.attempts + 1;
    const next = nextAttemptMs(attempts, delivery.first_at, delivery.next_at);
    const state = next === undefined ? 'failed' : 'pending';
    if (state === 'failed') stats.failed += 1;
    store.run(
      `update deliveries set attempts = ?, state = ?, next_at = ?, last_error = ? where seq = ? and state = 'pending'`,
      attempts,
      state,
      next ?? delivery.next_at,
      error,
      delivery.seq,
    );
  }

  async function deliver(delivery: Delivery): Promise<void> {
    const type = String(store.one('select type from events where id = ?', delivery.event)?.type);
    const tampering = combined(chaos.webhooks.strike({ id: delivery.event, type }));
    if (tampering.drop === true) {
      stats.failed += 1;
      store.run(`update deliveries set state = 'failed', last_error = 'dropped' where seq = ?`, delivery.seq);
      return;
    }
    if (tampering.delaySeconds !== undefined && !putOff.has(delivery.seq)) {
      putOff.add(delivery.seq);
      store.run(
        'update deliveries set next_at = next_at + ? where seq = ?',
        tampering.delaySeconds * 1000,
        delivery.seq,
      );
      return;
    }
    if (tampering.delayMs !== undefined) await sleep(tampering.delayMs);
    const { status, error } = await attempt(delivery.event, delivery.endpoint, tampering);
    for (let copy = 0; copy < (tampering.copies ?? 0) && !closed; copy += 1)
      await attempt(delivery.event, delivery.endpoint, tampering);
    if (closed) return;
    if (status >= 200 && status < 300) {
      stats.delivered += 1;
      store.transaction(() => recordDelivered(store, delivery.seq, delivery.event, delivery.next_at));
    } else {
      log.debug({ event: delivery.event, type, status, error }, 'sandbox stripe: webhook not accepted');
      fail(delivery, error ?? `HTTP ${status}`);
    }
  }

  function pump(untilMs: number): void {
    const limit = chaos.newestFirst ? 1 : options.concurrency;
    while (!closed && flying.size < limit) {
      const delivery = take(untilMs);
      if (delivery === undefined) return;
      const flight = deliver(delivery)
        .catch((error: unknown) => log.error({ err: error }, 'sandbox stripe: a delivery failed'))
        .finally(() => {
          flying.delete(delivery.seq);
          if (!held || settling > 0) pump(untilMs);
        });
      flying.set(delivery.seq, flight);
    }
  }

  return {
    pump,
    async settle(untilMs) {
      settling += 1;
      try {
        for (pump(untilMs); flying.size > 0 && !closed; pump(untilMs)) await Promise.race(flying.values());
      } finally {
        settling -= 1;
      }
    },
    nextMs() {
      const row = store.one(
        `select min(next_at) as at from deliveries where state = 'pending' and seq not in (select value from json_each(?))`,
        flyingList(),
      );
      return typeof row?.at === 'number' ? row.at : undefined;
    },
    inFlight: () => flying.size,
    hold(now) {
      held = now;
    },
    async replay(event, tampering = {}) {
      const rows = store.all('select distinct endpoint from deliveries where event = ?', event);
      const answers = rows.map((row) => attempt(event, String(row.endpoint), tampering));
      return (await Promise.all(answers)).map((answer) => answer.status);
    },
    async close() {
      closed = true;
      poster.close();
      await Promise.all(flying.values());
    },
  };
}
