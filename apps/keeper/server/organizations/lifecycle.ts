/** What a person needs to know of an organization's state: since when, why, and what comes next. */
export interface Lifecycle {
  readonly state: string;
  readonly since: Temporal.Instant;
  readonly why: string;
  /** `at` is null where nobody knows when, or nothing is planned until somebody acts. */
  readonly next: readonly { readonly at: Temporal.Instant | null; readonly what: string }[];
}

export interface LifecycleFacts {
  readonly status: string;
  readonly access: 'full' | 'read_only' | 'none';
  readonly accessSince: Temporal.Instant;
  readonly accessReason: string | null;
  readonly createdAt: Temporal.Instant;
  readonly subscription: {
    readonly startedAt: Temporal.Instant;
    readonly currentPeriodEnd: Temporal.Instant | null;
    readonly trialEnd: Temporal.Instant | null;
    readonly cancelAtPeriodEnd: boolean;
    readonly endedAt: Temporal.Instant | null;
  } | null;
  /** The last change of the status that was recorded, if any. */
  readonly changed: { readonly at: Temporal.Instant; readonly before: string; readonly after: string } | null;
  /** When Stripe tries an open invoice again; null: no attempt is planned, undefined: Stripe did not say. */
  readonly nextPaymentAttempt: Temporal.Instant | null | undefined;
}

const words: Readonly<Record<string, string>> = {
  trialing: 'The trial runs.',
  active: 'The subscription is paid.',
  past_due: 'A payment failed; Till works as usual.',
  unpaid: 'Stripe gave up collecting.',
  paused: 'The trial ended without a card, and the subscription is paused.',
  canceled: 'The subscription was cancelled.',
  incomplete: 'The first payment has not gone through.',
  incomplete_expired: 'The first payment never went through.',
};

/**
 * The state in words, from stored facts alone. Access wins over Stripe's status: a shop that is read-only is suspended, whatever Stripe
 * says, and the page says both.
 */
export function describeLifecycle(facts: LifecycleFacts): Lifecycle {
  const { access, accessSince, changed, subscription, createdAt } = facts;
  const since = access === 'full' ? (changed?.at ?? subscription?.startedAt ?? createdAt) : accessSince;
  return { state: stateOf(facts), since, why: why(facts), next: next(facts) };
}

function isOver({ status }: LifecycleFacts): boolean {
  return status === 'canceled' || status === 'incomplete_expired';
}

function stateOf(facts: LifecycleFacts): string {
  if (isOver(facts)) return 'cancelled';
  return facts.access === 'full' ? facts.status : 'suspended';
}

function why(facts: LifecycleFacts): string {
  if (facts.access !== 'full') return facts.accessReason ?? 'Access was taken away; the reason was not stored.';
  if (facts.subscription === null) return 'The shop is on the free plan and has no subscription at Stripe.';
  const { changed, status } = facts;
  const told = words[status] ?? `Stripe says ${status}.`;
  return changed === null ? told : `${told} Stripe’s word changed it from ${changed.before} to ${changed.after}.`;
}

function next(facts: LifecycleFacts): Lifecycle['next'] {
  const { subscription, status } = facts;
  if (subscription === null || isOver(facts)) return [];
  const { currentPeriodEnd, trialEnd, cancelAtPeriodEnd } = subscription;
  if (status === 'past_due') return [nextAttempt(facts.nextPaymentAttempt)];
  if (status === 'paused') return [{ at: null, what: 'Stripe goes on when a card is added' }];
  if (status === 'incomplete') return [{ at: null, what: 'Stripe waits for the first payment' }];
  const end = status === 'trialing' ? trialEnd : currentPeriodEnd;
  if (cancelAtPeriodEnd) return [{ at: end, what: 'The subscription ends, as the shop asked' }];
  if (status === 'trialing') return [{ at: trialEnd, what: 'The trial ends' }];
  if (status === 'unpaid') return [{ at: null, what: 'Stripe does not try again by itself' }];
  return currentPeriodEnd === null ? [] : [{ at: currentPeriodEnd, what: 'The next invoice is made' }];
}

function nextAttempt(at: LifecycleFacts['nextPaymentAttempt']): Lifecycle['next'][number] {
  if (at === undefined) return { at: null, what: 'Stripe did not say when it tries the payment again' };
  return at === null
    ? { at, what: 'No further attempt is planned at Stripe' }
    : { at, what: 'Stripe tries the payment again' };
}
