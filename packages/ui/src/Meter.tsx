import { count } from './words/money.ts';

/** How much of a limit is used. Amber from 80 %, red beyond it; a missing limit is said in words, not drawn. */
export function Meter({ label, used, limit }: { label: string; used: number; limit: number | null }) {
  const share = limit === null || limit === 0 ? 0 : used / limit;
  const fill = share > 1 ? 'bg-red' : share >= 0.8 ? 'bg-amber-fill' : 'bg-ink-2';
  return (
    <div className="py-[7px]">
      <div className="flex justify-between gap-3">
        <span>{label}</span>
        <span className="text-ink-2">
          <b className="font-medium text-ink">{count(used)}</b> {limit === null ? 'no limit' : `of ${count(limit)}`}
        </span>
      </div>
      <div
        role="meter"
        aria-label={label}
        aria-valuenow={used}
        aria-valuemin={0}
        aria-valuemax={limit ?? Math.max(1, used)}
        aria-valuetext={limit === null ? `${count(used)}, no limit` : `${count(used)} of ${count(limit)}`}
        className="mt-[3px] h-1.5 overflow-hidden rounded-round bg-track"
      >
        <div className={`h-full ${fill}`} style={{ width: `${Math.min(100, share * 100)}%` }} />
      </div>
    </div>
  );
}
