import { AppError } from '@tillkeeper/platform/errors';
import { planPrice } from '../seed/planPrices.ts';
import { inTransaction } from '../seed/transaction.ts';
import { pickVictims, saboteurClient, type Victim } from './victims.ts';
import type { Saboteur, World } from './world.ts';

/**
 * The trigger that keeps organizations in step with their subscriptions is disabled, plans and statuses of some organizations are overwritten,
 * and one shop changes its plan at Stripe, of which its organization then hears nothing.
 */
export const subscriptionSyncFailure: Saboteur = {
  name: 'subscription-sync-failure',
  forms: ['trigger'],
  async inject(world, options) {
    const victims = await pickVictims(world, options, { count: 6, needed: 4 });
    const [changing, ...overwritten] = victims;
    if (changing === undefined) throw new AppError('internal', 'no organization to sabotage');
    await inTransaction(world.tillAdmin, async (client) => {
      await client.query(`set local lock_timeout = '5s'`);
      await client.query('set local role till_owner');
      await client.query('alter table public.organization_subscriptions disable trigger sync_subscription');
      await client.query('reset role');
      await client.query(
        `update public.organizations o
            set subscription_plan = case when v.place % 2 = 0 then 'free' else o.subscription_plan end,
                subscription_status = case when v.place % 2 = 0 then 'active' else 'canceled' end
           from unnest($1::uuid[]) with ordinality as v(id, place)
          where o.id = v.id`,
        [overwritten.map((victim) => victim.organizationId)],
      );
    });
    const plan = await changePlan(world, changing);
    const names = overwritten.map((victim) => victim.name);
    const others = names.length === 0 ? '' : `; plan or status was overwritten for ${names.join(', ')}`;
    return {
      what: `The sync trigger is disabled: ${changing.name} changed to ${plan} and does not hear of it${others}`,
      organizationIds: victims.map((victim) => victim.organizationId),
    };
  },
};

/** Another plan at Stripe and, as its webhook brings it, in the row that the trigger watches. */
async function changePlan(world: World, victim: Victim): Promise<string> {
  const stripe = saboteurClient(world);
  const plan = victim.plan === 'pro' ? 'basic' : 'pro';
  const price = await planPrice(world.tillAdmin, stripe, plan);
  const before = await stripe.subscriptions.retrieve(victim.subscriptionId);
  const after = await stripe.subscriptions.update(victim.subscriptionId, {
    items: [{ id: before.items.data[0]?.id ?? '', price }],
    proration_behavior: 'none',
  });
  await world.tillAdmin.query(
    `update public.organization_subscriptions
        set plan = $3::text, stripe_price_id = $4::text, unit_amount_minor = $5::bigint
      where organization_id = $1::uuid and stripe_subscription_id = $2::text`,
    [victim.organizationId, victim.subscriptionId, plan, price, after.items.data[0]?.price.unit_amount ?? null],
  );
  return plan;
}
