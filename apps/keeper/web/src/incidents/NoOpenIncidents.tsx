import { useQuery } from '@tanstack/react-query';
import { useMachineNow } from '@tillkeeper/ui/Clock';
import { Notice } from '@tillkeeper/ui/Notice';
import { count, counted } from '@tillkeeper/ui/words/money';
import { age, clockMinutes, viewerZone } from '@tillkeeper/ui/words/time';
import { engineQuery } from '../api/queries.ts';
import { useStream } from '../api/stream.ts';
import { isSilent, lookedAgeMs } from '../frame/detectors.ts';
import { ErrorNotice } from '../frame/ErrorNotice.tsx';

/** An empty list is good news only if somebody looked. Healthy has the seal, blind the octagon on red: they never look alike. */
export function NoOpenIncidents() {
  const { data, error, dataUpdatedAt, refetch } = useQuery(engineQuery);
  const { dataOf } = useStream();
  const now = useMachineNow();
  if (!data) {
    return error ? <ErrorNotice error={error} what="The engine's state" retry={() => void refetch()} /> : null;
  }
  const older = Math.max(0, now - dataUpdatedAt);
  const silent = data.detectors.filter((detector) => isSilent(detector, older));
  const lanes = data.lanes.filter((lane) => lane.state === 'silent');

  if (silent.length > 0 || lanes.length > 0 || data.detectors.length === 0) {
    const oldest = Math.max(0, ...silent.map((detector) => (lookedAgeMs(detector) ?? -older) + older));
    const since = oldest === 0 ? '' : ` since ${clockMinutes(now - oldest, viewerZone())}`;
    const who = silent.length > 0 ? counted(silent.length, 'detector') : 'the engine';
    return (
      <Notice
        mark="refuted"
        alarm
        title={
          data.detectors.length === 0
            ? 'We cannot tell: no detector has run yet'
            : `We cannot tell: ${who} ${silent.length > 1 ? 'are' : 'is'} silent${since}`
        }
      >
        {silent.map(({ name, error }) => (error ? `${name} (${error})` : name)).join(', ')}
        {lanes.length > 0 ? ` Silent lanes: ${lanes.map((lane) => lane.name).join(', ')}.` : null}
      </Notice>
    );
  }
  if (dataOf !== undefined) {
    return (
      <Notice mark="unknown" title={`No incident was open at ${clockMinutes(dataOf, viewerZone())}`}>
        The live stream is down. The console asks again every 10 s.
      </Notice>
    );
  }
  const slowest = Math.max(...data.detectors.map((detector) => (lookedAgeMs(detector) ?? 0) + older));
  return (
    <Notice mark="proven" title="No open incidents">
      {count(data.detectors.length)} of {counted(data.detectors.length, 'detector')} ran in the last{' '}
      {age(Math.max(1_000, slowest))}.
      {data.lastProvenAgeMs === null ? '' : ` The engine was last proven ${age(data.lastProvenAgeMs + older)} ago.`}
    </Notice>
  );
}
