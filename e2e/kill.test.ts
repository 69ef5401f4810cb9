import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { globSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { random } from '../apps/sandbox/seed/random.ts';
import { startTestCluster, type TestCluster } from '../apps/sandbox/testing/testCluster.ts';
import type { EndState } from './kill/endState.ts';
import { runBroken, runKilled, runUnbroken, runWithoutServer } from './kill/killRun.ts';
import { type Death, installLives } from './kill/lives.ts';
import { type Scenario, scenarios } from './kill/scenarios.ts';

/** Every passing of every point in a full run; otherwise so many of them, drawn by the seed that the run prints. */
const full = process.env.TEST_FULL === '1';
const seed = process.env.PROPERTY_SEED ?? '1';
const sampled = 6;

let cluster: TestCluster;
const unbroken = new Map<string, Awaited<ReturnType<typeof runUnbroken>>>();

beforeAll(async () => {
  cluster = await startTestCluster({ settings: { max_connections: 500 } });
  installLives();
  await Promise.all(
    scenarios.map(async (scenario) => unbroken.set(scenario.playbook, await runUnbroken(cluster.address, scenario))),
  );
});
afterAll(() => cluster.stop());

function unbrokenRun({ playbook }: Scenario) {
  const run = unbroken.get(playbook);
  if (run === undefined) throw new Error(`no unbroken run of ${playbook}`);
  return run;
}

function deathsOf({ playbook, points }: Scenario): Death[] {
  const all = Object.entries(points).flatMap(([point, times]) =>
    Array.from({ length: times }, (_, index) => ({ point, nth: index + 1 })),
  );
  if (full) return all;
  const draw = random(seed, 'kill', playbook);
  const drawn = new Set<Death>();
  while (drawn.size < sampled) drawn.add(draw.pick(all));
  return [...drawn];
}

/**
 * Compares with the unbroken run. The one thing that a death may leave different: whether a mail that had been handed over has arrived nobody
 * knows, so one marked copy with the same Message-ID goes out. At a fault point between the two it must have come to that.
 */
function expectSameEnd(end: EndState, scenario: Scenario, death: Death): void {
  const expected = unbrokenRun(scenario).end;
  const copies = end.mails.map(({ copies, marked }, index) => {
    const known = copies === 1 && marked === 0;
    const unknown = copies <= 2 && marked === 1;
    expect(known || unknown, `copies of ${end.mails[index]?.subject}: ${copies}, of which marked ${marked}`).toBe(true);
    return marked;
  });
  if (death.point === 'messages.before-send') expect(end.mails[death.nth - 1]).toMatchObject({ copies: 1, marked: 1 });
  if (death.point === 'messages.after-send') expect(end.mails[death.nth - 1]).toMatchObject({ copies: 2, marked: 1 });
  const second = (end.keeper.messages ?? []).filter((row) => row.includes('"attempts":2,"second_copy":true')).length;
  expect(second).toBe(copies.filter((marked) => marked === 1).length);
  expect(withoutCopies(end)).toEqual(withoutCopies(expected));
}

function withoutCopies(end: EndState): EndState {
  return {
    ...end,
    mails: end.mails.map(({ subject }) => ({ subject, copies: 1, marked: 0 })),
    keeper: {
      ...end.keeper,
      messages: (end.keeper.messages ?? []).map((row) =>
        row.replace('"attempts":2,"second_copy":true', '"attempts":1,"second_copy":false'),
      ),
    },
  };
}

describe.each(scenarios)('kill -9 during $playbook', (scenario) => {
  test('the unbroken run passes every point that is named for it, and no other', () => {
    const { passed } = unbrokenRun(scenario);
    expect(new Set(passed)).toEqual(new Set(Object.keys(scenario.points)));
    for (const [point, times] of Object.entries(scenario.points))
      expect(passed.filter((one) => one === point).length, point).toBeGreaterThanOrEqual(times);
  });

  test.concurrent.each(deathsOf(scenario))('$point, time $nth: the end state of an unbroken run', async (death) => {
    const end = await runBroken(cluster.address, scenario, death);
    expectSameEnd(end, scenario, death);
  });
});

describe('a real SIGKILL in each phase of a payment case, with leases that end by themselves', () => {
  const [payment] = scenarios;
  test.concurrent.each([
    { phase: 'detect', point: 'engine.after-signal', nth: 1 },
    { phase: 'assess', point: 'engine.after-step-done', nth: 3 },
    { phase: 'act', point: 'engine.after-effect', nth: 3 },
    { phase: 'resolve', point: 'engine.after-proof', nth: 1 },
    // The stories are written, the customer not told yet.
    { phase: 'document', point: 'engine.after-step-done', nth: 11 },
  ])('$phase: the end state of an unbroken run', async ({ point, nth }) => {
    if (payment === undefined) throw new Error('no scenario');
    expectSameEnd(await runKilled(cluster.address, payment, { point, nth }), payment, { point, nth });
  });
});

describe("kill -9 of Keeper's server while it takes a delivery in", () => {
  const [payment] = scenarios;
  test.each(['billing.before-store', 'billing.after-store'])(
    '%s: Stripe hears no 200, sends again, and all ends as without',
    async (point) => {
      if (payment === undefined) throw new Error('no scenario');
      const death = { point, nth: 1 };
      expectSameEnd(await runWithoutServer(cluster.address, payment, death), payment, death);
    },
  );
});

test('every fault point of the sources is one that a worker or the server is killed at', () => {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const named = globSync('apps/keeper/server/**/*.ts', {
    cwd: root,
    exclude: (path) => path.endsWith('.test.ts'),
  }).flatMap((file) =>
    [...readFileSync(`${root}/${file}`, 'utf8').matchAll(/faultPoint\('([a-z.-]+)'\)/g)].map((match) => match[1]),
  );
  const killed = [
    ...scenarios.flatMap(({ points }) => Object.keys(points)),
    'billing.before-store',
    'billing.after-store',
  ];
  expect(new Set(killed)).toEqual(new Set(named));
});
