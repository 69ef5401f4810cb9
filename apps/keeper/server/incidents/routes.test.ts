import type { Actor } from '@tillkeeper/platform/actor';
import { createServer } from '@tillkeeper/platform/http';
import { testDatabases } from '@tillkeeper/sandbox/testing/database.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Shop } from '../billing/testBench.ts';
import { incidentRoutes } from './routes.ts';
import { startTestEngine, type TestEngine } from './testEngine.ts';

const databases = await testDatabases();
const actor: Actor = { kind: 'operator', id: 'op-1', name: 'Ana Ruiz' };
let engine: TestEngine;
let server: Awaited<ReturnType<typeof createServer>>;
let shop: Shop;

beforeAll(async () => {
  engine = await startTestEngine(databases);
  shop = await engine.shop({ name: 'Alder' });
  server = await createServer({ name: 'test', log: engine.worker.log, readiness: {} });
  const signedIn = { contextOf: () => engine.bench.context(actor), isStillSignedIn: async () => true };
  await server.register(async (scope) => incidentRoutes(Object.assign(scope, signedIn)), { prefix: '/api/v1' });
});
afterAll(async () => {
  await server.close();
  await engine.close();
});

async function call(method: 'GET' | 'POST', path: string, payload?: object) {
  const response = await server.inject({
    method,
    url: `/api/v1${path}`,
    ...(payload === undefined ? {} : { payload }),
  });
  return { status: response.statusCode, body: response.json() };
}

const sync = 'subscription-sync-failure';
const breakIt = () =>
  databases.till.admin.query(`update organizations set subscription_plan = 'pro' where id = $1`, [shop.organizationId]);

describe('incidents over HTTP', () => {
  it('answer with what the console and scripts rely on, and refuse to resolve while the fault is there', async () => {
    await breakIt();
    await engine.detect();
    const list = await call('GET', '/incidents?state=open');
    expect(list).toMatchObject({ status: 200, body: { nextCursor: null } });
    const [item] = list.body.items;
    expect(item).toMatchObject({
      playbook: sync,
      severity: 'P2',
      state: 'triggered',
      scope: 'systemic',
      title: '1 organization differs from its subscription',
      acknowledgedAt: null,
      resolvedAt: null,
      outcome: null,
      heldBy: null,
      currentStep: { title: 'Check trigger and drift', state: 'pending' },
      organizationIds: [shop.organizationId],
      impact: { organizations: 1, wrongPlan: 1, mrrAtRisk: [{ currency: 'USD', minor: 2_900 }] },
    });
    expect(Number.isInteger(item.number)).toBe(true);
    expect(Temporal.Instant.from(item.openedAt).epochMilliseconds).toBeGreaterThan(0);

    const detail = await call('GET', `/incidents/${item.number}`);
    expect(detail.body).toMatchObject({
      id: item.id,
      identity: sync,
      detector: 'subscription-sync',
      organizations: [{ id: shop.organizationId, name: 'Alder', plan: 'pro', status: 'active' }],
      run: { state: 'running', version: 1 },
      proof: { detector: 'subscription-sync', needed: 2, clean: 0, round: 1, nextAt: null, last: null, runs: [] },
      record: null,
      messages: [],
    });
    expect(detail.body.run.steps[0]).toMatchObject({
      ordinal: 1,
      name: 'check-trigger-and-drift',
      phase: 'detect',
      kind: 'automatic',
      state: 'pending',
      durationMs: null,
    });
    expect(detail.body.timeline[0]).toMatchObject({
      kind: 'opened',
      actor: { kind: 'system', name: 'job subscription-sync' },
    });

    expect(await call('POST', `/incidents/${item.id}/acknowledge`, {})).toMatchObject({
      status: 200,
      body: { state: 'acknowledged', heldBy: { kind: 'operator', name: 'Ana Ruiz' } },
    });
    expect(await call('POST', `/incidents/${item.id}/notes`, { text: 'I see it' })).toMatchObject({ status: 200 });
    expect(await call('POST', `/incidents/${item.id}/resolve`, {})).toMatchObject({
      status: 409,
      body: {
        code: 'not_proven',
        verdict: 'refuted',
        clean: 0,
        needed: 2,
        findings: { summary: '1 organization differs from its subscription' },
      },
    });
    expect(await call('POST', `/incidents/${item.id}/resolve-anyway`, {})).toMatchObject({ status: 400 });
    expect(await call('POST', `/incidents/${item.id}/steps/enable-trigger/complete`, { note: 'x' })).toMatchObject({
      status: 409,
      body: { code: 'conflict' },
    });
    expect(await call('POST', `/incidents/${item.id}/steps/no-such-step/complete`, { note: 'x' })).toMatchObject({
      status: 404,
    });

    await engine.until('the record', async () => (await engine.latest(sync))?.record !== null);
    const end = await call('GET', `/incidents/${item.id}`);
    expect(end.body).toMatchObject({
      state: 'resolved',
      outcome: 'proven',
      proof: { clean: 2, last: { verdict: 'clean' } },
    });
    expect(end.body.timeline.some((entry: { text: string }) => entry.text === 'Ana Ruiz: I see it')).toBe(true);
    expect(end.body.record.sentences[0].events).toHaveLength(1);
    expect(
      end.body.run.steps.every((each: { evidence: { summary?: string } }) => each.evidence.summary !== undefined),
    ).toBe(true);
    expect(
      end.body.run.steps.find((each: { name: string }) => each.name === 'sync-drifted').evidence.rows,
    ).toHaveLength(1);
  });

  it('are raised by signals, listed by filter and page by page', async () => {
    const { rows: shops } = await databases.till.admin.query<{ id: string }>(
      `insert into organizations (name) select 'Shop ' || n from generate_series(1, 5) as n returning id`,
    );
    for (const { id } of shops) {
      const raised = await call('POST', '/signals', {
        source: 'pager',
        identity: `payment-processing-failure/${id}`,
        summary: 'reported by phone',
      });
      expect(raised).toMatchObject({
        status: 200,
        body: { signalId: expect.any(String), incidentId: expect.any(String) },
      });
    }
    const numbers: number[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: Awaited<ReturnType<typeof call>> = await call(
        'GET',
        `/incidents?state=all&playbook=payment-processing-failure&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      numbers.push(...page.body.items.map((item: { number: number }) => item.number));
      cursor = page.body.nextCursor;
    }
    expect(numbers).toHaveLength(5);
    expect(numbers).toEqual(numbers.toSorted((a, b) => b - a));
    const count = async (query: string) => (await call('GET', `/incidents?${query}`)).body.items.length;
    expect(await count('state=resolved')).toBe(1);
    expect(await count('state=open&severity=P3')).toBe(5);
    expect(await count('state=open&severity=P2')).toBe(0);
    expect(await count(`state=all&organizationId=${shop.organizationId}`)).toBe(1);
  });

  it('say what is wrong with a call', async () => {
    expect(await call('GET', '/incidents/999999')).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect(await call('GET', '/incidents/no-such-thing')).toMatchObject({ status: 404 });
    expect(await call('GET', '/incidents?cursor=DROP')).toMatchObject({ status: 400 });
    expect(await call('POST', '/signals', { source: 's', identity: 'x', summary: 'y', colour: 'red' })).toMatchObject({
      status: 400,
    });
    expect(await call('POST', '/signals', { source: 's', identity: 'x/y', summary: 'y' })).toMatchObject({
      status: 400,
      body: { code: 'invalid_input', playbooks: expect.arrayContaining([sync]) },
    });
  });
});
