import type { KeeperContext } from '../context.ts';

export const storyKinds = ['billing', 'mail', 'incident', 'note'] as const;

export interface StoryEntry {
  readonly at: Temporal.Instant;
  readonly kind: (typeof storyKinds)[number];
  readonly text: string;
  readonly incidentId: string | null;
}

const entriesAtMost = 60;

/** Stripe's facts that a person wants to read in a shop's story; the many others are noise here and stay in the ledger. */
const billingWords: Readonly<Record<string, string>> = {
  'stripe.invoice.paid': 'An invoice was paid',
  'stripe.invoice.payment_failed': 'A payment failed',
  'stripe.payment_method.attached': 'A card was added',
  'stripe.customer.subscription.created': 'The subscription began',
  'stripe.customer.subscription.deleted': 'The subscription ended',
  'stripe.customer.subscription.trial_will_end': 'The trial ends soon',
};

/**
 * What happened to one organization, newest first: payments, mails, incidents and notes in one chronology. Each kind is cut off by itself
 * before they are sorted together, so that a shop with years behind it costs no more than a young one.
 */
export async function readStory(ctx: KeeperContext, organizationId: string): Promise<StoryEntry[]> {
  return ctx.keeper.query<StoryEntry>(
    `select at, kind, text, incident_id as "incidentId" from (
       (select recorded_at as at, 'billing' as kind,
               case when e.kind in ('subscription.changed', 'subscription.synced')
                 then format('%s %s to %s',
                             case e.kind when 'subscription.synced' then 'Keeper corrected' else 'Changed from' end,
                             concat_ws(' ', payload -> 'before' ->> 'plan', payload -> 'before' ->> 'status'),
                             concat_ws(' ', payload -> 'after' ->> 'plan', payload -> 'after' ->> 'status'))
                 else $2::jsonb ->> e.kind end as text,
               null::uuid as incident_id
          from effects e
         where organization_id = $1::uuid and (e.kind in ('subscription.changed', 'subscription.synced') or $2::jsonb ? e.kind)
         order by recorded_at desc limit $3::integer)
       union all
       (select coalesce(sent_at, due_at), 'mail', format('“%s” to %s: %s', coalesce(subject, template), recipient, state), incident_id
          from messages where organization_id = $1::uuid order by id desc limit $3::integer)
       union all
       (select i.opened_at, 'incident', format('#%s opened: %s', i.number, i.title), i.id
          from incident_organizations io join incidents i on i.id = io.incident_id
         where io.organization_id = $1::uuid order by io.incident_id desc limit $3::integer)
       union all
       (select at, 'note', text, incident_id from organization_notes where organization_id = $1::uuid order by id desc limit $3::integer)
     ) as story
     order by at desc limit $3::integer`,
    [organizationId, JSON.stringify(billingWords), entriesAtMost],
  );
}
