import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from '@tillkeeper/platform/log';
import type { Mail, MailPage } from '../mail/mailStore.ts';
import { paymentLink, updateCard } from './updateCard.ts';

export interface Owners {
  /** From now on these addresses read their mail and do nothing; in any case. */
  silence(addresses: Iterable<string>): void;
  /** They act again, on what comes from now on. */
  wake(addresses: Iterable<string>): void;
  /** Nothing in the inbox waits for a simulated person. */
  quiet(): Promise<boolean>;
  stop(): Promise<void>;
}

// A card of Stripe's test mode that works.
const card = { number: '4242 4242 4242 4242', month: 12, year: 2039, cvc: '123', name: 'Shop Owner' };
/** Real milliseconds. */
const pollMs = 500;
const firstPauseMs = 1_000;
const longestPauseMs = 60_000;

/**
 * The simulated owners: read what comes to `domain` and act on it as a person would, each mail once. A mail that they have dealt with is
 * marked as read, so a restart does not make them act again; one that they could not follow, because a server was away, is tried again after a second, then less and less often.
 */
export function startOwners(options: {
  mailUrl: string;
  log: Logger;
  /** End of the simulated people's addresses; `.example` unless told. */
  domain?: string;
  silent?: Iterable<string>;
  /** Real milliseconds that a person takes to read a mail before acting on it; 1.5 s unless told. */
  readingMs?: number;
}): Owners {
  const { mailUrl, log, domain = '.example', readingMs = 1_500 } = options;
  const silent = new Set([...(options.silent ?? [])].map((address) => address.toLowerCase()));
  const stopping = new AbortController();
  const { signal } = stopping;
  /** When each unread mail is to be dealt with, on the process's own clock, and how long to wait if that fails. */
  const plans = new Map<string, { at: number; pauseMs: number }>();

  async function unread(): Promise<Mail[]> {
    const query = new URLSearchParams({ unread: 'true', domain, limit: '200' });
    const answer = await fetch(`${mailUrl}/mail?${query.toString()}`, { signal });
    if (!answer.ok) throw new Error(`the inbox answered ${answer.status}`);
    // Oldest first, as they lie in a mailbox that was left for a while.
    return ((await answer.json()) as MailPage).items.reverse();
  }

  async function deal(mail: Mail): Promise<void> {
    const link = paymentLink(mail.links);
    const still = silent.has(mail.to.toLowerCase());
    if (mail.direction === 'outbound' && link !== undefined && !still) {
      const update = await updateCard(link, { card, email: mail.to, signal });
      const why = 'why' in update ? update.why : undefined;
      log.info({ to: mail.to, subject: mail.subject, outcome: update.outcome, why }, 'an owner followed a mail');
    }
    const marked = await fetch(`${mailUrl}/mail/${mail.id}/read`, { method: 'POST', signal });
    if (!marked.ok) throw new Error(`the inbox answered ${marked.status}`);
    plans.delete(mail.id);
  }

  async function pass(): Promise<void> {
    for (const mail of await unread()) {
      const plan = plans.get(mail.id) ?? { at: performance.now() + readingMs, pauseMs: firstPauseMs };
      plans.set(mail.id, plan);
      if (performance.now() < plan.at) continue;
      try {
        await deal(mail);
      } catch (error) {
        if (signal.aborted) return;
        plans.set(mail.id, {
          at: performance.now() + plan.pauseMs,
          pauseMs: Math.min(longestPauseMs, plan.pauseMs * 2),
        });
        log.debug({ err: error, to: mail.to, subject: mail.subject }, 'an owner tries later');
      }
    }
  }

  async function live(): Promise<void> {
    while (!signal.aborted) {
      try {
        await pass();
      } catch (error) {
        if (!signal.aborted) log.debug({ err: error }, 'the inbox cannot be read');
      }
      await wait(pollMs, undefined, { signal }).catch(() => undefined);
    }
  }
  const living = live();

  return {
    silence(addresses) {
      for (const address of addresses) silent.add(address.toLowerCase());
    },
    wake(addresses) {
      for (const address of addresses) silent.delete(address.toLowerCase());
    },
    async quiet() {
      return (await unread()).length === 0;
    },
    async stop() {
      stopping.abort();
      await living;
    },
  };
}
