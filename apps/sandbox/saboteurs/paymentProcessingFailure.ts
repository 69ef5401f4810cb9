import { AppError } from '@tillkeeper/platform/errors';
import type { Clear } from '../stripe/chaos.ts';
import { pickVictims, saboteurClient, type Victim } from './victims.ts';
import type { Disturbance, SabotageOptions, Saboteur, World } from './world.ts';

/** How many organizations a fault of the whole is shown on. */
const traffic = { count: 8, needed: 3 };
/** Later than this a webhook counts as late. */
const latestSeconds = 45;

/**
 * A payment fails: of one customer, whose card is refused from now on (`card`), or of many, because Stripe's API fails (`stripe-500`), its
 * webhooks are not signed (`unsigned`) or come late (`late`). The latter end by themselves.
 */
export const paymentProcessingFailure: Saboteur = {
  name: 'payment-processing-failure',
  forms: ['card', 'stripe-500', 'unsigned', 'late'],
  async inject(world, options) {
    if (options.form === 'card') return failCard(world, options);
    const { seconds = 60 } = options;
    const victims = await pickVictims(world, options, traffic);
    const organizationIds = victims.map((victim) => victim.organizationId);
    const forSeconds = `for ${seconds} s`;
    const { chaos } = world.stripe;
    const clears: Clear[] = [];
    const heal = (): void => {
      for (const clear of clears) clear();
    };
    try {
      if (options.form === 'stripe-500') {
        // Reads first: what makes the traffic is writes, and Keeper has to be told of something that it then cannot read.
        clears.push(chaos.apiFault({ status: 500, match: ({ method }) => method === 'GET' }));
        await makeTraffic(world, victims);
        clears.push(chaos.apiFault({ status: 500 }));
        return { what: `Stripe answers every call with 500 ${forSeconds}`, organizationIds, seconds, heal };
      }
      if (options.form === 'unsigned') {
        clears.push(chaos.webhooks.unsigned());
        await makeTraffic(world, victims);
        return { what: `Stripe's webhooks come without a signature ${forSeconds}`, organizationIds, seconds, heal };
      }
      clears.push(chaos.webhooks.delay({ businessSeconds: latestSeconds }));
      await makeTraffic(world, victims);
      return { what: `Stripe's webhooks come ${latestSeconds} s late ${forSeconds}`, organizationIds, seconds, heal };
    } catch (error) {
      heal();
      throw error;
    }
  },
};

/** Something happens to each subscription, so that a webhook goes out and Keeper looks at it. */
async function makeTraffic(world: World, victims: readonly Victim[]): Promise<void> {
  const stripe = saboteurClient(world);
  const seen = Temporal.Now.instant().toString();
  for (const { subscriptionId } of victims) await stripe.subscriptions.update(subscriptionId, { metadata: { seen } });
}

async function failCard(world: World, options: SabotageOptions): Promise<Disturbance> {
  const [victim] = await pickVictims(world, options, { count: 1, needed: 1 });
  if (victim === undefined) throw new AppError('internal', 'no organization to sabotage');
  const stripe = saboteurClient(world);
  const card = await stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer: victim.customerId });
  // Also as the customer's own choice: a card that works and is as young, in whole seconds, would be taken for the later choice and charged.
  await stripe.customers.update(victim.customerId, { invoice_settings: { default_payment_method: card.id } });
  await stripe.subscriptions.update(victim.subscriptionId, { default_payment_method: card.id });
  // The next payment is due now, not in up to a month.
  const renewed = await stripe.subscriptions.update(victim.subscriptionId, {
    billing_cycle_anchor: { type: 'now' },
    proration_behavior: 'none',
  });
  if (renewed.status !== 'past_due') {
    throw new AppError('internal', `the payment of ${victim.name} did not fail: ${renewed.status}`, {
      organizationId: victim.organizationId,
    });
  }
  return {
    what: `The card of ${victim.name} (ending in ${card.card?.last4}) is refused and its payment has failed`,
    organizationIds: [victim.organizationId],
  };
}
