export type SeverityLevel = 'P0' | 'P1' | 'P2' | 'P3';

const weights: Record<SeverityLevel, string> = {
  P0: 'border-ink bg-ink font-semibold text-on-ink',
  P1: 'border-[1.5px] border-ink font-semibold',
  P2: 'border-ctl font-medium',
  P3: 'border-line font-medium text-ink-3',
};

/** How bad, by the weight of the ink and never by hue, so that it cannot be taken for a state. */
export function Severity({ level }: { level: SeverityLevel }) {
  return (
    <span
      className={`inline-grid h-[18px] min-w-6 place-items-center rounded-tag border px-1 text-11 leading-none tracking-[.02em] ${weights[level]}`}
    >
      <span className="sr-only">Severity </span>
      {level}
    </span>
  );
}

/** A quiet fact in a frame: a plan, a price. */
export function Tag({ children }: { children: React.ReactNode }) {
  return (
    <span className="inline-block h-[18px] whitespace-nowrap rounded-tag border border-line px-1.5 text-11 leading-4 text-ink-2">
      {children}
    </span>
  );
}
