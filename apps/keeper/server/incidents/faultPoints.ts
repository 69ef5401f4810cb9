/**
 * The moments of the engine at which a crash could hurt: between what was done and what is known of it. The kill tests end a worker at each
 * of them and expect the end state of an unbroken run.
 */
export const faultPoints = [
  /** The signal, its incident and its run are committed; nobody has begun the run. */
  'engine.after-signal',
  /** A run is leased, nothing of it is done. */
  'engine.after-claim',
  /** A step says that it runs, and has not begun. */
  'engine.after-step-start',
  /** The intent of an outside effect is committed, the effect not begun. */
  'engine.after-step-intent',
  /** The effect took place, nobody has written that down. */
  'engine.after-effect',
  /** The effect's outcome is committed, its step is not finished. */
  'engine.after-observed',
  /** A step is finished, the next not begun. */
  'engine.after-step-done',
  /** A step put its run to sleep. */
  'engine.after-wait',
  /** A round of proof is committed, nothing follows from it yet. */
  'engine.after-proof',
  /** The incident is resolved, nothing is documented. */
  'engine.after-resolve',
  /** The record is committed, the run not finished. */
  'engine.after-record',
] as const;

export type EngineFaultPoint = (typeof faultPoints)[number];
