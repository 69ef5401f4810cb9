import { testDatabases } from '@tillkeeper/sandbox/testing/database.ts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type BillingBench, startBillingBench } from '../billing/testBench.ts';
import { type EffectSubscriber, type RelayedEffect, relayEffects } from './relayEffects.ts';

const databases = await testDatabases();
let bench: BillingBench;

beforeAll(async () => {
  bench = await startBillingBench(databases, { webhooks: 'silent' });
});
afterEach(async () => void (await relay()));
afterAll(() => bench.close());

async function relay(...subscribers: EffectSubscriber[]) {
  return relayEffects(await bench.context({ kind: 'system', job: 'relay-effects' }), subscribers);
}

async function record(count: number, prefix: string): Promise<string> {
  const { rows } = await databases.till.admin.query<{ id: string }>(
    `insert into organizations (name) values ('Corner Shop') returning id`,
  );
  const id = rows[0]?.id ?? '';
  await databases.till.admin.query(
    `select ops.record_effect($1, $2 || n, 'test.happened', '{"kind":"system","job":"test"}', jsonb_build_object('n', n)) from generate_series(1, $3) as n`,
    [id, prefix, count],
  );
  return id;
}

async function copied(organizationId: string): Promise<{ occurrence_key: string; kind: string; payload: unknown }[]> {
  const { rows } = await databases.keeper.admin.query(
    'select occurrence_key, kind, payload from effects where organization_id = $1 order by occurrence_key',
    [organizationId],
  );
  return rows;
}

async function unrelayed(organizationId: string): Promise<number> {
  const { rows } = await databases.till.admin.query(
    'select 1 from ops.effects where organization_id = $1 and relayed_at is null',
    [organizationId],
  );
  return rows.length;
}

describe('the relay of effects', () => {
  it('copies an effect as it is, tells the subscribers, and marks it', async () => {
    const organizationId = await record(1, 'one:');
    const told: RelayedEffect[] = [];
    expect(await relay(async (effects) => void told.push(...effects))).toEqual({ relayed: 1, more: false });
    expect(await copied(organizationId)).toEqual([
      { occurrence_key: 'one:1', kind: 'test.happened', payload: { n: 1 } },
    ]);
    expect(told).toMatchObject([
      {
        organizationId,
        occurrenceKey: 'one:1',
        kind: 'test.happened',
        actor: { kind: 'system', job: 'test' },
        payload: { n: 1 },
      },
    ]);
    expect(told[0]?.recordedAt).toBeInstanceOf(Temporal.Instant);
    expect(await unrelayed(organizationId)).toBe(0);
    expect(await relay()).toEqual({ relayed: 0, more: false });
  });

  it('goes on while there is more than a batch', async () => {
    const organizationId = await record(700, 'many:');
    expect(await relay()).toEqual({ relayed: 500, more: true });
    expect(await relay()).toEqual({ relayed: 200, more: false });
    expect(await copied(organizationId)).toHaveLength(700);
  });

  it('tells subscribers before it marks, so that one who fails hears it again', async () => {
    const organizationId = await record(3, 'again:');
    let calls = 0;
    await relay(async () => {
      calls += 1;
      throw new Error('not now');
    });
    expect(calls).toBeGreaterThan(0);
    expect(await unrelayed(organizationId)).toBe(3);
    expect(await copied(organizationId)).toHaveLength(3);
    const told: RelayedEffect[] = [];
    await relay(async (effects) => void told.push(...effects));
    expect(told).toHaveLength(3);
    expect(await unrelayed(organizationId)).toBe(0);
  });

  it('lets one effect that nobody can take hold up no other', async () => {
    const organizationId = await record(5, 'bad:');
    const told = new Set<string>();
    const subscriber: EffectSubscriber = async (effects) => {
      for (const { occurrenceKey } of effects) {
        if (occurrenceKey === 'bad:3') throw new Error('cannot take it');
        told.add(occurrenceKey);
      }
    };
    expect(await relay(subscriber)).toMatchObject({ relayed: 4 });
    expect([...told].toSorted()).toEqual(['bad:1', 'bad:2', 'bad:4', 'bad:5']);
    expect(await unrelayed(organizationId)).toBe(1);
  });

  it('copies each effect once, however many relays run', async () => {
    const organizationId = await record(200, 'twice:');
    await Promise.all([relay(), relay(), relay()]);
    expect(await copied(organizationId)).toHaveLength(200);
    expect(await unrelayed(organizationId)).toBe(0);
  });
});
