import { expect, it } from 'vitest';
import type { IncidentItem } from '../api/types.ts';
import { untouched } from './attention.ts';

function incident(number: number, change: Partial<IncidentItem>): IncidentItem {
  return {
    id: `id-${number}`,
    number,
    playbook: 'payment-processing-failure',
    severity: 'P1',
    state: 'triggered',
    scope: 'systemic',
    title: '',
    summary: '',
    openedAt: `2026-11-25T02:${number}:00Z`,
    acknowledgedAt: null,
    resolvedAt: null,
    outcome: null,
    organizationIds: [],
    heldBy: null,
    currentStep: null,
    next: null,
    impact: {
      organizations: 0,
      payersLockedOut: 0,
      payersLockedOutMinutes: 0,
      unpaidWithAccess: 0,
      wrongPlan: 0,
      mrrAtRisk: [],
    },
    ...change,
  };
}

it('speaks of what is P0 or P1, triggered, and held by nobody: the worst first, then the oldest', () => {
  const list = [
    incident(14, {}),
    incident(12, {}),
    incident(16, { severity: 'P0' }),
    incident(10, { severity: 'P2' }),
    incident(11, { state: 'acknowledged' }),
    incident(13, { heldBy: { kind: 'operator', name: 'Ana Ruiz' } }),
  ];
  expect(untouched(list).map((each) => each.number)).toEqual([16, 12, 14]);
});
