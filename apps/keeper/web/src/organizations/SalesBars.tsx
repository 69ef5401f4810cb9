import { count, counted } from '@tillkeeper/ui/words/money';
import { useEffect, useId, useRef, useState } from 'react';
import { SectionHead } from '../frame/Page.tsx';
import { useKeys } from '../keys/registry.ts';

interface Day {
  readonly day: string;
  readonly count: number;
}

const height = 92;
const left = 34;
// A narrow chart is drawn anew with fewer days: squeezed bars of a pixel and a half cannot be told apart.
const narrowWidth = 560;
const narrowDays = 35;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A round number at which one line says what the heights mean: the largest of 1, 2, 5 that most bars reach. */
function lineAt(largest: number): number {
  const magnitude = 10 ** Math.floor(Math.log10(Math.max(1, largest)));
  return [5, 2, 1].map((step) => step * magnitude).find((line) => line <= largest) ?? 1;
}

function dayLabel(day: string): string {
  const [, month, date] = day.split('-').map(Number);
  return `${date} ${months[(month ?? 1) - 1]}`;
}

function useWidth(): [React.RefObject<HTMLDivElement | null>, number] {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (!box.current) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  return [box, width];
}

function Chart({ days, width, label }: { days: readonly Day[]; width: number; label: string }) {
  const top = Math.max(1, ...days.map((day) => day.count));
  const line = lineAt(top);
  const step = (width - left) / days.length;
  const bar = Math.max(2, Math.min(14, step - (step > 6 ? 2.5 : 1)));
  const y = (value: number): number => 4 + (height - 4) * (1 - value / top);
  return (
    <svg width={width} height={height + 20} role="img" aria-label={label}>
      <line x1={left - 6} x2={width} y1={y(line)} y2={y(line)} stroke="var(--line)" />
      <text x="0" y={y(line) + 4} fontSize="11" fill="var(--ink-3)">
        {count(line)}
      </text>
      <text x="0" y={y(0)} fontSize="11" fill="var(--ink-3)">
        0
      </text>
      {days.map((day, index) => {
        const x = left + index * step + (step - bar) / 2;
        const today = index === days.length - 1;
        const first = day.day.endsWith('-01');
        return (
          <g key={day.day}>
            {day.count === 0 ? (
              <line x1={x} x2={x + bar} y1={height - 0.5} y2={height - 0.5} stroke="var(--ctl)" />
            ) : (
              <rect
                x={x}
                y={y(day.count)}
                width={bar}
                height={height - y(day.count)}
                rx="1"
                fill={today ? 'var(--ink-2)' : 'var(--ctl)'}
              >
                <title>{`${dayLabel(day.day)}: ${count(day.count)}`}</title>
              </rect>
            )}
            {first && x < width - 90 ? (
              <text x={x} y={height + 15} fontSize="11" fill="var(--ink-3)">
                {months[Number(day.day.slice(5, 7)) - 1]}
              </text>
            ) : null}
          </g>
        );
      })}
      <text x={width} y={height + 15} fontSize="11" fill="var(--ink-2)" textAnchor="end">
        today {count(days.at(-1)?.count ?? 0)}
      </text>
    </svg>
  );
}

function Twin({ days }: { days: readonly Day[] }) {
  return (
    <div className="max-h-60 overflow-y-auto border-t border-line">
      <table aria-label="Sales a day" className="w-full border-collapse">
        <thead className="sr-only">
          <tr>
            <th scope="col">Day</th>
            <th scope="col">Sales</th>
          </tr>
        </thead>
        <tbody>
          {days.toReversed().map((day) => (
            <tr key={day.day}>
              <td className="h-7 border-b border-line">{dayLabel(day.day)}</td>
              <td className="border-b border-line text-right">{count(day.count)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Sales a day in the shop's zone. Each chart has its table: T. */
export function SalesBars({ days, zone }: { days: readonly Day[]; zone: string }) {
  const id = useId();
  const [box, width] = useWidth();
  const [table, setTable] = useState(false);
  useKeys('Sales a day', [{ keys: 't', label: 'Chart or table', run: () => setTable((shown) => !shown) }]);

  const shown = width > 0 && width < narrowWidth ? days.slice(-narrowDays) : days;
  const total = shown.reduce((sum, day) => sum + day.count, 0);
  const today = days.at(-1)?.count ?? 0;
  const label = `Sales a day, ${shown.length} days, ${counted(total, 'sale')}, today ${count(today)}`;
  return (
    <section aria-label="Sales a day" className="mt-7">
      <SectionHead
        title="Sales a day"
        note={`${shown.length} days, ${counted(total, 'sale')}, today ${count(today)} so far, ${zone}`}
        aside={
          <button
            type="button"
            aria-pressed={table}
            aria-controls={id}
            onClick={() => setTable(!table)}
            className="link max-desk:min-h-11"
          >
            {table ? 'Chart' : 'Table'}
          </button>
        }
      />
      <div ref={box} id={id}>
        {table ? (
          <Twin days={shown} />
        ) : total === 0 ? (
          <p className="border-t border-line pt-2.5 text-ink-2">No sale in {shown.length} days.</p>
        ) : (
          <div className="min-h-28">{width > 0 ? <Chart days={shown} width={width} label={label} /> : null}</div>
        )}
      </div>
    </section>
  );
}
