import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button } from '@tillkeeper/ui/Button';
import { Mark, State } from '@tillkeeper/ui/Mark';
import { Severity } from '@tillkeeper/ui/Severity';
import { Elapsed, RelativeTime, Stamp } from '@tillkeeper/ui/Times';
import { showToast } from '@tillkeeper/ui/Toast';
import { clockTime, took, viewerZone } from '@tillkeeper/ui/words/time';
import { lazy, Suspense, useState } from 'react';
import { acknowledgeIncident, resolveIncident } from '../api/incidentVerbs.ts';
import { incidentQuery } from '../api/queries.ts';
import { useStream, useWriteRefusal } from '../api/stream.ts';
import type { Incident } from '../api/types.ts';
import { FieldError } from '../frame/FieldError.tsx';
import { type Binding, useKeys } from '../keys/registry.ts';
import { Refusal } from './Refusal.tsx';
import { incidentState } from './stateWords.ts';

const NoteDialog = lazy(() => import('./NoteDialog.tsx').then((module) => ({ default: module.NoteDialog })));
const ResolveAnyway = lazy(() => import('./ResolveAnyway.tsx').then((module) => ({ default: module.ResolveAnyway })));

function StateLine({ incident }: { incident: Incident }) {
  const state = incidentState(incident, incident.proof);
  const { dataOf } = useStream();
  const holder = incident.heldBy;
  const nobody = incident.resolvedAt ? 'Repaired by the playbook' : 'Held by nobody';
  return (
    <p className="mt-1.5 mb-4 flex flex-wrap items-center gap-x-4.5 gap-y-0.5 text-ink-2">
      <State mark={state.mark}>{state.word}</State>
      <span>
        {incident.resolvedAt ? 'Was open ' : 'Open '}
        <Elapsed since={incident.openedAt} until={incident.resolvedAt} className="font-semibold text-ink" />
      </span>
      <span>
        {holder ? (
          <>
            Held by <b className="font-medium text-ink">{holder.name}</b>
          </>
        ) : (
          nobody
        )}
        {incident.acknowledgedAt
          ? `, acknowledged in ${took(Date.parse(incident.acknowledgedAt) - Date.parse(incident.openedAt))}`
          : ''}
      </span>
      {incident.resolvedAt ? (
        <span>
          Resolved <RelativeTime at={incident.resolvedAt} />
        </span>
      ) : (
        <span>
          Since <Stamp at={incident.openedAt} seconds />
        </span>
      )}
      {dataOf === undefined ? null : (
        <span className="inline-flex items-center gap-1.5">
          <Mark name="unknown" />
          data of {clockTime(dataOf, viewerZone())}
        </span>
      )}
    </p>
  );
}

/** Title, severity, state, and what one may do: acknowledge, note, and resolve, which stays refused until the proof is there. */
export function IncidentHead({ incident, failing }: { incident: Incident; failing: boolean }) {
  const client = useQueryClient();
  const [dialog, setDialog] = useState<'note' | 'anyway'>();
  const [explaining, setExplaining] = useState(false);
  const [draft, setDraft] = useState('');
  const staleRefusal = useWriteRefusal();
  const writeRefusal = staleRefusal ?? (failing ? 'Wait for fresh data' : undefined);
  const open = incident.state !== 'resolved';
  const proven = incident.proof.clean >= incident.proof.needed;

  const settle = () => client.invalidateQueries({ queryKey: ['incidents'] });
  const keep = (answer: Incident) => {
    if (!answer.timeline) return;
    client.setQueryData(incidentQuery(String(answer.number)).queryKey, answer);
  };
  const acknowledge = useMutation({
    mutationFn: () => acknowledgeIncident(incident.id),
    onSuccess: keep,
    onSettled: settle,
  });
  const resolve = useMutation({
    mutationFn: () => resolveIncident(incident.id),
    onSuccess: (answer) => {
      keep(answer);
      showToast(`#${incident.number} is resolved`);
    },
    onError: () => setExplaining(true),
    onSettled: settle,
  });

  const canAcknowledge = open && incident.acknowledgedAt === null;
  function pressResolve(): void {
    if (proven && writeRefusal === undefined) resolve.mutate();
    else setExplaining(true);
  }

  const bindings: Binding[] = open
    ? [
        ...(canAcknowledge
          ? [{ keys: 'a', label: 'Acknowledge', run: () => writeRefusal === undefined && acknowledge.mutate() }]
          : []),
        { keys: 'n', label: 'Add note', run: () => setDialog('note') },
        { keys: 'r', label: 'Resolve', run: pressResolve },
      ]
    : [{ keys: 'n', label: 'Add note', run: () => setDialog('note') }];
  useKeys(`Incident #${incident.number}`, bindings);

  const acknowledgeButton = canAcknowledge ? (
    <Button
      tone="primary"
      keys="A"
      busy={acknowledge.isPending}
      refused={writeRefusal}
      onClick={() => acknowledge.mutate()}
      className="max-desk:flex-1"
    >
      Acknowledge
    </Button>
  ) : null;
  const noteButton = (
    <Button keys="N" refused={writeRefusal} onClick={() => setDialog('note')} className={open ? '' : 'max-desk:flex-1'}>
      Add note
    </Button>
  );
  const resolveButton = open ? (
    <Button
      keys="R"
      tone={proven && !canAcknowledge ? 'primary' : 'plain'}
      busy={resolve.isPending}
      refused={writeRefusal ?? (proven ? undefined : 'Resolve after proof')}
      onRefused={() => setExplaining(true)}
      title={proven ? undefined : `Resolves after ${incident.proof.needed} clean runs of ${incident.proof.detector}`}
      onClick={pressResolve}
      className="max-desk:flex-1"
    >
      Resolve
    </Button>
  ) : null;

  return (
    <>
      <div className="flex items-start gap-6">
        <h1 className="min-w-0 flex-1 text-20 font-semibold tracking-[-.012em] text-balance max-desk:text-18">
          {incident.title}
          <span className="ml-2.5 inline-block align-[3px] tracking-normal">
            <Severity level={incident.severity} />
          </span>
        </h1>
        <div className="flex shrink-0 gap-2 max-desk:fixed max-desk:inset-x-0 max-desk:bottom-[calc(56px+env(safe-area-inset-bottom))] max-desk:z-10 max-desk:border-t max-desk:border-line max-desk:bg-surface max-desk:px-4 max-desk:py-2.5">
          {noteButton}
          {resolveButton}
          {acknowledgeButton}
        </div>
      </div>
      <StateLine incident={incident} />
      <FieldError error={acknowledge.error} what="Not acknowledged" />
      {explaining && open ? (
        <Refusal
          incident={incident}
          error={resolve.error}
          proving={resolve.isPending}
          writeRefusal={writeRefusal}
          onProve={() => resolve.mutate()}
          onClose={() => {
            setExplaining(false);
            resolve.reset();
          }}
          onAnyway={() => setDialog('anyway')}
        />
      ) : null}
      <Suspense>
        {dialog === 'note' ? (
          <NoteDialog incident={incident} draft={draft} onDraft={setDraft} onClose={() => setDialog(undefined)} />
        ) : null}
        {dialog === 'anyway' ? <ResolveAnyway incident={incident} onClose={() => setDialog(undefined)} /> : null}
      </Suspense>
    </>
  );
}
