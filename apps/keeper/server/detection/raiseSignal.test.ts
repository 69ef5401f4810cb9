import { testDatabases } from '@tillkeeper/sandbox/testing/database.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acknowledgeIncident } from '../incidents/acknowledgeIncident.ts';
import { resolveAnyway } from '../incidents/resolveAnyway.ts';
import { startTestEngine, type TestEngine } from '../incidents/testEngine.ts';
import { fingerprintOf, type NewSignal, raiseSignal } from './raiseSignal.ts';

const databases = await testDatabases();
let engine: TestEngine;
const organizations: string[] = [];

beforeAll(async () => {
  engine = await startTestEngine(databases);
  const { rows } = await databases.till.admin.query<{ id: string }>(
    `insert into organizations (name) select 'Shop ' || n from generate_series(1, 5) as n returning id`,
  );
  organizations.push(...rows.map(({ id }) => id));
});
afterAll(() => engine.close());

/** The case of the nth shop. */
const caseOf = (index: number) => `payment-processing-failure/${organizations[index]}`;

async function raise(signal: Partial<NewSignal> & Pick<NewSignal, 'identity'>) {
  return raiseSignal(await engine.bench.context(), {
    source: 'test',
    playbook: 'payment-processing-failure',
    summary: 'it is broken',
    ...signal,
  });
}

async function count(table: string, identity: string): Promise<number> {
  const where =
    table === 'incidents' ? 'identity = $1' : 'incident_id in (select id from incidents where identity = $1)';
  const { rows } = await databases.keeper.admin.query<{ count: number }>(
    `select count(*)::integer as count from ${table} where ${where}`,
    [identity],
  );
  return rows[0]?.count ?? 0;
}

describe('signals', () => {
  it('of one identity raised by 50 at once end in one incident with one run', async () => {
    const raised = await Promise.all(Array.from({ length: 50 }, () => raise({ identity: caseOf(0) })));
    expect(new Set(raised.map((one) => one?.incidentId)).size).toBe(1);
    expect(new Set(raised.map((one) => one?.signalId)).size).toBe(1);
    expect(raised.filter((one) => one?.news)).toHaveLength(1);
    expect(await count('incidents', caseOf(0))).toBe(1);
    expect(await count('playbook_runs', caseOf(0))).toBe(1);
    expect(await count('timeline', caseOf(0))).toBe(1);
  });

  it('a thousand equal ones are one incident, one row that counts them and one line of its timeline', async () => {
    for (let batch = 0; batch < 20; batch += 1)
      await Promise.all(Array.from({ length: 50 }, () => raise({ identity: caseOf(1) })));
    const incident = await engine.latest(caseOf(1));
    expect(incident?.timeline.map(({ kind }) => kind)).toEqual(['opened']);
    const { rows } = await databases.keeper.admin.query('select repeats from signals where incident_id = $1', [
      incident?.id,
    ]);
    expect(rows).toEqual([{ repeats: 1_000 }]);
    const { rows: audited } = await databases.keeper.admin.query(
      `select count(*)::integer as count from audit where details ->> 'identity' = $1`,
      [caseOf(1)],
    );
    expect(audited).toEqual([{ count: 2 }]);
  });

  it('says what is new, once: other organizations, another source, other words', async () => {
    const [first, second, third] = organizations;
    await raise({ identity: 'payment-processing-failure/systemic', organizationIds: [first ?? ''] });
    await raise({
      identity: 'payment-processing-failure/systemic',
      organizationIds: [first ?? '', second ?? '', third ?? ''],
    });
    await raise({ identity: 'payment-processing-failure/systemic', organizationIds: [second ?? ''] });
    await raise({ identity: 'payment-processing-failure/systemic', source: 'somebody else' });
    await raise({ identity: 'payment-processing-failure/systemic', source: 'somebody else', summary: 'and it smokes' });
    const incident = await engine.latest('payment-processing-failure/systemic');
    expect(incident?.timeline.map(({ text }) => text)).toEqual([
      'Opened at P1 by test: it is broken',
      '2 more organizations are affected',
      'somebody else: it is broken',
      'somebody else: and it smokes',
    ]);
    expect(incident?.summary).toBe('and it smokes');
    expect(new Set(incident?.organizationIds)).toEqual(new Set([first, second, third]));
    expect(incident?.organizations.map(({ name }) => name).sort()).toEqual(['Shop 1', 'Shop 2', 'Shop 3']);
  });

  it('of the identity of a customer open a case of that customer', async () => {
    const first = organizations[4];
    await raise({ identity: caseOf(4) });
    expect(await engine.latest(caseOf(4))).toMatchObject({
      scope: 'case',
      severity: 'P3',
      organizationIds: [first],
    });
  });

  it('open a second incident once the first is resolved, but not with what was seen before that', async () => {
    const operator = await engine.bench.context({ kind: 'operator', id: 'op-1', name: 'Ana Ruiz' });
    const first = await raise({ identity: caseOf(3) });
    const seenMachine = Temporal.Now.instant().subtract({ seconds: 1 });
    await acknowledgeIncident(operator, { incidentId: first?.incidentId ?? '' });
    await resolveAnyway(operator, { incidentId: first?.incidentId ?? '', reason: 'a test of the end' });
    expect(await raise({ identity: caseOf(3), seenMachine })).toBeUndefined();
    const second = await raise({ identity: caseOf(3), seenMachine: Temporal.Now.instant().add({ seconds: 1 }) });
    expect(second?.incidentId).not.toBe(first?.incidentId);
    expect(await count('incidents', caseOf(3))).toBe(2);
  });

  it('are refused for a playbook, an identity or an organization that does not exist, and for a case of two', async () => {
    await expect(raise({ identity: 'x', playbook: 'coffee-failure' })).rejects.toMatchObject({
      code: 'invalid_input',
      fields: { playbooks: expect.arrayContaining(['subscription-sync-failure']) },
    });
    const nobody = crypto.randomUUID();
    await expect(raise({ identity: `payment-processing-failure/${nobody}` })).rejects.toMatchObject({
      code: 'invalid_input',
      fields: { organizationIds: [nobody] },
    });
    expect(await count('incidents', `payment-processing-failure/${nobody}`)).toBe(0);
    await expect(raise({ identity: 'x' })).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(raise({ identity: caseOf(0), organizationIds: [organizations[1] ?? ''] })).rejects.toMatchObject({
      code: 'invalid_input',
    });
    await expect(
      raiseSignal(await engine.bench.context({ kind: 'member', userId: 'm' }), {
        source: 'm',
        identity: 'x',
        summary: 'x',
      }),
    ).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('take their playbook from the identity where none is named', async () => {
    const raised = await raiseSignal(await engine.bench.context(), {
      source: 'test',
      identity: 'subscription-sync-failure',
      summary: 'by hand',
    });
    expect(await engine.latest('subscription-sync-failure')).toMatchObject({
      id: raised?.incidentId,
      playbook: 'subscription-sync-failure',
      severity: 'P2',
    });
  });

  it('keep apart what differs in source or words', () => {
    expect(fingerprintOf('a', 'b')).not.toBe(fingerprintOf('ab', ''));
    expect(fingerprintOf('a', 'b')).toBe(fingerprintOf('a', 'b'));
  });
});
