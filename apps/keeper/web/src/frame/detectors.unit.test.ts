import { expect, it } from 'vitest';
import type { DetectorState } from '../api/types.ts';
import { isSilent } from './detectors.ts';

const finished = Date.parse('2026-11-25T02:00:00Z');

/** Finished a pass `ageMs` ago, the last good one `failingMs` before that. */
function detector(ageMs: number, failingMs = 0): DetectorState {
  return {
    name: 'subscription-sync',
    playbook: 'subscription-sync-failure',
    everyMs: 5_000,
    lastFinishedAt: new Date(finished).toISOString(),
    lastOkAt: new Date(finished - failingMs).toISOString(),
    ageMs,
    ok: failingMs === 0,
    findings: 0,
    error: failingMs === 0 ? null : 'connection refused',
  };
}

it('takes three missed runs and some grace for silence, and counts the age of the answer too', () => {
  expect(isSilent(detector(24_000), 0)).toBe(false);
  expect(isSilent(detector(26_000), 0)).toBe(true);
  expect(isSilent(detector(24_000), 2_000)).toBe(true);
});

it('takes passes that fail for silence as well: they run, but do not look', () => {
  expect(isSilent(detector(1_000, 5_000), 0)).toBe(false);
  expect(isSilent(detector(1_000, 60_000), 0)).toBe(true);
});

it('takes a detector that never looked for silent', () => {
  expect(isSilent({ ...detector(0), lastFinishedAt: null, ageMs: null, lastOkAt: null }, 0)).toBe(true);
  expect(isSilent({ ...detector(0), lastOkAt: null, ok: false }, 0)).toBe(true);
});
