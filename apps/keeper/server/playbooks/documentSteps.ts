import { faultPoint } from '@tillkeeper/platform/faults';
import { writeRecord } from '../incidents/writeRecord.ts';
import type { Evidence, IncidentFacts, Step } from './playbook.ts';

type Note = (incident: IncidentFacts, evidenceOf: (step: string) => Partial<Evidence> | undefined) => string;

/** How every form ends: the affected customers' own stories, what the form itself has to tell, and the record of it all. */
export function documentSteps(options: { readonly note: Note; readonly before?: readonly Step[] }): readonly Step[] {
  return [noteOrganizations(options.note), ...(options.before ?? []), record];
}

/** One note in each affected organization's story, once, however often the step runs. */
const noteOrganizations = (note: Note): Step => ({
  name: 'note-organizations',
  title: "Write to the customers' stories",
  phase: 'document',
  kind: 'automatic',
  async execute({ ctx, incident, evidenceOf, write }) {
    const text = note(incident, evidenceOf);
    await write((tx) =>
      tx.keeper.query(
        `insert into organization_notes (organization_id, at, actor, kind, text, incident_id)
         select organization_id, $2::timestamptz, $3::jsonb, 'incident', $4::text, incident_id
           from incident_organizations where incident_id = $1::uuid
         on conflict (organization_id, incident_id, kind) where incident_id is not null do nothing`,
        [incident.id, ctx.clock.now().toString(), JSON.stringify(ctx.actor), text],
      ),
    );
    const count = incident.organizationIds.length;
    return {
      kind: 'done',
      evidence: { summary: `${count} ${count === 1 ? 'story' : 'stories'}: ${text}`, organizations: count },
    };
  },
});

const record: Step = {
  name: 'write-record',
  title: 'Write the record',
  phase: 'document',
  kind: 'automatic',
  async execute({ incident, write }) {
    const sentences = await write((tx) => writeRecord(tx, incident.id));
    await faultPoint('engine.after-record');
    return { kind: 'done', evidence: { summary: `${sentences} sentences, each with its entries`, sentences } };
  },
};
