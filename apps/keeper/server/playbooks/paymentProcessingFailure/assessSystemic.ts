import type { KeeperContext } from '../../context.ts';
import { readIntake } from '../../detection/readIntake.ts';
import {
  affectedBy,
  type Cause,
  causesOf,
  figuresOf,
  type Look,
  lookAtStripe,
  tellCauses,
} from '../../detection/stripeWebhooks.ts';
import { thresholds } from '../../detection/thresholds.ts';
import type { IncidentFacts, Step } from '../playbook.ts';

/** One more look at what the detector saw; what it had seen before counts, so that a single bad probe is enough here. */
export function lookNow(ctx: KeeperContext, sinceMachine: Temporal.Instant): Promise<Look> {
  return lookAtStripe(ctx, sinceMachine, { unreachable: thresholds.unreachableLooks - 1, undelivered: 1 });
}

function sinceBefore(incident: IncidentFacts): Temporal.Instant {
  return incident.openedMachine.subtract({ seconds: thresholds.windowSeconds });
}

/** Whether a delivery has come verified and in time since the opening, and after everything that was refused or late. */
export async function deliveriesCome(ctx: KeeperContext, incident: IncidentFacts): Promise<boolean> {
  const { lastGood, lastBad } = await readIntake(ctx, sinceBefore(incident));
  if (lastGood === null || Temporal.Instant.compare(lastGood, incident.openedMachine) <= 0) return false;
  return lastBad === null || Temporal.Instant.compare(lastGood, lastBad) > 0;
}

export const readHealth: Step = {
  name: 'read-health',
  title: 'Read the health of Stripe and of its deliveries',
  phase: 'detect',
  kind: 'automatic',
  async execute({ ctx, incident }) {
    const look = await lookNow(ctx, sinceBefore(incident));
    const causes = causesOf(look);
    return {
      kind: 'done',
      evidence: {
        summary: causes.length === 0 ? 'Nothing is wrong at this moment' : tellCauses(look, causes).join('; '),
        causes,
        ...figuresOf(look),
      },
    };
  },
};

const words: Readonly<Record<Cause, string>> = {
  api_failing: "Stripe's API fails: an outage there, or our key is refused",
  refused: 'Deliveries come unsigned or wrongly signed: the signing secret differs, or somebody forges them',
  late: 'Deliveries come late: Stripe is slow, or could not reach us before',
  undelivered: 'Stripe makes events and does not deliver them: the endpoint is unreachable or disabled',
  waiting: 'Deliveries come and are not worked off: our workers or our database are behind',
  dead: 'Deliveries were given up after every attempt',
};

export const findCause: Step = {
  name: 'find-cause',
  title: 'Find the cause',
  phase: 'assess',
  kind: 'automatic',
  async execute({ ctx, incident, evidenceOf }) {
    const signals = await ctx.keeper.query<{ causes: Cause[] | null }>(
      `select facts -> 'causes' as causes from signals where incident_id = $1::uuid order by id`,
      [incident.id],
    );
    const now = evidenceOf('read-health')?.causes;
    const all = [...signals.flatMap(({ causes }) => causes ?? []), ...(Array.isArray(now) ? (now as Cause[]) : [])];
    const causes = [...new Set(all)].filter((cause) => Object.hasOwn(words, cause));
    const refusals = await ctx.keeper.query<{ code: string; count: number }>(
      `select code, sum(copies)::integer as count from stripe_rejections where received_machine > $1::timestamptz group by code order by 2 desc`,
      [sinceBefore(incident).toString()],
    );
    const summary =
      causes.length === 0
        ? 'Reported, and nothing of it to be seen from here'
        : causes.map((cause) => words[cause]).join('; ');
    return { kind: 'done', evidence: { summary, causes, refusals } };
  },
};

export const nameOrganizations: Step = {
  name: 'name-organizations',
  title: 'Name the affected organizations',
  phase: 'assess',
  kind: 'automatic',
  async execute({ ctx, incident }) {
    const look = await lookNow(ctx, sinceBefore(incident));
    const seen = affectedBy(look, causesOf(look));
    const organizations = await ctx.till.query<{ id: string; name: string; plan: string; status: string }>(
      `select id, name, subscription_plan as plan, subscription_status as status from organizations where id = any ($1::uuid[]) order by name`,
      [[...new Set([...incident.organizationIds, ...seen])]],
    );
    const names = organizations.slice(0, 3).map(({ name }) => name);
    const rest = organizations.length - names.length;
    const list =
      organizations.length === 0 ? 'none known' : `${names.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
    return { kind: 'done', evidence: { summary: `${organizations.length} affected: ${list}`, organizations } };
  },
};
