import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useClockOffset, useNow } from '@tillkeeper/ui/Clock';
import { EnvironmentStripe } from '@tillkeeper/ui/EnvironmentStripe';
import { Mark } from '@tillkeeper/ui/Mark';
import { showToast } from '@tillkeeper/ui/Toast';
import { clockMinutes, dayAndTime, dayOf, viewerZone } from '@tillkeeper/ui/words/time';
import { lazy, Suspense, useRef, useState } from 'react';
import { engineQuery } from '../api/queries.ts';
import { ApiError } from '../api/request.ts';
import { advanceClock, causeFault, type Fault } from '../api/sandbox.ts';

const FaultPanel = lazy(() => import('./FaultPanel.tsx').then((module) => ({ default: module.FaultPanel })));

const steps = [
  { by: 'PT1H', label: '1 hour' },
  { by: 'P1D', label: '1 day' },
  { by: 'P7D', label: '7 days' },
] as const;

const dayMs = 86_400_000;

const action =
  'rounded-tag font-medium underline decoration-current/40 underline-offset-3 hover:decoration-current max-desk:min-h-11 max-desk:px-1.5';

function StandsAt() {
  const now = useNow();
  const ahead = Math.round(useClockOffset() / dayMs);
  return (
    <span className="min-w-0 truncate">
      <span className="max-desk:sr-only">Clock stands at </span>
      <b className="font-semibold max-desk:hidden">{dayAndTime(now, viewerZone())}</b>
      <b className="font-semibold desk:hidden">
        {dayOf(now, now, viewerZone())} {clockMinutes(now, viewerZone())}
      </b>
      <span className="max-desk:hidden">{ahead > 0 ? `, ${ahead} ${ahead === 1 ? 'day' : 'days'} ahead` : ''}</span>
    </span>
  );
}

function reasonOf(error: Error): string {
  return error instanceof ApiError && error.code !== 'no_answer' ? error.message : 'the sandbox does not answer';
}

/** The sandbox says that it is one, shows its clock, moves it, and breaks things on demand. */
export function SandboxStripe({ sandboxUrl }: { sandboxUrl: string | undefined }) {
  const client = useQueryClient();
  const faultButton = useRef<HTMLButtonElement>(null);
  const [choosing, setChoosing] = useState(false);
  const { isSuccess } = useQuery(engineQuery);

  const advance = useMutation({
    mutationFn: (step: (typeof steps)[number]) => advanceClock(sandboxUrl ?? '', step.by),
    onSuccess: (_, step) => showToast(`Clock moved by ${step.label}, all that fell due is done`),
    onSettled: () => client.invalidateQueries(),
  });
  const fault = useMutation({
    mutationFn: (chosen: Fault) => causeFault(sandboxUrl ?? '', chosen),
    onSuccess: ({ what }) => showToast(what),
  });
  const failed = advance.error ?? fault.error;

  return (
    <EnvironmentStripe name="Sandbox">
      {isSuccess ? <StandsAt /> : null}
      {sandboxUrl === undefined ? null : (
        <span className="ml-auto flex shrink-0 items-center gap-3.5 max-desk:gap-1">
          {failed ? (
            <span role="alert" className="flex items-center gap-1.5 max-desk:hidden">
              <Mark name="refuted" />
              Not done: {reasonOf(failed)}
            </span>
          ) : null}
          {advance.isPending ? (
            <span role="status" className="flex items-center gap-1.5">
              <Mark name="running" plain />
              Moving by {advance.variables.label}
            </span>
          ) : (
            <>
              <span className="max-desk:sr-only">Move by</span>
              {steps.map((step) => (
                <button
                  key={step.by}
                  type="button"
                  onClick={() => {
                    fault.reset();
                    advance.mutate(step);
                  }}
                  className={`${action} ${step.by === 'P1D' ? '' : 'max-desk:hidden'}`}
                >
                  <span className="sr-only">Move the clock by </span>
                  {step.label}
                </button>
              ))}
            </>
          )}
          <button
            ref={faultButton}
            type="button"
            aria-haspopup="dialog"
            aria-expanded={choosing}
            aria-disabled={fault.isPending || undefined}
            onClick={() => setChoosing(!choosing)}
            className={action}
          >
            {fault.isPending ? 'Causing a fault' : 'Cause a fault'}
          </button>
          <span className="max-wide:hidden opacity-80">Mail, cards and shops are simulated</span>
        </span>
      )}
      {choosing ? (
        <Suspense>
          <FaultPanel
            anchor={faultButton}
            onClose={() => setChoosing(false)}
            onChoose={(chosen) => {
              setChoosing(false);
              advance.reset();
              fault.mutate(chosen);
            }}
          />
        </Suspense>
      ) : null}
    </EnvironmentStripe>
  );
}
