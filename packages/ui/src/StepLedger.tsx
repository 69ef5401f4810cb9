import { ChevronRightIcon } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Mark, type MarkName } from './Mark.tsx';
import { ClockStamp } from './Times.tsx';
import { took } from './words/time.ts';

export interface LedgerStep {
  name: string;
  title: string;
  phase: string;
  kind: 'automatic' | 'manual' | 'approval';
  state: 'pending' | 'running' | 'waiting' | 'done' | 'failed' | 'skipped';
  /** One line of what was found. */
  summary: string | undefined;
  at: string | null;
  durationMs: number | null;
  /** The evidence in full, and what a person can do here. */
  detail?: ReactNode;
}

const columns =
  'grid grid-cols-[22px_auto_minmax(0,1fr)_auto_16px] items-center gap-x-1 desk:grid-cols-[22px_auto_minmax(0,1fr)_76px_72px_66px_16px]';

function markOf(step: LedgerStep): MarkName {
  switch (step.state) {
    case 'pending':
      return 'pending';
    case 'running':
      return 'running';
    case 'waiting':
      if (step.kind !== 'automatic') return step.kind;
      return step.phase === 'resolve' ? 'proving' : 'paused';
    case 'failed':
      return 'refuted';
    case 'done':
    case 'skipped':
      return 'done';
  }
}

const stateWords: Record<LedgerStep['state'], string> = {
  pending: 'Next',
  running: 'Running',
  waiting: 'Waiting',
  done: 'Done',
  failed: 'Failed',
  skipped: 'Skipped',
};

function isCurrent(step: LedgerStep): boolean {
  return step.state === 'running' || step.state === 'waiting' || step.state === 'failed';
}

function isDone(step: LedgerStep): boolean {
  return step.state === 'done' || step.state === 'skipped';
}

function StepRow({ step, folded }: { step: LedgerStep; folded: boolean }) {
  const hidden = folded && isDone(step) ? 'max-desk:hidden' : '';
  const current = isCurrent(step);
  const weight = current ? 'font-semibold' : step.state === 'pending' || step.state === 'skipped' ? 'text-ink-2' : '';
  const person = step.state === 'waiting' && step.kind !== 'automatic' ? 'text-amber' : '';
  const row = (
    <>
      <Mark name={markOf(step)} label={stateWords[step.state]} />
      <span className={`pr-2.5 max-desk:col-span-2 desk:whitespace-nowrap ${weight}`}>{step.title}</span>
      <span className="truncate text-12 text-ink-2 max-desk:hidden">{step.summary}</span>
      <span className={`text-12 max-desk:hidden ${person || 'text-ink-3'}`}>
        {step.state === 'skipped' ? 'skipped' : step.kind}
      </span>
      <span className={`text-right text-12 max-desk:hidden ${person || 'text-ink-2'}`}>
        {step.durationMs === null || step.state === 'waiting' ? '' : took(step.durationMs)}
      </span>
      <span className="text-right text-12 text-ink-3">
        {step.at === null ? step.state === 'pending' ? 'next' : '' : <ClockStamp at={step.at} />}
      </span>
    </>
  );
  if (!step.detail) {
    return (
      <li className={`${columns} min-h-8 max-desk:min-h-11 ${hidden}`}>
        {row}
        <span />
      </li>
    );
  }
  return (
    <li className={hidden}>
      <details open={current} className="group">
        <summary
          className={`${columns} min-h-8 list-none rounded-tag hover:bg-hover max-desk:min-h-11 [&::-webkit-details-marker]:hidden`}
        >
          {row}
          <ChevronRightIcon
            size={14}
            strokeWidth={1.75}
            aria-hidden="true"
            className="justify-self-end text-ink-3 transition-transform group-open:rotate-90"
          />
        </summary>
        <div className="mb-3 ml-[26px] overflow-hidden rounded-panel border border-edge bg-raised max-desk:ml-0">
          {step.detail}
        </div>
      </details>
    </li>
  );
}

/** Rows by phase. The current step is open; on a phone the done ones fold into one line, so that it is on the first screen. */
export function StepLedger({ steps, label }: { steps: readonly LedgerStep[]; label: string }) {
  const [unfolded, setUnfolded] = useState(false);
  const phases = Map.groupBy(steps, (step) => step.phase);
  const done = steps.filter(isDone);
  const folds = !unfolded && done.length > 2;
  return (
    <section aria-label={label} className="border-b border-line">
      {folds ? (
        <button
          type="button"
          onClick={() => setUnfolded(true)}
          className="hidden min-h-11 w-full items-center gap-2 border-t border-line max-desk:flex"
        >
          <Mark name="done" />
          {done.length} steps done
          <span className="ml-auto text-12 text-ink-3">
            {done.at(-1)?.at ? (
              <>
                last <ClockStamp at={done.at(-1)?.at ?? ''} />
              </>
            ) : null}
          </span>
        </button>
      ) : null}
      {[...phases].map(([phase, own]) => {
        const allDone = own.every(isDone);
        return (
          <div
            key={phase}
            className={`grid border-t border-line desk:grid-cols-[84px_minmax(0,1fr)] ${folds && allDone ? 'max-desk:hidden' : ''}`}
          >
            <h3 className="text-12 leading-8 text-ink-3 first-letter:uppercase max-desk:leading-7">{phase}</h3>
            <ol className="min-w-0">
              {own.map((step) => (
                <StepRow key={step.name} step={step} folded={folds} />
              ))}
            </ol>
          </div>
        );
      })}
    </section>
  );
}
