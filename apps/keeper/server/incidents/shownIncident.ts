import { type Actor, actorLabel } from '@tillkeeper/platform/actor';
import type { MessageState } from '../messages/queries.ts';
import type { Evidence, Outcome, Phase, Scope, Severity, Verdict } from '../playbooks/playbook.ts';
import type { Impact } from './measureImpact.ts';

export const incidentStates = [
  'triggered',
  'acknowledged',
  'running',
  'waiting',
  'manual',
  'proving',
  'resolved',
] as const;
export type IncidentState = (typeof incidentStates)[number];

export const stepStates = ['pending', 'running', 'waiting', 'done', 'failed', 'skipped'] as const;
export type StepState = (typeof stepStates)[number];

export interface ShownActor {
  readonly kind: string;
  readonly name: string;
}

/** An incident as lists show it. Instants are ISO text of business time. */
export interface IncidentItem {
  readonly id: string;
  readonly number: number;
  readonly playbook: string;
  readonly severity: Severity;
  readonly state: IncidentState;
  readonly scope: Scope;
  readonly title: string;
  readonly summary: string;
  readonly openedAt: string;
  readonly acknowledgedAt: string | null;
  readonly resolvedAt: string | null;
  readonly outcome: Outcome | null;
  readonly organizationIds: readonly string[];
  /** Who has it in hand: the person who acknowledged, or the playbook while it runs by itself. */
  readonly heldBy: ShownActor | null;
  /** The first step that is not done; null when the run is over. */
  readonly currentStep: {
    readonly title: string;
    readonly state: StepState;
    readonly evidence: Partial<Evidence>;
  } | null;
  /** When the run goes on by itself, and with what. Waits of machine time are given in business time from now. */
  readonly next: { readonly at: string; readonly what: string } | null;
  readonly impact: Impact;
}

export interface ShownStep {
  readonly ordinal: number;
  readonly name: string;
  readonly title: string;
  readonly phase: Phase;
  readonly kind: 'automatic' | 'manual' | 'approval';
  readonly state: StepState;
  readonly attempts: number;
  readonly evidence: Partial<Evidence>;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  /** Machine time, so that a jump of the clock is no work. */
  readonly durationMs: number | null;
}

export interface ShownProof {
  readonly at: string;
  readonly verdict: Verdict['verdict'];
  readonly round: number;
  readonly findings: Partial<Evidence>;
}

/** An incident with everything that is known of it. Instants are ISO text of business time. */
export interface Incident extends IncidentItem {
  readonly identity: string;
  readonly correlation: string | null;
  readonly detector: string;
  readonly organizations: readonly {
    readonly id: string;
    readonly name: string;
    readonly plan: string;
    readonly status: string;
  }[];
  readonly run: {
    readonly id: string;
    readonly state: 'running' | 'waiting' | 'manual' | 'proving' | 'done' | 'stopped';
    readonly version: number;
    readonly startedAt: string;
    readonly wakeAt: string | null;
    readonly wakeReason: string | null;
    readonly steps: readonly ShownStep[];
  } | null;
  readonly proof: {
    readonly detector: string;
    readonly needed: number;
    readonly clean: number;
    readonly round: number;
    readonly nextAt: string | null;
    readonly last: ShownProof | null;
    readonly runs: readonly ShownProof[];
  };
  readonly timeline: readonly {
    readonly id: string;
    readonly at: string;
    readonly actor: ShownActor;
    readonly kind: string;
    readonly text: string;
    readonly details: Readonly<Record<string, unknown>>;
  }[];
  readonly record: {
    readonly sentences: readonly { readonly text: string; readonly events: readonly string[] }[];
    readonly writtenAt: string;
  } | null;
  readonly messages: readonly {
    readonly id: string;
    readonly template: string;
    readonly to: string;
    readonly subject: string | null;
    readonly state: MessageState;
    readonly at: string;
  }[];
}

export interface IncidentRow {
  readonly id: string;
  readonly number: number;
  readonly playbook: string;
  readonly severity: Severity;
  readonly state: IncidentState;
  readonly scope: Scope;
  readonly title: string;
  readonly summary: string;
  readonly openedAt: Temporal.Instant;
  readonly acknowledgedAt: Temporal.Instant | null;
  readonly acknowledgedBy: Actor | null;
  readonly resolvedAt: Temporal.Instant | null;
  readonly outcome: Outcome | null;
  readonly impact: Impact;
  readonly organizationIds: readonly string[];
  readonly wakeAt: Temporal.Instant | null;
  readonly wakeReason: string | null;
  readonly stepTitle: string | null;
  readonly stepState: StepState | null;
  readonly stepEvidence: Partial<Evidence> | null;
}

export function showActor(actor: Actor): ShownActor {
  return { kind: actor.kind, name: actorLabel(actor) };
}

/** A row of the query as the API shows it. */
export function presentIncident(row: IncidentRow): IncidentItem {
  const { acknowledgedBy, wakeAt, wakeReason, stepTitle, stepState, stepEvidence, ...item } = row;
  const byItself = row.state === 'running' || row.state === 'waiting' || row.state === 'proving';
  return {
    ...item,
    openedAt: row.openedAt.toString(),
    acknowledgedAt: row.acknowledgedAt?.toString() ?? null,
    resolvedAt: row.resolvedAt?.toString() ?? null,
    heldBy: acknowledgedBy !== null ? showActor(acknowledgedBy) : byItself ? { kind: 'run', name: 'Playbook' } : null,
    currentStep:
      stepTitle === null ? null : { title: stepTitle, state: stepState ?? 'pending', evidence: stepEvidence ?? {} },
    next: wakeAt === null ? null : { at: wakeAt.toString(), what: wakeReason ?? '' },
  };
}
