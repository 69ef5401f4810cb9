import type { DetectorState } from '../api/types.ts';

// A detector runs every few seconds; three missed runs and ten seconds of a busy machine are silence, not a delay.
const missedRuns = 3;
const graceMs = 10_000;

/** Since a detector last looked, in milliseconds, when the answer was made; undefined: it never did. A pass that failed did not look. */
export function lookedAgeMs({ ageMs, lastFinishedAt, lastOkAt }: DetectorState): number | undefined {
  if (ageMs === null || lastFinishedAt === null || lastOkAt === null) return undefined;
  return ageMs + Math.max(0, Date.parse(lastFinishedAt) - Date.parse(lastOkAt));
}

/** Whether a detector has not looked for too long: what it does not find, nobody knows. `olderMs`: how old the answer itself is. */
export function isSilent(detector: DetectorState, olderMs: number): boolean {
  const looked = lookedAgeMs(detector);
  return looked === undefined || looked + olderMs > missedRuns * detector.everyMs + graceMs;
}
