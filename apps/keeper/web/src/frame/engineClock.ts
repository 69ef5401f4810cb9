import { useQuery } from '@tanstack/react-query';
import { beatQuery, engineQuery } from '../api/queries.ts';

interface EngineClock {
  /** When the engine was last proven, on this device's clock in milliseconds; undefined: never, or not known. */
  readonly provenAt: number | undefined;
  /** How far business time is ahead of this device, in milliseconds; undefined until the server has said it. */
  readonly offsetMs: number | undefined;
}

/** What the server said last about its time and the age of its proof, by beat or by answer, whichever is newer. */
export function useEngineClock(): EngineClock {
  const engine = useQuery(engineQuery);
  const beat = useQuery(beatQuery);
  const fromBeat = beat.data && beat.dataUpdatedAt >= engine.dataUpdatedAt;
  const at = fromBeat ? beat.dataUpdatedAt : engine.dataUpdatedAt;
  const ageMs = (fromBeat ? beat.data.lastProvenAgeMs : engine.data?.lastProvenAgeMs) ?? undefined;
  const businessNow = fromBeat ? beat.data.businessNow : engine.data?.clock.businessNow;
  return {
    provenAt: ageMs === undefined ? undefined : at - ageMs,
    offsetMs: businessNow === undefined ? undefined : Date.parse(businessNow) - at,
  };
}
