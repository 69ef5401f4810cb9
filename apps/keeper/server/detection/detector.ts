import type { KeeperContext } from '../context.ts';

/** What a detector says is broken. */
export interface Finding {
  readonly playbook: string;
  /** What is broken: the incident that it opens or joins. */
  readonly identity: string;
  readonly correlation?: string;
  readonly title: string;
  /** One sentence with the figures of this moment. */
  readonly summary: string;
  /** What is said, without figures that change at every look: equal findings say it once. */
  readonly said: string;
  readonly organizationIds: readonly string[];
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface Pass {
  readonly findings: readonly Finding[];
  /** Handed to the next pass, whichever worker makes it. Left out: as before. */
  readonly memory?: string;
}

/** A question that is asked again and again, on machine time: a query or a probe. */
export interface Detector {
  readonly name: string;
  readonly playbook: string;
  readonly everyMs: number;
  /** A pass that takes longer has failed, and is seen to have failed. */
  readonly withinMs: number;
  detect(ctx: KeeperContext, memory: string | null): Promise<Pass>;
}
