import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from '@tillkeeper/platform/log';
import type pg from 'pg';
import type { SandboxClock } from '../clock/sandboxClock.ts';
import type { Inbox } from '../mail/inbox.ts';
import { demonstrationShops } from '../seed/demonstrationShops.ts';
import { demonstrationPassword } from '../seed/passwords.ts';
import { addressOf } from '../seed/people.ts';
import { seedDemonstration } from '../seed/seedDemonstration.ts';
import { type Owners, startOwners } from '../shops/owners.ts';
import { type Shops, startShops } from '../shops/shops.ts';
import type { StripeStandIn } from '../stripe/startStripe.ts';
import type { Addresses } from './addresses.ts';

/** Everybody who is simulated: the shops' past, their cashiers, their owners. */
export interface People {
  /** Undefined where owners do not act. */
  readonly owners: Owners | undefined;
  /** Resolves when every demonstration shop is there, its past sales aside, or when none will come. */
  readonly present: Promise<void>;
  /** Resolves when the demonstration shops are complete, at once without them; rejects if they could not be made. */
  readonly seeded: Promise<void>;
  stop(): Promise<void>;
}

export interface PeopleOptions {
  readonly addresses: Addresses;
  readonly tillAdmin: pg.Pool;
  readonly stripe: StripeStandIn;
  readonly inbox: Inbox;
  readonly clock: SandboxClock;
  readonly log: Logger;
  readonly say: (line: string) => void;
  readonly demonstration: boolean;
  readonly selling: boolean;
  readonly acting: boolean;
}

/** So many of the shops have somebody at the register: enough to see life, little enough to leave the machine to its owner. */
const openRegisters = 10;

/** Makes the demonstration shops if they are not there yet, lets them sell, and has owners read their mail. Returns at once. */
export function startPeople(options: PeopleOptions): People {
  const { addresses, clock, log, demonstration, acting, selling } = options;
  const stopping = new AbortController();
  let shops: Shops | undefined;

  const owners = acting ? startOwners({ mailUrl: options.inbox.url, log, silent: silentOwners() }) : undefined;
  if (owners !== undefined) clock.attach({ name: 'owners', quiet: () => owners.quiet() });

  const made = Promise.withResolvers<void>();
  async function begin(): Promise<void> {
    if (!demonstration) return;
    await seed(options, stopping.signal, made.resolve);
    if (selling && !stopping.signal.aborted) {
      shops = startShops({ tillUrl: addresses.till.url, cashiers: cashiers(), now: () => clock.now(), log });
    }
  }
  const seeded = begin().finally(made.resolve);
  seeded.catch((error: unknown) => {
    if (stopping.signal.aborted) return;
    log.error({ err: error }, 'the demonstration shops could not be made');
    options.say(`the demonstration shops could not be made: ${error instanceof Error ? error.message : String(error)}`);
  });

  return {
    owners,
    present: made.promise,
    seeded,
    async stop() {
      stopping.abort();
      // A seed ends after the shop that it is at; what it began is one transaction, and the next start goes on from there.
      const given = seeded.catch(() => undefined);
      await Promise.all([owners?.stop(), shops?.stop(), Promise.race([given, wait(700, undefined, { ref: false })])]);
      await shops?.stop();
    },
  };
}

async function seed(options: PeopleOptions, signal: AbortSignal, onMade: () => void): Promise<void> {
  const { addresses, tillAdmin, stripe, clock, log, say } = options;
  const made = await seedDemonstration({
    tillAdmin,
    stripe,
    stripePublicUrl: addresses.stripe.url,
    keeper: { url: addresses.keeper.url, token: addresses.keeper.token },
    log,
    now: () => clock.now(),
    onMade,
    signal,
  });
  if (made.skipped || signal.aborted) return;
  const seconds = Math.round(made.milliseconds / 1_000);
  say(
    `${demonstrationShops.length} demonstration shops are there, with ${made.sales.toLocaleString('en')} sales of the last year (${seconds} s)`,
  );
}

function silentOwners(): string[] {
  return demonstrationShops.filter(({ silent }) => silent === true).map(({ owner, key }) => addressOf(owner, key));
}

function cashiers(): { email: string; password: string }[] {
  return demonstrationShops
    .filter(({ state }) => state === 'active' || state === 'trialing')
    .slice(0, openRegisters)
    .map(({ owner, key }) => ({ email: addressOf(owner, key), password: demonstrationPassword }));
}
