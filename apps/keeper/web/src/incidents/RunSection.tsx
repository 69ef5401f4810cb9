import { type LedgerStep, StepLedger } from '@tillkeeper/ui/StepLedger';
import { Stamp } from '@tillkeeper/ui/Times';
import type { ReactNode } from 'react';
import type { Incident, Run, RunStep } from '../api/types.ts';
import { SectionHead } from '../frame/Page.tsx';
import { Evidence } from './Evidence.tsx';
import { summaryOf } from './evidenceFacts.ts';
import { ManualStep } from './ManualStep.tsx';

// A longer summary is cut in the row; on a phone the row has no room for any.
const lineLength = 72;

function detailOf(incident: Incident, step: RunStep): ReactNode {
  const waitsForPerson = step.kind === 'manual' && step.state === 'waiting';
  const summary = summaryOf(step.evidence);
  const { choices: _, ...facts } = step.evidence;
  const hasFacts = Object.keys(facts).some((key) => key !== 'summary');
  if (!hasFacts && summary === undefined && !waitsForPerson) return undefined;
  return (
    <>
      {summary ? (
        <p
          className={`px-3.5 pt-2.5 text-pretty ${hasFacts ? '' : 'pb-2.5'} ${hasFacts && summary.length <= lineLength ? 'desk:hidden' : ''}`}
        >
          {summary}
        </p>
      ) : null}
      <Evidence facts={facts} />
      {waitsForPerson ? <ManualStep incident={incident} step={step} /> : null}
    </>
  );
}

function ledgerStep(incident: Incident, step: RunStep): LedgerStep {
  return {
    name: step.name,
    title: step.title,
    phase: step.phase,
    kind: step.kind,
    state: step.state,
    summary: summaryOf(step.evidence),
    at: step.finishedAt ?? step.startedAt,
    durationMs: step.durationMs,
    detail: detailOf(incident, step),
  };
}

/** The frozen steps of the playbook with what each one saw. */
export function RunSection({ incident, run }: { incident: Incident; run: Run }) {
  const done = run.steps.filter((step) => step.state === 'done' || step.state === 'skipped').length;
  const asleep = run.state === 'waiting' && run.wakeAt !== null;
  return (
    <section aria-label="Playbook run" className="mt-6">
      <SectionHead
        title="Playbook run"
        note={
          <>
            <span className="code">{incident.playbook}</span> version {run.version}, frozen at{' '}
            <Stamp at={run.startedAt} seconds />,{' '}
            {done === run.steps.length ? `${done} steps` : `step ${done + 1} of ${run.steps.length}`}
          </>
        }
        aside={
          asleep && run.wakeAt ? (
            <>
              Looks again <Stamp at={run.wakeAt} seconds />
              {run.wakeReason ? `, ${run.wakeReason}` : ''}
            </>
          ) : undefined
        }
      />
      <StepLedger label="Steps" steps={run.steps.map((step) => ledgerStep(incident, step))} />
    </section>
  );
}
