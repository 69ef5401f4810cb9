import { checkStripeHealth, type StripeHealth } from '../billing/stripeHealth.ts';
import { readWebhookHealth, type WebhookHealth } from '../billing/webhookHealth.ts';
import type { KeeperContext } from '../context.ts';
import type { Detector, Finding } from './detector.ts';
import { type Intake, readIntake } from './readIntake.ts';
import { thresholds } from './thresholds.ts';

export const systemicPaymentIdentity = 'payment-processing-failure/systemic';

export type Cause = 'api_failing' | 'refused' | 'waiting' | 'dead' | 'late' | 'undelivered';

/** What a look remembers for the next: how often in a row something was seen. */
export interface Streaks {
  readonly unreachable: number;
  readonly undelivered: number;
}

export interface Look {
  readonly health: StripeHealth;
  readonly webhooks: WebhookHealth;
  readonly intake: Intake;
  readonly streaks: Streaks;
}

/** Faults between Stripe and us that hit many: one signal that names every organization that is known to be hit. */
export const stripeWebhooks: Detector = {
  name: 'stripe-webhooks',
  playbook: 'payment-processing-failure',
  everyMs: 3_000,
  // Two attempts of 10 s each, and what comes after them.
  withinMs: 25_000,
  async detect(ctx, memory) {
    const look = await lookAtStripe(ctx, await windowStart(ctx), readStreaks(memory));
    const finding = describeStripe(look);
    return { findings: finding === undefined ? [] : [finding], memory: JSON.stringify(look.streaks) };
  },
};

/** Everything that says how payments reach us, since a machine instant. */
export async function lookAtStripe(ctx: KeeperContext, sinceMachine: Temporal.Instant, before: Streaks): Promise<Look> {
  const [health, webhooks, intake] = await Promise.all([
    checkStripeHealth(ctx),
    readWebhookHealth(ctx),
    readIntake(ctx, sinceMachine),
  ]);
  const missing = (webhooks.undeliveredAtStripe ?? 0) > 0;
  return {
    health,
    webhooks,
    intake,
    streaks: {
      unreachable: health.reachable ? 0 : before.unreachable + 1,
      undelivered: missing ? before.undelivered + 1 : 0,
    },
  };
}

/** The window, but not further back than the end of the last incident of this kind: what that one settled is settled. */
async function windowStart(ctx: KeeperContext): Promise<Temporal.Instant> {
  const [row] = await ctx.keeper.query<{ since: Temporal.Instant }>(
    `select greatest(clock_timestamp() - make_interval(secs => $2::integer),
                     (select max(resolved_machine) from incidents where identity = $1::text and resolved_at is not null)) as since`,
    [systemicPaymentIdentity, thresholds.windowSeconds],
  );
  if (row === undefined) throw new Error('a select without a table gave no row');
  return row.since;
}

function readStreaks(memory: string | null): Streaks {
  const known: unknown = memory === null ? undefined : JSON.parse(memory);
  const count = (name: string): number => {
    const value = typeof known === 'object' && known !== null ? Reflect.get(known, name) : 0;
    return typeof value === 'number' ? value : 0;
  };
  return { unreachable: count('unreachable'), undelivered: count('undelivered') };
}

/** Which of the thresholds are passed. */
export function causesOf({ health, webhooks, intake, streaks }: Look): Cause[] {
  const failing =
    health.organizationsFailing.length >= thresholds.failingOrganizations ||
    streaks.unreachable >= thresholds.unreachableLooks;
  const refused =
    intake.rejectedOrganizationIds.length >= thresholds.rejectedOrganizations ||
    intake.rejected >= thresholds.rejections;
  const late =
    intake.lateOrganizationIds.length >= thresholds.lateOrganizations || intake.late >= thresholds.lateDeliveries;
  const undelivered =
    streaks.undelivered >= 2 &&
    (webhooks.undeliveredOrganizationIds.length >= thresholds.undeliveredOrganizations ||
      (webhooks.undeliveredAtStripe ?? 0) >= thresholds.undelivered);
  const causes: readonly [Cause, boolean][] = [
    ['api_failing', failing],
    ['refused', refused],
    ['late', late],
    ['undelivered', undelivered],
    ['waiting', webhooks.oldestWaitingSeconds >= thresholds.waitingSeconds],
    ['dead', webhooks.deadOrganizationIds.length >= thresholds.deadOrganizations],
  ];
  return causes.filter(([, passed]) => passed).map(([cause]) => cause);
}

/** Every organization that these causes are known to hit. */
export function affectedBy({ health, webhooks, intake }: Look, causes: readonly Cause[]): string[] {
  const byCause: Readonly<Record<Cause, readonly string[]>> = {
    api_failing: [...health.organizationsFailing, ...webhooks.waitingOrganizationIds],
    refused: intake.rejectedOrganizationIds,
    late: intake.lateOrganizationIds,
    undelivered: webhooks.undeliveredOrganizationIds,
    waiting: webhooks.waitingOrganizationIds,
    dead: webhooks.deadOrganizationIds,
  };
  return [...new Set(causes.flatMap((cause) => byCause[cause]))].sort();
}

const titles: Readonly<Record<Cause, string>> = {
  api_failing: 'Stripe fails',
  refused: 'Deliveries of Stripe are refused',
  late: 'Deliveries of Stripe come late',
  undelivered: 'Deliveries of Stripe do not come',
  waiting: 'Deliveries of Stripe are not worked off',
  dead: 'Deliveries of Stripe were given up',
};

/** One sentence for each cause, with its figures. */
export function tellCauses({ health, webhooks, intake }: Look, causes: readonly Cause[]): string[] {
  const sentences: Readonly<Record<Cause, string>> = {
    api_failing: `${health.reachable ? 'Stripe answers in part' : `Stripe does not serve us (${health.status ?? 'no answer'})`}: ${health.failuresLast2Minutes} calls failed in 2 minutes, ${health.organizationsFailing.length} organizations not read`,
    refused: `${intake.rejected} deliveries refused (${intake.rejectedCodes.join(', ')})`,
    late: `${intake.late} deliveries came up to ${intake.latestSeconds} s late`,
    undelivered: `${webhooks.undeliveredAtStripe ?? 0} events were made at Stripe and did not come`,
    waiting: `${webhooks.waiting} deliveries wait, the oldest for ${webhooks.oldestWaitingSeconds} s`,
    dead: `${webhooks.dead} deliveries were given up`,
  };
  return causes.map((cause) => sentences[cause]);
}

/** The figures of a look, as evidence: organizations are counted here and named by the incident. */
export function figuresOf({ health, webhooks, intake }: Look): Readonly<Record<string, unknown>> {
  return {
    reachable: health.reachable,
    status: health.status ?? null,
    latencyMs: health.latencyMs,
    failuresLast2Minutes: health.failuresLast2Minutes,
    organizationsFailing: health.organizationsFailing.length,
    rejected: intake.rejected,
    rejectedCodes: intake.rejectedCodes,
    rejectedOrganizations: intake.rejectedOrganizationIds.length,
    late: intake.late,
    latestSeconds: intake.latestSeconds,
    waiting: webhooks.waiting,
    oldestWaitingSeconds: webhooks.oldestWaitingSeconds,
    dead: webhooks.dead,
    undeliveredAtStripe: webhooks.undeliveredAtStripe ?? null,
  };
}

export function describeStripe(look: Look): Finding | undefined {
  const causes = causesOf(look);
  const [first] = causes;
  if (first === undefined) return undefined;
  return {
    playbook: 'payment-processing-failure',
    identity: systemicPaymentIdentity,
    title: titles[first],
    summary: tellCauses(look, causes).join('; '),
    said: causes.join(', '),
    organizationIds: affectedBy(look, causes),
    facts: { causes, ...figuresOf(look) },
  };
}
