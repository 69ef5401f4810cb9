import { actorLabel } from '@tillkeeper/platform/actor';
import { AppError } from '@tillkeeper/platform/errors';
import { inTransaction, type KeeperContext } from '../context.ts';
import { addTimelineEntry } from '../incidents/addTimelineEntry.ts';
import { lockIncident } from '../incidents/lockIncident.ts';
import { recordAudit } from '../operators/audit.ts';
import { authorize } from '../operators/permissions.ts';
import { interruptRun } from './heldRun.ts';
import type { Evidence } from './playbook.ts';

interface Waiting {
  readonly run_id: string;
  readonly ordinal: number;
  readonly title: string;
  readonly kind: string;
  readonly state: string;
  readonly evidence: Partial<Evidence>;
}

/**
 * A person says that a manual step is done, and how: `choice` is one of the step's choices, the first of them if none is given. The run goes on
 * from there. Throws `not_found`, `conflict` if the step does not wait for a person, `invalid_input` for a choice that it does not have.
 */
export async function completeManualStep(
  ctx: KeeperContext,
  input: { readonly incidentId: string; readonly step: string; readonly note: string; readonly choice?: string },
): Promise<{ readonly incidentId: string }> {
  authorize(ctx, 'incidents.act');
  const note = input.note.trim();
  if (note === '') throw new AppError('invalid_input', 'say what was done or decided', { field: 'note' });
  return inTransaction(ctx, async (tx) => {
    const incident = await lockIncident(tx, input.incidentId);
    const [step] = await tx.keeper.query<Waiting>(
      `select s.run_id, s.ordinal, s.title, s.kind, s.state, s.evidence
         from run_steps s join playbook_runs r on r.id = s.run_id
        where r.incident_id = $1::uuid and s.name = $2::text`,
      [incident.id, input.step],
    );
    if (step === undefined)
      throw new AppError('not_found', 'the run has no such step', { incidentId: incident.id, step: input.step });
    if (step.kind !== 'manual' || step.state !== 'waiting') {
      throw new AppError('conflict', 'this step does not wait for a person', {
        incidentId: incident.id,
        step: input.step,
        state: step.state,
      });
    }
    const choices = Array.isArray(step.evidence.choices) ? step.evidence.choices.map(String) : [];
    const { choice } = input;
    if (choice === undefined ? choices.length > 0 : !choices.includes(choice)) {
      throw new AppError(
        'invalid_input',
        choice === undefined ? 'choose one of the ways' : `the step has no choice ${choice}`,
        {
          field: 'choice',
          choices,
        },
      );
    }
    const chosen = choice === undefined ? '' : `${choice}: `;
    const by = actorLabel(tx.actor);
    const evidence = {
      ...step.evidence,
      summary: `${by}, ${chosen}${note}`,
      decision: note,
      decidedBy: tx.actor,
      ...(choice === undefined ? {} : { choice }),
    };
    await tx.keeper.query(
      `update run_steps
          set state = 'done', evidence = $3::jsonb, finished_at = $4::timestamptz, finished_machine = clock_timestamp()
        where run_id = $1::uuid and ordinal = $2::integer`,
      [step.run_id, step.ordinal, JSON.stringify(evidence), tx.clock.now().toString()],
    );
    await addTimelineEntry(tx, {
      incidentId: incident.id,
      kind: 'step',
      text: `${step.title}: ${evidence.summary}`,
      details: { step: input.step, ...(choice === undefined ? {} : { choice }) },
    });
    await recordAudit(tx, {
      action: 'incident.complete_step',
      subjectId: incident.id,
      details: { step: input.step, note, choice: choice ?? null },
    });
    await interruptRun(tx, incident.id, `${by} finished “${step.title}”`);
    return { incidentId: incident.id };
  });
}
