import { testDatabases } from '@tillkeeper/sandbox/testing/database.ts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Shop } from '../../billing/testBench.ts';
import { acknowledgeIncident } from '../../incidents/acknowledgeIncident.ts';
import { addNote } from '../../incidents/addNote.ts';
import { faultPoints } from '../../incidents/faultPoints.ts';
import { resolveAnyway } from '../../incidents/resolveAnyway.ts';
import { resolveIncident } from '../../incidents/resolveIncident.ts';
import type { Incident } from '../../incidents/shownIncident.ts';
import { startTestEngine, type TestEngine } from '../../incidents/testEngine.ts';
import { completeManualStep } from '../completeManualStep.ts';

const databases = await testDatabases();
let engine: TestEngine;
let shops: Shop[];

beforeAll(async () => {
  engine = await startTestEngine(databases);
  shops = [];
  for (const name of ['Alder', 'Birch', 'Cedar']) shops.push(await engine.shop({ name }));
});
afterAll(() => engine.close());

const sql = (text: string, values: unknown[] = []) => databases.till.admin.query(text, values);

const latest = () => engine.latest('subscription-sync-failure');
/** Another incident than that one is resolved, and its run has documented it. */
const documentedSince = (before: Incident | undefined) => async () => {
  const incident = await latest();
  return incident !== undefined && incident.id !== before?.id && incident.run?.state === 'done';
};

describe('subscription-sync-failure', () => {
  it('SYNC-2 SYNC-3 SYNC-4 SYNC-5 SYNC-6 SYNC-7 goes from a disabled trigger and rows changed behind its back to a resolved record', async () => {
    const [alder, birch, cedar] = shops;
    await engine.pass();
    expect(await engine.open()).toEqual([]);

    await sql('alter table organization_subscriptions disable trigger sync_subscription');
    await sql(`update organizations set subscription_plan = 'pro' where id = $1`, [alder?.organizationId]);
    await sql(`update organizations set subscription_status = 'canceled' where id = $1`, [birch?.organizationId]);
    const untouched = (await sql('select xmin::text from organizations where id = $1', [cedar?.organizationId]))
      .rows[0];

    await engine.until('the end', documentedSince(undefined));
    const incident = await latest();
    expect(incident).toMatchObject({
      playbook: 'subscription-sync-failure',
      severity: 'P2',
      scope: 'systemic',
      outcome: 'proven',
      state: 'resolved',
    });
    expect(new Set(incident?.organizationIds)).toEqual(new Set([alder?.organizationId, birch?.organizationId]));
    expect(incident?.impact).toMatchObject({
      organizations: 2,
      wrongPlan: 1,
      mrrAtRisk: [{ currency: 'USD', minor: 5_800 }],
    });

    const step = (name: string) => incident?.run?.steps.find((each) => each.name === name);
    expect(step('check-trigger-and-drift')?.evidence.summary).toContain('The sync trigger is disabled');
    expect(step('find-cause')?.evidence.summary).toContain('The sync trigger was disabled');
    expect(step('compare-here')?.evidence).toMatchObject({ drifted: 2 });
    expect(step('enable-trigger')).toMatchObject({ state: 'done' });
    expect(step('sync-drifted')?.evidence.rows).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ organizationId: alder?.organizationId, planBefore: 'pro', planAfter: 'basic' }),
        expect.objectContaining({
          organizationId: birch?.organizationId,
          statusBefore: 'canceled',
          statusAfter: 'active',
        }),
      ]),
    );
    expect(incident?.proof.runs.map(({ verdict }) => verdict)).toEqual(['clean', 'clean']);
    expect(incident?.record?.sentences.every(({ events }) => events.length > 0)).toBe(true);

    expect((await sql('select * from ops.subscription_drift()')).rows).toEqual([]);
    expect((await sql('select enabled from ops.sync_trigger_state()')).rows).toEqual([{ enabled: 'O' }]);
    // Only drifted rows were written.
    expect((await sql('select xmin::text from organizations where id = $1', [cedar?.organizationId])).rows[0]).toEqual(
      untouched,
    );
    const { rows: notes } = await databases.keeper.admin.query(
      'select organization_id from organization_notes where incident_id = $1',
      [incident?.id],
    );
    expect(notes).toHaveLength(2);
  });

  it('refuses to resolve while the fault is there, at every door but the one that says so', async () => {
    const [alder] = shops;
    await sql(`update organizations set subscription_plan = 'pro' where id = $1`, [alder?.organizationId]);
    await engine.detect();
    const incident = await latest();
    expect(incident).toMatchObject({ state: 'triggered', title: '1 organization differs from its subscription' });
    const ctx = await engine.bench.context({ kind: 'operator', id: 'op-1', name: 'Ana Ruiz' });
    const incidentId = String(incident?.number);

    await expect(resolveIncident(ctx, { incidentId })).rejects.toMatchObject({
      code: 'not_proven',
      fields: { verdict: 'refuted', clean: 0, needed: 2 },
    });
    await expect(resolveAnyway(ctx, { incidentId, reason: ' ' })).rejects.toMatchObject({ code: 'invalid_input' });
    expect(await latest()).toMatchObject({ proof: { clean: 0, round: 2, last: { verdict: 'refuted' } } });

    await acknowledgeIncident(ctx, { incidentId });
    await acknowledgeIncident(await engine.bench.context({ kind: 'operator', id: 'op-2', name: 'Jonas Weber' }), {
      incidentId,
    });
    await addNote(ctx, { incidentId, text: 'I look at it' });
    expect(await latest()).toMatchObject({
      state: 'acknowledged',
      heldBy: { kind: 'operator', name: 'Ana Ruiz' },
    });

    // Once it is mended a person's two questions, far enough apart, are as good as the run's own.
    await sql(`update organizations set subscription_plan = 'basic' where id = $1`, [alder?.organizationId]);
    await expect(resolveIncident(ctx, { incidentId })).rejects.toMatchObject({
      code: 'not_proven',
      fields: { verdict: 'clean', clean: 1 },
    });
    await vi.waitFor(() => resolveIncident(ctx, { incidentId }), { timeout: 20_000, interval: 20 });
    await engine.until('the record', async () => (await latest())?.run?.state === 'done');
    const resolved = await latest();
    expect(resolved).toMatchObject({ id: incident?.id, outcome: 'proven', proof: { clean: 2, round: 2 } });
    expect(resolved?.timeline.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['opened', 'acknowledged', 'note', 'proof', 'resolved', 'record']),
    );
    expect(resolved?.record?.sentences.map(({ text }) => text)).toContain('Ana Ruiz: I look at it.');
  });

  it('closes without proof only by the verb that says so, and its record says so too', async () => {
    const [alder] = shops;
    await sql(`update organizations set subscription_plan = 'pro' where id = $1`, [alder?.organizationId]);
    await engine.detect();
    const incident = await latest();
    const ctx = await engine.bench.context({ kind: 'operator', id: 'op-1', name: 'Ana Ruiz' });
    await resolveAnyway(ctx, { incidentId: incident?.id ?? '', reason: 'agreed with the shop by phone' });
    await sql(`update organizations set subscription_plan = 'basic' where id = $1`, [alder?.organizationId]);
    await expect(resolveAnyway(ctx, { incidentId: incident?.id ?? '', reason: 'once more' })).rejects.toMatchObject({
      code: 'conflict',
    });
    await engine.until('the record', async () => (await latest())?.run?.state === 'done');
    const closed = await latest();
    expect(closed).toMatchObject({ outcome: 'forced', run: { state: 'done' } });
    expect(closed?.record?.sentences.map(({ text }) => text)).toContain(
      'Resolved anyway, without proof: Ana Ruiz, “agreed with the shop by phone”.',
    );
    expect(closed?.run?.steps.filter(({ phase }) => phase === 'act').every(({ state }) => state === 'skipped')).toBe(
      true,
    );
    const { rows } = await databases.keeper.admin.query(
      `select details from audit where action = 'incident.resolve_anyway' and subject_id = $1`,
      [closed?.id],
    );
    expect(rows).toHaveLength(1);
  });

  it('sends the run back to act when the fault returns between two rounds of proof', async () => {
    const [alder] = shops;
    const before = await latest();
    await sql(`update organizations set subscription_plan = 'pro' where id = $1`, [alder?.organizationId]);
    engine.at('engine.after-proof', async () => {
      await sql(`update organizations set subscription_plan = 'pro' where id = $1`, [alder?.organizationId]);
    });
    await engine.until('the end', documentedSince(before));
    const incident = await latest();
    expect(incident?.proof.runs.map(({ verdict }) => verdict)).toEqual(['clean', 'refuted', 'clean', 'clean']);
    expect(incident?.proof).toMatchObject({ clean: 2, round: 2 });
    const { rows } = await databases.keeper.admin.query(
      `select effect_key, outcome, attempts from step_effects e join playbook_runs r on r.id = e.run_id where r.incident_id = $1 order by effect_key`,
      [incident?.id],
    );
    expect(rows).toEqual([
      { effect_key: 'sync-drifted/1', outcome: 'done', attempts: 1 },
      { effect_key: 'sync-drifted/2', outcome: 'done', attempts: 1 },
    ]);
  });

  it('SYNC-1 finds an applied delivery without its row and replays it', async () => {
    const [alder] = shops;
    const before = await latest();
    const { rows: gone } = await sql(
      `delete from subscription_events where (organization_id, stripe_event_id) in
         (select organization_id, stripe_event_id from subscription_events where organization_id = $1 limit 2) returning stripe_event_id`,
      [alder?.organizationId],
    );
    expect(gone.length).toBeGreaterThan(0);
    await engine.until('the end', documentedSince(before));
    const incident = await latest();
    expect(incident?.organizationIds).toEqual([alder?.organizationId]);
    expect(incident?.run?.steps.find(({ name }) => name === 'replay-missing')).toMatchObject({ state: 'done' });
    const { rows } = await sql('select stripe_event_id from subscription_events where stripe_event_id = any ($1)', [
      gone.map((row) => row.stripe_event_id),
    ]);
    expect(rows).toHaveLength(gone.length);
  });

  it('takes a subscription row that was changed behind our back from Stripe instead of copying it', async () => {
    const [, birch] = shops;
    const before = await latest();
    await sql('alter table organization_subscriptions disable trigger sync_subscription');
    await sql(`update organization_subscriptions set status = 'canceled' where organization_id = $1`, [
      birch?.organizationId,
    ]);
    await engine.until('the end', documentedSince(before));
    const incident = await latest();
    expect(incident?.run?.steps.find(({ name }) => name === 'compare-with-stripe')?.evidence.summary).toContain(
      '0 of 1',
    );
    expect(await engine.bench.organization(birch ?? { organizationId: '' })).toEqual({
      plan: 'basic',
      status: 'active',
    });
  });

  it('asks a person to restore a trigger that no longer does what the migrations wrote', async () => {
    const before = await latest();
    const { rows } = await sql(`select pg_get_functiondef('billing.sync_subscription()'::regprocedure) as definition`);
    await sql(
      `create or replace function billing.sync_subscription() returns trigger language plpgsql security definer set search_path = '' as $$ begin return null; end $$`,
    );
    await engine.until('the manual step', async () => (await latest())?.state === 'manual');
    const incident = await latest();
    expect(incident?.currentStep).toMatchObject({ title: "Restore the trigger's definition", state: 'waiting' });
    const ctx = await engine.bench.context({ kind: 'operator', id: 'op-1', name: 'Ana Ruiz' });
    const incidentId = incident?.id ?? '';

    // Said to be done and not done: the proof does not believe it, and the step asks again.
    await completeManualStep(ctx, { incidentId, step: 'restore-definition', note: 'done, I think' });
    await expect(
      completeManualStep(ctx, { incidentId, step: 'restore-definition', note: 'twice' }),
    ).rejects.toMatchObject({ code: 'conflict' });
    await engine.until(
      'the question again',
      async () => (await latest())?.proof.round === 2 && (await latest())?.state === 'manual',
    );

    await sql(rows[0].definition);
    await completeManualStep(ctx, {
      incidentId,
      step: 'restore-definition',
      note: 'function of the migration is back',
    });
    await engine.until('the end', documentedSince(before));
    expect((await latest())?.proof.runs.map(({ verdict }) => verdict)).toEqual(['refuted', 'clean', 'clean']);
  });
});

describe('a worker that dies', () => {
  const repair = faultPoints.filter((point) => point !== 'engine.after-wait');

  it.each(repair)('SYNC-6 at %s leaves the end state of an unbroken run', async (point) => {
    const [alder, birch] = shops;
    const before = await latest();
    const calls = () => engine.bench.calls('POST /v1/subscriptions/:id');
    const written = calls();
    await sql('alter table organization_subscriptions disable trigger sync_subscription');
    await sql(`update organizations set subscription_plan = 'pro' where id = $1`, [alder?.organizationId]);
    await sql(`update organizations set subscription_status = 'canceled' where id = $1`, [birch?.organizationId]);
    const death = engine.dieAt(point);
    await engine.until('the end', documentedSince(before));
    expect(death.deaths()).toBe(1);

    const incident = await latest();
    expect(await engine.open()).toEqual([]);
    expect(incident).toMatchObject({ severity: 'P2', outcome: 'proven' });
    expect(incident?.run?.steps.map(({ name, state }) => [name, state])).toEqual([
      ['check-trigger-and-drift', 'done'],
      ['find-cause', 'done'],
      ['compare-here', 'done'],
      ['compare-with-stripe', 'done'],
      ['measure-impact', 'done'],
      ['restore-definition', 'skipped'],
      ['enable-trigger', 'done'],
      ['refresh-from-stripe', 'skipped'],
      ['sync-drifted', 'done'],
      ['replay-missing', 'skipped'],
      ['prove-no-drift', 'done'],
      ['note-organizations', 'done'],
      ['write-record', 'done'],
    ]);
    expect(incident?.proof.runs.map(({ verdict }) => verdict)).toEqual(['clean', 'clean']);
    const { rows: effects } = await databases.keeper.admin.query(
      `select effect_key, outcome from step_effects e join playbook_runs r on r.id = e.run_id where r.incident_id = $1 order by effect_key`,
      [incident?.id],
    );
    expect(effects).toEqual([
      { effect_key: 'enable-trigger/1', outcome: 'done' },
      { effect_key: 'sync-drifted/1', outcome: 'done' },
    ]);
    // Each repair once, as the patient itself tells it.
    const { rows: told } = await sql(
      `select kind, count(*)::integer as count from ops.effects where occurrence_key like $1 group by kind order by kind`,
      [`run:${incident?.run?.id}/%`],
    );
    expect(told).toEqual([
      { kind: 'subscription.sync_enabled', count: 1 },
      { kind: 'subscription.synced', count: 2 },
    ]);
    for (const kind of ['opened', 'resolved', 'record'])
      expect(incident?.timeline.filter((entry) => entry.kind === kind)).toHaveLength(1);
    const { rows: notes } = await databases.keeper.admin.query(
      'select 1 from organization_notes where incident_id = $1',
      [incident?.id],
    );
    expect(notes).toHaveLength(2);
    expect(calls()).toBe(written);
  });
});
