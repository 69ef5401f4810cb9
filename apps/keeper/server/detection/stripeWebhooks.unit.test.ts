import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { affectedBy, causesOf, describeStripe, type Look } from './stripeWebhooks.ts';
import { thresholds } from './thresholds.ts';

const well: Look = {
  health: { reachable: true, latencyMs: 12, status: undefined, failuresLast2Minutes: 0, organizationsFailing: [] },
  webhooks: {
    rejectedLast5Minutes: 0,
    rejectedOrganizationIds: [],
    waiting: 0,
    oldestWaitingSeconds: 0,
    waitingOrganizationIds: [],
    dead: 0,
    deadOrganizationIds: [],
    quarantinedLast5Minutes: 0,
    late: { count: 0, organizationIds: [] },
    undeliveredAtStripe: 0,
    undeliveredOrganizationIds: [],
  },
  intake: {
    rejected: 0,
    rejectedCodes: [],
    rejectedOrganizationIds: [],
    late: 0,
    latestSeconds: 0,
    lateOrganizationIds: [],
    lastGood: null,
    lastBad: null,
  },
  streaks: { unreachable: 0, undelivered: 0 },
};

type Change = { readonly [Part in keyof Look]?: Partial<Look[Part]> };
const look = (change: Change): Look => ({
  health: { ...well.health, ...change.health },
  webhooks: { ...well.webhooks, ...change.webhooks },
  intake: { ...well.intake, ...change.intake },
  streaks: { ...well.streaks, ...change.streaks },
});

describe('faults between Stripe and us', () => {
  it('are none where all is well', () => {
    expect(describeStripe(well)).toBeUndefined();
  });

  it.each<[string, Change, string[]]>([
    ['rubbish that names nobody', { intake: { rejected: thresholds.rejections - 1 } }, []],
    ['one customer named by a forger', { intake: { rejected: 3, rejectedOrganizationIds: ['a'] } }, []],
    ['refusals that name two customers', { intake: { rejected: 2, rejectedOrganizationIds: ['a', 'b'] } }, ['refused']],
    ['a flood of refusals', { intake: { rejected: thresholds.rejections } }, ['refused']],
    ['one probe that failed', { health: { reachable: false }, streaks: { unreachable: 1 } }, []],
    ['two probes in a row', { health: { reachable: false }, streaks: { unreachable: 2 } }, ['api_failing']],
    ['one organization that cannot be read', { health: { organizationsFailing: ['a'] } }, []],
    ['two organizations that cannot be read', { health: { organizationsFailing: ['a', 'b'] } }, ['api_failing']],
    ['one late customer', { intake: { late: 2, lateOrganizationIds: ['a'] } }, []],
    ['two late customers', { intake: { late: 2, lateOrganizationIds: ['a', 'b'] } }, ['late']],
    ['events that did not come, seen once', { webhooks: { undeliveredAtStripe: 9 }, streaks: { undelivered: 1 } }, []],
    [
      'events that did not come, seen twice',
      { webhooks: { undeliveredAtStripe: 9 }, streaks: { undelivered: 2 } },
      ['undelivered'],
    ],
    ['Stripe does not say what did not come', { webhooks: { undeliveredAtStripe: undefined } }, []],
    ['a queue that stands', { webhooks: { waiting: 3, oldestWaitingSeconds: thresholds.waitingSeconds } }, ['waiting']],
    ['a queue that moves', { webhooks: { waiting: 900, oldestWaitingSeconds: 3 } }, []],
    ['deliveries of two customers given up', { webhooks: { dead: 2, deadOrganizationIds: ['a', 'b'] } }, ['dead']],
  ])('%s', (_name, change, causes) => {
    expect(causesOf(look(change))).toEqual(causes);
  });

  it('name exactly the organizations that their causes hit, each once', () => {
    const ids = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 5 });
    fc.assert(
      fc.property(ids, ids, ids, (failing, refused, late) => {
        const seen = look({
          health: { organizationsFailing: failing },
          intake: {
            rejected: refused.length,
            rejectedOrganizationIds: refused,
            late: late.length,
            lateOrganizationIds: late,
          },
        });
        const causes = causesOf(seen);
        const expected = [
          ...(causes.includes('api_failing') ? failing : []),
          ...(causes.includes('refused') ? refused : []),
          ...(causes.includes('late') ? late : []),
        ];
        expect(affectedBy(seen, causes)).toEqual([...new Set(expected)].sort());
      }),
    );
  });

  it('say the same as long as the causes are the same, whatever the figures', () => {
    const said = (rejected: number) =>
      describeStripe(look({ intake: { rejected, rejectedOrganizationIds: ['a', 'b'] } }))?.said;
    expect(said(2)).toBe(said(200));
  });
});
