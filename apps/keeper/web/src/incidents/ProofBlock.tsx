import { Mark } from '@tillkeeper/ui/Mark';
import { ProofRing } from '@tillkeeper/ui/ProofRing';
import { Countdown, Stamp } from '@tillkeeper/ui/Times';
import type { Incident } from '../api/types.ts';
import { RailBlock } from '../frame/Page.tsx';
import { summaryOf } from './evidenceFacts.ts';

const verdictMarks = { clean: 'proven', refuted: 'refuted', lost: 'done' } as const;
const verdictWords = { clean: 'Clean', refuted: 'Still there', lost: 'Lost for good' } as const;
const runsShown = 4;

/** How far the proof is: clean runs of the detector that opened it, when it looks again, and what it found last. */
export function ProofBlock({ incident }: { incident: Incident }) {
  const { proof } = incident;
  const { last } = proof;
  const finding = last ? summaryOf(last.findings) : undefined;
  const complete = proof.clean >= proof.needed;
  return (
    <RailBlock title="Proof" aside={`${proof.clean} of ${proof.needed} clean runs`}>
      <div className="grid grid-cols-[44px_1fr] items-center gap-3">
        <ProofRing clean={proof.clean} needed={proof.needed} refuted={last?.verdict === 'refuted'} />
        <p className="text-12 text-pretty">
          <span className="code">{proof.detector}</span>{' '}
          {last ? (
            <>
              ran at <Stamp at={last.at} seconds /> and{' '}
              {last.verdict === 'refuted' ? 'still finds it' : 'finds nothing'}
              {finding ? `: ${finding}` : ''}.{' '}
            </>
          ) : (
            'has not run for it yet. '
          )}
          {complete || incident.state === 'resolved' || proof.nextAt
            ? null
            : `${proof.needed} clean runs in a row close this incident.`}
          {proof.nextAt && incident.state !== 'resolved' ? (
            <>
              Next run in <Countdown to={proof.nextAt} />.
            </>
          ) : null}
        </p>
      </div>
      {proof.runs.length > 0 ? (
        <ol aria-label="Runs of the detector" className="mt-2.5">
          {proof.runs
            .slice(-runsShown)
            .reverse()
            .map((run) => (
              <li key={`${run.at} ${run.round}`} className="flex h-6 items-center gap-2 text-12">
                <Mark name={verdictMarks[run.verdict]} />
                {verdictWords[run.verdict]}
                <Stamp at={run.at} seconds className="ml-auto text-ink-3" />
              </li>
            ))}
        </ol>
      ) : null}
    </RailBlock>
  );
}
