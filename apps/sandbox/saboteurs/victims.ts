import { randomInt } from 'node:crypto';
import { AppError } from '@tillkeeper/platform/errors';
import type pg from 'pg';
import type { Stripe } from 'stripe';
import { createShop } from '../seed/createShop.ts';
import { stripeClientOf } from '../seed/stripeClientOf.ts';
import type { SabotageOptions, World } from './world.ts';

export interface Victim {
  readonly organizationId: string;
  readonly name: string;
  readonly plan: string;
  readonly status: string;
  readonly customerId: string;
  readonly subscriptionId: string;
  readonly owners: readonly string[];
}

// Whom a fault would show on: pays, has access and somebody to write to.
const payers = `
  select o.id as "organizationId", o.name, o.subscription_plan as plan, o.subscription_status as status,
         c.stripe_customer_id as "customerId", e.stripe_subscription_id as "subscriptionId",
         array(select m.email from public.organization_members m
                where m.organization_id = o.id and m.role = 'owner' and m.joined_at is not null and m.revoked_at is null) as owners
    from public.organizations o
    join public.stripe_customers c on c.organization_id = o.id
    join billing.effective_subscriptions e on e.organization_id = o.id
   where o.subscription_status = 'active' and e.status = 'active' and o.subscription_plan <> 'free' and o.access = 'full'
     and exists (select from public.organization_members m where m.organization_id = o.id and m.role = 'owner' and m.joined_at is not null
                    and m.revoked_at is null)`;

async function readPayers(till: pg.Pool, organizationId: string | undefined): Promise<Victim[]> {
  const only = organizationId === undefined ? '' : ' and o.id = $1::uuid';
  const { rows } = await till.query<Victim>(
    `${payers}${only} order by o.id`,
    organizationId === undefined ? [] : [organizationId],
  );
  return rows;
}

function shuffled<T>(items: readonly T[]): T[] {
  const rest = [...items];
  return Array.from({ length: rest.length }, () => rest.splice(randomInt(rest.length), 1)).flat();
}

/** The client through which a saboteur disturbs Stripe: it never repeats a call, since a fault may be its own doing. */
export function saboteurClient(world: World): Stripe {
  return stripeClientOf(world.stripe, { maxNetworkRetries: 0 });
}

/**
 * At least one and at most `count` organizations that pay, in random order: the one that is asked for, or those that there are. A sandbox
 * without any gets as many as are `needed` made, the way the seed makes them. Throws `not_found` if the one asked for does not pay.
 */
export async function pickVictims(
  world: World,
  options: SabotageOptions,
  counts: { readonly count: number; readonly needed: number },
): Promise<Victim[]> {
  const { organizationId } = options;
  const found = await readPayers(world.tillAdmin, organizationId);
  if (organizationId !== undefined && found.length === 0) {
    throw new AppError('not_found', 'no active, paying organization with an owner has this id', { organizationId });
  }
  while (organizationId === undefined && found.length < counts.needed) {
    const made = await createShop({ till: world.tillAdmin, stripe: stripeClientOf(world.stripe) });
    found.push(...(await readPayers(world.tillAdmin, made.organizationId)));
  }
  const victims = shuffled(found).slice(0, counts.count);
  if (options.owner === 'silent') world.owners?.silence(victims.flatMap((victim) => victim.owners));
  return victims;
}
