import type { KeeperContext, KeeperTransaction } from '../context.ts';
import type { EffectPlan, Intent, Observation } from './stepLedger.ts';

export type Phase = 'detect' | 'assess' | 'act' | 'resolve' | 'document';
export type Scope = 'case' | 'systemic';
export type Severity = 'P0' | 'P1' | 'P2' | 'P3';
export type Outcome = 'proven' | 'lost' | 'forced';

/** What a step found, as it is stored and shown: one sentence and the facts behind it. JSON. */
export type Evidence = Readonly<Record<string, unknown>> & { readonly summary: string };

/** The incident as a step sees it. Instants are business time unless they say machine. */
export interface IncidentFacts {
  readonly id: string;
  readonly number: number;
  readonly playbook: string;
  readonly detector: string;
  readonly identity: string;
  readonly scope: Scope;
  readonly severity: Severity;
  readonly title: string;
  readonly openedAt: Temporal.Instant;
  readonly openedMachine: Temporal.Instant;
  readonly outcome: Outcome | null;
  readonly organizationIds: readonly string[];
}

/** What a step works with. `ctx` acts as the run, at one business instant. */
export interface StepRun {
  readonly ctx: KeeperContext;
  readonly runId: string;
  /** 1, and one more for each refuted proof: part of the key of every effect that a new attempt must repeat. */
  readonly round: number;
  readonly incident: IncidentFacts;
  readonly step: {
    readonly name: string;
    readonly state: string;
    readonly evidence: Partial<Evidence>;
    readonly attempts: number;
  };
  /** Evidence of an earlier step; undefined if it has none. */
  evidenceOf(step: string): Partial<Evidence> | undefined;
  /** An outside effect: at most once where `observe` tells the truth. Returns what was observed. */
  effect<T>(key: string, plan: EffectPlan<T>): Promise<T>;
  /**
   * Learns what became of this step's effects that a dead worker left unknown, repeating none; returns all that took place, now or in an
   * earlier life. A step that might find its own effect done and call itself not needed asks this first.
   */
  review<T>(observe: (intent: Intent, key: string) => Promise<Observation<T>>): Promise<T[]>;
  /** What the ledger knows of an effect that is done, or undefined. */
  observed(key: string): Promise<unknown>;
  /** A write of the keeper database that counts only while this worker holds the run. */
  write<T>(body: (tx: KeeperTransaction) => Promise<T>): Promise<T>;
}

export type StepOutcome =
  | { readonly kind: 'done'; readonly evidence: Evidence }
  /** Not needed here: the evidence says why. */
  | { readonly kind: 'skipped'; readonly evidence: Evidence }
  /** Sleeps until `wakeAt` (business time), `wakeInMs` (machine time) or whatever wakes the run before; then the step is asked again. */
  | {
      readonly kind: 'waiting';
      readonly evidence: Evidence;
      readonly reason: string;
      readonly wakeAt?: Temporal.Instant;
      readonly wakeInMs?: number;
    }
  /** A person has to do this step. Only steps of kind `manual` may say so. */
  | { readonly kind: 'manual'; readonly evidence: Evidence }
  /** Goes back: `to` and all steps up to this one are done anew. */
  | { readonly kind: 'back'; readonly to: string; readonly evidence: Evidence };

export interface Step {
  /** Unique in its playbook; part of the keys of its effects. */
  readonly name: string;
  readonly title: string;
  readonly phase: Exclude<Phase, 'resolve'>;
  readonly kind: 'automatic' | 'manual';
  /** May run any number of times: after a crash, after a wake-up, in a new round. */
  execute(run: StepRun): Promise<StepOutcome>;
}

/** The one step of the phase `resolve`: the runner asks `prove` until enough rounds agree. */
export interface ProofStep {
  readonly name: string;
  readonly title: string;
  readonly phase: 'resolve';
  readonly kind: 'automatic';
}

/** `lost` is proven too: what was to be saved has ended, verified at the source. */
export interface Verdict {
  readonly verdict: 'clean' | 'refuted' | 'lost';
  readonly findings: Evidence;
}

/** What a verdict is asked about. A person may ask as well as the run. */
export interface ProofQuestion {
  readonly ctx: KeeperContext;
  readonly incident: IncidentFacts;
  readonly runId: string;
  /** Machine time at which the last step before the proof ended: what happened before it was the fault itself. */
  readonly actedMachine: Temporal.Instant;
}

/** One form of a playbook: a single customer's case, or a fault that hits many. */
export interface PlaybookForm {
  readonly severity: Severity;
  readonly steps: readonly (Step | ProofStep)[];
  /** Asks the source of truth. Throws where it cannot be asked: not known is no verdict. */
  prove(question: ProofQuestion): Promise<Verdict>;
}

export interface Playbook {
  readonly name: string;
  /** Raised whenever a step is added, taken away or changes its meaning. */
  readonly version: number;
  /** The form that an incident of this identity takes, and the organizations that the identity itself names. */
  formOf(identity: string): { readonly scope: Scope; readonly organizationIds: readonly string[] };
  readonly forms: Readonly<Partial<Record<Scope, PlaybookForm>>>;
}
