import type { Actor } from '@tillkeeper/platform/actor';
import type { KeeperContext, KeeperDeps } from './context.ts';
import type { laneNames } from './engine/readEngine.ts';

export type Work = 'deliveries' | 'messages' | 'runs' | 'timers' | 'effects';
export type Lane = (typeof laneNames)[number];

/** What the loops of a domain need from the worker's process. */
export interface WorkerDeps extends KeeperDeps {
  /** Unique per process start: a lease that a dead process held is never mistaken for ours. */
  readonly holder: string;
  contextFor(actor: Actor): Promise<KeeperContext>;
  /** Calls `wake` as soon as the database says that there is work of this kind; also after a reconnect, when notices may have been missed. */
  onWork(work: Work, wake: () => void): void;
  /** Says that this lane is alive, at most once a second into the database. */
  beat(lane: Lane): void;
}
