import type pg from 'pg';
import { stripeClientOf } from '../../apps/sandbox/seed/stripeClientOf.ts';
import type { KillWorld } from './killWorld.ts';

/** All that a failure and its repair leave behind, without ids, times and durations, in an order of its own. */
export interface EndState {
  readonly keeper: Readonly<Record<string, readonly string[]>>;
  readonly till: Readonly<Record<string, readonly string[]>>;
  readonly stripe: { readonly objects: readonly string[]; readonly writes: Readonly<Record<string, number>> };
  readonly mails: readonly MailsOfOne[];
}

/** The copies of one mail, by its Message-ID. */
export interface MailsOfOne {
  readonly subject: string;
  readonly copies: number;
  /** Copies that say that they may be a second one. */
  readonly marked: number;
}

// What detectors say of an incident under way is left out: it depends on the moment at which they look, not on who died.
const inKeeper = {
  incidents: `select number, playbook, detector, identity, scope, severity, state, title, impact, outcome, record is not null as recorded,
                     (select count(*) from incident_organizations o where o.incident_id = i.id) as organizations from incidents i`,
  runs: 'select playbook, version, state, round, holder from playbook_runs',
  steps: `select ordinal, name, phase, state, evidence ->> 'summary' as summary from run_steps`,
  effects: 'select step, effect_key, outcome from step_effects',
  proofs: 'select verdict, round from proofs',
  timeline: `select kind, text, actor ->> 'kind' as actor from timeline where kind <> 'signal'`,
  record: `select s ->> 'text' as text, jsonb_array_length(s -> 'events') as events
             from incidents, jsonb_array_elements(record -> 'sentences') as s
            where not exists (select from timeline t where t.kind = 'signal' and s -> 'events' ? t.id::text)`,
  notes: 'select kind, text from organization_notes',
  messages: 'select template, recipient, class, state, subject, attempts, second_copy from messages',
  links: 'select purpose, opened_at is not null as opened from payment_links',
  deliveries: 'select type, state, reason from stripe_deliveries',
  relayed: "select kind, payload -> 'before' as before, payload -> 'after' as after from effects",
  timers: 'select kind, done_at is not null as done from timers',
  waiting: 'select what, waiting from ops.unsettled where waiting > 0',
};

const inTill = {
  organizations: 'select subscription_plan, subscription_status, access from organizations',
  subscriptions: 'select plan, status, unit_amount_minor, latest_invoice_status from organization_subscriptions',
  events: 'select type from subscription_events',
  effects: `select kind, payload -> 'before' as before, payload -> 'after' as after, relayed_at is not null as relayed from ops.effects`,
  drift: 'select name, plan_here, status_here from ops.subscription_drift()',
  trigger: 'select present, enabled, definition_hash = known_hash as known from ops.sync_trigger_state()',
};

async function readAll(db: pg.Pool, queries: Record<string, string>, plain: (text: string) => string) {
  const all: Record<string, string[]> = {};
  for (const [name, text] of Object.entries(queries)) {
    const { rows } = await db.query(text);
    all[name] = rows.map((row) => plain(JSON.stringify(row))).toSorted();
  }
  return all;
}

async function readStripe(world: KillWorld, plain: (text: string) => string): Promise<EndState['stripe']> {
  // Counted before we ask: reading is none of Keeper's doing.
  const writes = Object.fromEntries(
    Object.entries(world.stripe.stats.requests)
      .filter(([pattern]) => !pattern.startsWith('GET '))
      .toSorted(),
  );
  const api = stripeClientOf(world.stripe);
  const objects: string[] = [];
  for (const { customerId: customer } of world.shops) {
    const [subscriptions, invoices, intents] = await Promise.all([
      api.subscriptions.list({ customer, status: 'all', expand: ['data.default_payment_method'] }),
      api.invoices.list({ customer, limit: 100 }),
      api.paymentIntents.list({ customer, limit: 100 }),
    ]);
    for (const { status, items, default_payment_method: method } of subscriptions.data) {
      const charged = typeof method === 'object' ? method?.card?.last4 : method;
      objects.push(`subscription ${status} ${items.data[0]?.price.unit_amount} card ${charged}`);
    }
    for (const { status, amount_paid, attempt_count } of invoices.data)
      objects.push(`invoice ${status} ${amount_paid} after ${attempt_count}`);
    for (const { status, amount } of intents.data) objects.push(`payment ${status} ${amount}`);
  }
  return { objects: objects.map(plain).toSorted(), writes };
}

function readMails(world: KillWorld): EndState['mails'] {
  const { items } = world.inbox.list({ limit: 200 });
  return [...world.inbox.stats.byMessageId]
    .map(([messageId, copies]) => {
      const same = items.filter((mail) => mail.messageId === messageId);
      const marked = same.filter(({ text }) => text.includes('You may have had this mail already')).length;
      return { subject: same[0]?.subject ?? '', copies, marked };
    })
    .toSorted((a, b) => a.subject.localeCompare(b.subject));
}

/** What differs from one run to the next and means nothing. */
function plainer(world: KillWorld): (text: string) => string {
  const names = world.shops.flatMap(({ name, owner }) => [name, owner.email]);
  return (text) =>
    names
      .reduce((plain, name) => plain.replaceAll(name, '<shop>'), text)
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<id>')
      .replace(/\b([a-z]{2,6})_[A-Za-z0-9]{10,}/g, '<$1>')
      .replace(/\b\d+ (ms|s|events|sentences)\b/g, '<n> $1')
      // Who finds the payment made knows that it was ours, not any more with which card.
      .replace(/\$[\d.]+ paid with [\w ,/]+\d{4}|The invoice was paid by us/g, '<paid by us>')
      .replace(/\b\d{1,2} [A-Z][a-z]+ \d{4}(, \d{2}:\d{2}( UTC)?)?/g, '<day>');
}

export async function readEndState(world: KillWorld): Promise<EndState> {
  const plain = plainer(world);
  return {
    stripe: await readStripe(world, plain),
    keeper: await readAll(world.databases.keeper.admin, inKeeper, plain),
    till: await readAll(world.databases.till.admin, inTill, plain),
    mails: readMails(world),
  };
}
