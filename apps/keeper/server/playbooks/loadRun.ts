import type { KeeperContext } from '../context.ts';
import type { Evidence, IncidentFacts, Phase } from './playbook.ts';

export interface LoadedStep {
  readonly ordinal: number;
  readonly name: string;
  readonly title: string;
  readonly phase: Phase;
  readonly kind: 'automatic' | 'manual' | 'approval';
  readonly state: 'pending' | 'running' | 'waiting' | 'done' | 'failed' | 'skipped';
  readonly evidence: Partial<Evidence>;
  readonly attempts: number;
}

export interface LoadedRun {
  readonly round: number;
  readonly version: number;
  readonly incident: IncidentFacts & { readonly resolvedAt: Temporal.Instant | null };
  readonly steps: readonly LoadedStep[];
  /** Machine time at which the last step of the phase `act` ended, or the run began. */
  readonly actedMachine: Temporal.Instant;
}

/** The incident as steps and proofs see it. */
export async function loadIncident(ctx: KeeperContext, incidentId: string): Promise<LoadedRun['incident'] | undefined> {
  const [incident] = await ctx.keeper.query<LoadedRun['incident']>(
    `select i.id, i.number, i.playbook, i.detector, i.identity, i.scope, i.severity, i.title, i.outcome,
            i.opened_at as "openedAt", i.opened_machine as "openedMachine", i.resolved_at as "resolvedAt",
            array(select o.organization_id from incident_organizations o where o.incident_id = i.id order by o.organization_id)
              as "organizationIds"
       from incidents i where i.id = $1::uuid`,
    [incidentId],
  );
  return incident;
}

/** A run with its incident and its frozen steps, as the database has them now. */
export async function loadRun(ctx: KeeperContext, runId: string, incidentId: string): Promise<LoadedRun> {
  const incident = await loadIncident(ctx, incidentId);
  const [run] = await ctx.keeper.query<{ round: number; version: number; actedMachine: Temporal.Instant }>(
    `select round, version,
            coalesce((select max(s.finished_machine) from run_steps s where s.run_id = r.id and s.phase = 'act'), i.opened_machine)
              as "actedMachine"
       from playbook_runs r join incidents i on i.id = r.incident_id where r.id = $1::uuid`,
    [runId],
  );
  if (incident === undefined || run === undefined) throw new Error(`run ${runId} has no row`);
  const steps = await ctx.keeper.query<LoadedStep>(
    `select ordinal, name, title, phase, kind, state, evidence, attempts from run_steps where run_id = $1::uuid order by ordinal`,
    [runId],
  );
  return { ...run, incident, steps };
}
