import { createSaboteurs } from '../../apps/sandbox/saboteurs/saboteurs.ts';
import { paymentLink, updateCard } from '../../apps/sandbox/shops/updateCard.ts';
import type { KillWorld } from './killWorld.ts';

/** A failure and the people it concerns. */
export interface Scenario {
  readonly playbook: 'payment-processing-failure' | 'subscription-sync-failure';
  readonly shops: number;
  /**
   * Fault points on the way, and how often an unbroken run passes each at least. How many deliveries or effects make a batch depends on the
   * machine, so there only the first ones are sure.
   */
  readonly points: Readonly<Record<string, number>>;
  inject(world: KillWorld): Promise<void>;
  /** What people do now, if anything. Asked again and again. */
  act(world: KillWorld): Promise<void>;
}

const card = { number: '4242 4242 4242 4242', month: 12, year: 2039, cvc: '123', name: 'Shop Owner' };

/** The owner changes the card as soon as the mail is known to have gone out: before that, a marked copy may still be on its way. */
async function followMail(world: KillWorld): Promise<void> {
  const { rows } = await world.databases.keeper.admin.query<{ recipient: string }>(
    `select m.recipient from messages m
      where m.template = 'payment-failed' and m.state = 'accepted'
        and not exists (select from payment_links l where l.organization_id = m.organization_id and l.opened_at is not null)`,
  );
  for (const { recipient } of rows) {
    const [mail] = world.inbox.list({ to: recipient, limit: 1 }).items;
    const link = mail === undefined ? undefined : paymentLink(mail.links);
    if (link === undefined) throw new Error(`no payment link in a mail to ${recipient}`);
    const update = await updateCard(link, { card, email: recipient, signal: AbortSignal.timeout(20_000) });
    if (update.outcome !== 'submitted') throw new Error(`the card was not taken: ${update.why}`);
  }
}

function saboteurs({ databases, stripe, log }: KillWorld) {
  return createSaboteurs({ tillAdmin: databases.till.admin, stripe, log });
}

export const scenarios: readonly Scenario[] = [
  {
    playbook: 'payment-processing-failure',
    shops: 1,
    points: {
      'billing.after-claim': 3,
      'billing.after-fetch': 2,
      'billing.after-apply': 2,
      'billing.after-settle': 2,
      'effects.after-copy': 2,
      'effects.after-subscribers': 2,
      'engine.after-signal': 1,
      'engine.after-claim': 2,
      'engine.after-step-start': 14,
      'engine.after-step-intent': 3,
      'engine.after-effect': 3,
      'engine.after-observed': 3,
      'engine.after-step-done': 13,
      'engine.after-wait': 1,
      'messages.before-send': 2,
      'messages.after-send': 2,
      'billing.after-align': 1,
      'billing.after-pay': 1,
      'engine.after-proof': 2,
      'engine.after-resolve': 1,
      'engine.after-record': 1,
    },
    inject: async (world) => void (await saboteurs(world).inject('payment-processing-failure')),
    act: followMail,
  },
  {
    playbook: 'subscription-sync-failure',
    // Six are hit and one is not.
    shops: 7,
    points: {
      'billing.after-claim': 1,
      'billing.after-fetch': 1,
      'billing.after-apply': 1,
      'billing.after-settle': 1,
      'effects.after-copy': 2,
      'effects.after-subscribers': 2,
      'engine.after-signal': 1,
      'engine.after-claim': 1,
      'engine.after-step-start': 13,
      'engine.after-step-intent': 2,
      'engine.after-effect': 2,
      'engine.after-observed': 2,
      'engine.after-step-done': 12,
      'engine.after-proof': 2,
      'engine.after-resolve': 1,
      'engine.after-record': 1,
    },
    inject: async (world) => void (await saboteurs(world).inject('subscription-sync-failure')),
    act: () => Promise.resolve(),
  },
];
