import { Button } from '@tillkeeper/ui/Button';
import { Notice } from '@tillkeeper/ui/Notice';
import { Stamp } from '@tillkeeper/ui/Times';
import { counted } from '@tillkeeper/ui/words/money';
import { ApiError } from '../api/request.ts';
import type { Incident } from '../api/types.ts';
import { Evidence } from './Evidence.tsx';
import { type Facts, summaryOf } from './evidenceFacts.ts';

/** What the detector found when it was asked, of a `not_proven`. */
function findingsOf(error: ApiError): Facts {
  const { findings } = error.fields;
  return typeof findings === 'object' && findings !== null ? (findings as Facts) : {};
}

/** The problem's detail as a sentence of its own. */
function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** Why it does not resolve: what the detector found last, or finds right now, and the one way around it. */
export function Refusal({
  incident,
  error,
  proving,
  writeRefusal,
  onProve,
  onClose,
  onAnyway,
}: {
  incident: Incident;
  error: Error | null;
  /** The detector is being asked. */
  proving: boolean;
  writeRefusal: string | undefined;
  onProve(): void;
  onClose(): void;
  onAnyway(): void;
}) {
  const { proof } = incident;
  const refused = error instanceof ApiError ? error : undefined;
  const findings = refused ? findingsOf(refused) : {};
  const { last } = proof;
  return (
    <section aria-label="Why it does not resolve" className="mb-4 rounded-panel border border-line bg-raised">
      <Notice
        mark={refused ? 'refuted' : 'pending'}
        title={refused ? 'Not resolved' : 'It resolves after the proof'}
        actions={
          <>
            <Button size="small" busy={proving} refused={writeRefusal} onClick={onProve}>
              Run the proof now
            </Button>
            <Button size="small" tone="quiet" onClick={onClose}>
              Keep open
            </Button>
            <Button size="small" tone="quiet" refused={writeRefusal} onClick={onAnyway}>
              Resolve without proof
            </Button>
          </>
        }
      >
        {refused ? (
          <p>
            {sentence(refused.message)} Code <span className="code">{refused.code}</span>
            {refused.requestId ? (
              <>
                , request <span className="code">{refused.requestId}</span>
              </>
            ) : null}
          </p>
        ) : null}
        {refused ? null : (
          <p>
            {counted(proof.needed, 'clean run')} of <span className="code">{proof.detector}</span> in a row close it;{' '}
            {proof.clean} came back clean.{' '}
            {last ? (
              <>
                The last run at <Stamp at={last.at} seconds />{' '}
                {last.verdict === 'clean' ? 'was clean' : 'still finds it'}
                {summaryOf(last.findings) ? `: ${summaryOf(last.findings)}` : ''}.
              </>
            ) : (
              'It has not run for this incident yet.'
            )}
          </p>
        )}
      </Notice>
      {Object.keys(findings).some((key) => key !== 'summary') ? (
        <div className="border-t border-line">
          <Evidence facts={findings} />
        </div>
      ) : null}
    </section>
  );
}
