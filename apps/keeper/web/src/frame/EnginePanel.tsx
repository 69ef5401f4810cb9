import { useQuery } from '@tanstack/react-query';
import { useMachineNow } from '@tillkeeper/ui/Clock';
import { Mark, SealsProvider } from '@tillkeeper/ui/Mark';
import { PopoverPanel } from '@tillkeeper/ui/PopoverPanel';
import { count } from '@tillkeeper/ui/words/money';
import { age, took } from '@tillkeeper/ui/words/time';
import type { RefObject } from 'react';
import { engineQuery } from '../api/queries.ts';
import type { DetectorState, Lane } from '../api/types.ts';
import { isSilent } from './detectors.ts';
import { ErrorNotice } from './ErrorNotice.tsx';

const laneMarks = { ok: 'proven', late: 'degraded', silent: 'refuted' } as const;
const laneWords = { ok: 'works', late: 'late', silent: 'silent' } as const;

function Row({
  mark,
  word,
  name,
  detail,
  value,
}: {
  mark: React.ComponentProps<typeof Mark>['name'];
  word: string;
  name: string;
  detail?: string | undefined;
  value: string;
}) {
  return (
    <li className="flex min-h-7 items-center gap-2.5">
      <Mark name={mark} label={word} />
      <span className="min-w-0 flex-1 truncate">
        {name} {detail ? <span className="text-12 text-ink-3">{detail}</span> : null}
      </span>
      <span className="text-12 text-ink-2">{value}</span>
    </li>
  );
}

function laneValue(lane: Lane, older: number): string {
  return lane.ageMs === null ? 'never' : age(lane.ageMs + older);
}

function detectorDetail(detector: DetectorState): string {
  if (detector.ok === false) return detector.error ?? 'failed';
  if (detector.findings === null) return 'has not run';
  return detector.findings === 0 ? 'finds nothing' : `finds ${count(detector.findings)}`;
}

/** The lanes of the engine, its detectors and what waits. */
export function EnginePanel({ anchor, onClose }: { anchor: RefObject<HTMLElement | null>; onClose(): void }) {
  const { data, error, dataUpdatedAt, refetch } = useQuery(engineQuery);
  const older = Math.max(0, useMachineNow() - dataUpdatedAt);
  const waiting = Object.entries(data?.waiting ?? {}).filter(([, number]) => number > 0);
  return (
    <SealsProvider value={false}>
      <PopoverPanel anchor={anchor} title="Engine" onClose={onClose}>
        {error && !data ? <ErrorNotice error={error} what="The engine's state" retry={() => void refetch()} /> : null}
        {data ? (
          <>
            <ul aria-label="Lanes">
              {data.lanes.map((lane) => (
                <Row
                  key={lane.name}
                  mark={laneMarks[lane.state]}
                  word={laneWords[lane.state]}
                  name={lane.name[0]?.toUpperCase() + lane.name.slice(1)}
                  detail={lane.detail}
                  value={laneValue(lane, older)}
                />
              ))}
            </ul>
            <h3 className="mt-3 border-t border-line pt-3 font-semibold">Detectors</h3>
            <ul aria-label="Detectors" className="mt-1">
              {data.detectors.map((detector) => (
                <Row
                  key={detector.name}
                  mark={isSilent(detector, older) ? 'refuted' : detector.ok === false ? 'degraded' : 'proven'}
                  word={isSilent(detector, older) ? 'silent' : detector.ok === false ? 'failed' : 'ran'}
                  name={detector.name}
                  detail={detectorDetail(detector)}
                  value={detector.ageMs === null ? 'never' : age(detector.ageMs + older)}
                />
              ))}
            </ul>
            <p className="mt-3 border-t border-line pt-3 text-12 text-ink-2">
              {waiting.length === 0
                ? 'Nothing waits.'
                : `Waits: ${waiting.map(([what, number]) => `${count(number)} ${what.replaceAll('_', ' ')}`).join(', ')}.`}
              {data.lastProvenAgeMs === null ? '' : ` Last proven ${took(data.lastProvenAgeMs + older)} ago.`}
            </p>
          </>
        ) : null}
      </PopoverPanel>
    </SealsProvider>
  );
}
