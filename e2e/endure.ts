import { expect } from 'vitest';
import type { Incident } from '../apps/keeper/server/incidents/shownIncident.ts';
import { type Driver, openSandbox, patience } from './openSandbox.ts';
import { until } from './until.ts';

/** A fault between Stripe and us that hits many, as the saboteur makes it. */
export interface Form {
  readonly form: 'stripe-500' | 'unsigned' | 'late';
  /** Real seconds until the outside world is well again. */
  readonly seconds: number;
  readonly title: RegExp;
  /** One of these is what the playbook must find. */
  readonly causes: readonly string[];
}

const shops = [
  { plan: 'pro', minor: 9_900 },
  { plan: 'pro', minor: 9_900 },
  { plan: 'basic', minor: 2_900 },
  { plan: 'basic', minor: 2_900 },
] as const;

/** One fault after the other in a sandbox of their own, each from the fault to the record. */
export async function endure(forms: readonly Form[]): Promise<void> {
  const driver = await openSandbox();
  try {
    const monthly = new Map<string, number>();
    for (const { plan, minor } of shops) monthly.set((await driver.shop({ plan })).organizationId, minor);
    for (const form of forms) await endureOne(driver, monthly, form);
  } finally {
    await driver.close();
  }
}

async function incidentsOf(driver: Driver): Promise<Incident[]> {
  return (await driver.keeper<{ items: Incident[] }>('/incidents?state=all')).body.items;
}

/** One P1 that names whom it hits and what is at stake, and nothing else is raised. */
async function endureOne(driver: Driver, monthly: ReadonlyMap<string, number>, form: Form): Promise<void> {
  const before = (await incidentsOf(driver)).length;
  const query = new URLSearchParams({ form: form.form, seconds: String(form.seconds) });
  const fault = await driver.control<{ organizationIds: string[] }>(
    `/sabotage/payment-processing-failure?${query.toString()}`,
    {},
  );
  expect(fault.status, JSON.stringify(fault.body)).toBe(200);
  expect(fault.body.organizationIds.toSorted()).toEqual([...monthly.keys()].toSorted());

  const limit = { ...patience, withinMs: 90_000 };
  await until(`an incident of ${form.form}`, async () => (await incidentsOf(driver)).length > before, limit);
  const [opened] = await incidentsOf(driver);
  expect(opened).toMatchObject({ scope: 'systemic', severity: 'P1', playbook: 'payment-processing-failure' });
  expect(opened?.title).toMatch(form.title);
  // Not proven, or Stripe cannot be asked for proof.
  const refused = await driver.keeper<object>(`/incidents/${opened?.id}/resolve`, {});
  expect(refused.status, JSON.stringify(refused.body)).toBeGreaterThanOrEqual(409);

  const incident = await driver.documented(opened?.id ?? '');
  expect(await incidentsOf(driver)).toHaveLength(before + 1);
  expect(incident).toMatchObject({ state: 'resolved', outcome: 'proven', severity: 'P1' });
  expect(incident.organizationIds.toSorted()).toEqual(fault.body.organizationIds.toSorted());
  expect(incident.organizations.every(({ name }) => name !== '')).toBe(true);
  const atRisk = incident.organizationIds.reduce((sum, id) => sum + (monthly.get(id) ?? 0), 0);
  expect(incident.impact).toMatchObject({
    organizations: monthly.size,
    mrrAtRisk: [{ currency: 'USD', minor: atRisk }],
  });
  const found = incident.run?.steps.find(({ name }) => name === 'find-cause')?.evidence.causes;
  expect(Array.isArray(found) && form.causes.some((cause) => found.includes(cause)), JSON.stringify(found)).toBe(true);
  expect(incident.proof.runs.slice(-2).map(({ verdict }) => verdict)).toEqual(['clean', 'clean']);
  expect(incident.record?.sentences.every(({ events }) => events.length > 0)).toBe(true);
  // Their payments went through all the while: nobody is frightened by a mail.
  expect(incident.messages).toEqual([]);
  expect(driver.sandbox.inbox.stats.accepted).toBe(0);
}
