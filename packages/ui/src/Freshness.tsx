import { useMachineNow } from './Clock.tsx';
import { Mark } from './Mark.tsx';
import { age, clockTime, took, viewerZone } from './words/time.ts';

export type FreshnessLevel = 'proven' | 'late' | 'silent' | 'paused' | 'unknown';

/** Up to 60 s the seal, to 120 s the triangle, then the octagon. `provenAt` on this device's clock, in milliseconds. */
export function freshnessOf(
  provenAt: number | undefined,
  pausedSince: number | undefined,
  now: number,
): FreshnessLevel {
  if (pausedSince !== undefined) return 'paused';
  if (provenAt === undefined) return 'unknown';
  const old = now - provenAt;
  if (old <= 60_000) return 'proven';
  return old <= 120_000 ? 'late' : 'silent';
}

const marks = {
  proven: 'proven',
  late: 'degraded',
  silent: 'refuted',
  paused: 'unknown',
  unknown: 'unknown',
} as const;

/** How old the last proof of the engine is. `short` keeps the mark and the age, for narrow headers. */
export function Freshness({
  provenAt,
  pausedSince,
}: {
  provenAt: number | undefined;
  /** The live stream is down: what is shown is of this moment. Device clock, milliseconds. */
  pausedSince: number | undefined;
}) {
  const now = useMachineNow();
  const level = freshnessOf(provenAt, pausedSince, now);
  const old = provenAt === undefined ? 0 : Math.max(0, now - provenAt);
  return (
    <span className="inline-flex items-center gap-[7px] whitespace-nowrap text-12 text-ink-2">
      <Mark name={marks[level]} />
      {level === 'proven' ? (
        <span>
          <span className="max-desk:sr-only">Last proven </span>
          <b className="font-medium text-ink">
            {age(old)}
            <span className="max-desk:sr-only"> ago</span>
          </b>
        </span>
      ) : null}
      {level === 'late' ? (
        <span>
          <span className="max-desk:sr-only">Proven </span>
          <b className="font-medium text-ink">{took(old)} ago</b>
        </span>
      ) : null}
      {level === 'silent' ? (
        <span>
          <b className="font-medium text-red">Not proven for {age(old)}</b>
          <span className="max-desk:sr-only">, seals withdrawn</span>
        </span>
      ) : null}
      {level === 'paused' && pausedSince !== undefined ? (
        <span>
          Paused<span className="max-desk:sr-only">, data of </span>
          <b className="font-medium text-ink"> {clockTime(pausedSince, viewerZone())}</b>
        </span>
      ) : null}
      {level === 'unknown' ? <span>Not known</span> : null}
    </span>
  );
}
