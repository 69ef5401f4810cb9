import type { KeeperContext } from '../context.ts';
import type { Playbook, PlaybookForm } from './playbook.ts';

/**
 * Begins the run of an incident, in the transaction that opens it. The steps are frozen here: a later release of the playbook changes no run
 * under way.
 */
export async function startRun(
  ctx: KeeperContext,
  incidentId: string,
  playbook: Playbook,
  form: PlaybookForm,
): Promise<string> {
  const [run] = await ctx.keeper.query<{ id: string }>(
    `insert into playbook_runs (incident_id, playbook, version, started_at, wake_at, wake_reason)
     values ($1::uuid, $2::text, $3::integer, $4::timestamptz, $4::timestamptz, 'opened')
     returning id`,
    [incidentId, playbook.name, playbook.version, ctx.clock.now().toString()],
  );
  if (run === undefined) throw new Error('insert returned no row');
  const column = (pick: (step: PlaybookForm['steps'][number]) => string): string[] => form.steps.map(pick);
  await ctx.keeper.query(
    `insert into run_steps (run_id, ordinal, name, title, phase, kind)
     select $1::uuid, step.ordinal, step.name, step.title, step.phase, step.kind
       from unnest($2::text[], $3::text[], $4::text[], $5::text[]) with ordinality as step (name, title, phase, kind, ordinal)`,
    [run.id, column((s) => s.name), column((s) => s.title), column((s) => s.phase), column((s) => s.kind)],
  );
  return run.id;
}
