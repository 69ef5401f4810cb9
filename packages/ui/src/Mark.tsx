import { createContext, type ReactNode, useContext } from 'react';

export type MarkName =
  | 'triggered'
  | 'acknowledged'
  | 'approval'
  | 'manual'
  | 'running'
  | 'proving'
  | 'proven'
  | 'done'
  | 'refuted'
  | 'degraded'
  | 'paused'
  | 'unknown'
  | 'pending';

const tones: Record<MarkName, { mark: string; word: string }> = {
  triggered: { mark: 'text-red', word: 'text-red' },
  acknowledged: { mark: 'text-amber', word: 'text-amber' },
  approval: { mark: 'text-amber', word: 'text-amber' },
  manual: { mark: 'text-amber', word: 'text-amber' },
  running: { mark: 'text-accent', word: 'text-accent' },
  proving: { mark: 'text-accent', word: 'text-accent' },
  proven: { mark: 'text-green', word: 'text-green' },
  done: { mark: 'text-ink-3', word: 'text-ink-2' },
  refuted: { mark: 'text-red', word: 'text-red' },
  degraded: { mark: 'text-amber', word: 'text-amber' },
  paused: { mark: 'text-ink-3', word: 'text-ink-2' },
  unknown: { mark: 'text-ink-3', word: 'text-ink-2' },
  pending: { mark: 'text-ink-3', word: 'text-ink-2' },
};

const round = { fill: 'none', stroke: 'currentColor', strokeLinecap: 'round', strokeLinejoin: 'round' } as const;
const cut = { ...round, stroke: 'var(--surface)', strokeWidth: 1.6 } as const;

const shapes: Record<MarkName, ReactNode> = {
  triggered: <path d="M7 .8 13.2 7 7 13.2.8 7Z" fill="currentColor" />,
  acknowledged: (
    <>
      <circle cx="7" cy="7" r="5.4" {...round} strokeWidth="1.6" />
      <path d="M7 1.6a5.4 5.4 0 0 0 0 10.8Z" fill="currentColor" />
    </>
  ),
  approval: (
    <>
      <rect x="1.6" y="1.6" width="10.8" height="10.8" rx="2.6" {...round} strokeWidth="1.6" />
      <path d="M5.4 4.6v4.8M8.6 4.6v4.8" {...round} strokeWidth="1.6" />
    </>
  ),
  manual: (
    <>
      <circle cx="7" cy="4.4" r="2.3" {...round} strokeWidth="1.5" />
      <path d="M2.6 12.4c.4-2.6 2-4 4.4-4s4 1.4 4.4 4" {...round} strokeWidth="1.5" />
    </>
  ),
  running: (
    <>
      <circle cx="7" cy="7" r="5.4" {...round} strokeOpacity=".28" strokeWidth="1.6" />
      <path
        className="origin-center animate-turn [transform-box:view-box]"
        d="M7 1.6a5.4 5.4 0 1 1-5.4 5.4"
        {...round}
        strokeWidth="1.8"
      />
    </>
  ),
  proving: (
    <>
      <circle cx="7" cy="7" r="5.4" {...round} strokeLinecap="butt" strokeWidth="1.6" strokeDasharray="2.4 1.84" />
      <circle cx="7" cy="7" r="2" fill="currentColor" />
    </>
  ),
  proven: (
    <>
      <circle cx="7" cy="7" r="6.2" fill="currentColor" />
      <path d="m4.2 7.2 2 2 3.8-4.2" {...cut} />
    </>
  ),
  done: <path d="m2.6 7.4 2.9 2.9 5.9-6.6" {...round} strokeWidth="1.6" />,
  refuted: (
    <>
      <path d="M4.4 .8h5.2L13.2 4.4v5.2L9.6 13.2H4.4L.8 9.6V4.4Z" fill="currentColor" />
      <path d="m4.8 4.8 4.4 4.4m0-4.4L4.8 9.2" {...cut} />
    </>
  ),
  degraded: (
    <>
      <path d="M7 1.4 13.2 12.4H.8Z" {...round} strokeWidth="1.5" />
      <path d="M7 5.4v3.2" {...round} strokeWidth="1.5" />
      <circle cx="7" cy="10.4" r=".85" fill="currentColor" />
    </>
  ),
  paused: (
    <>
      <circle cx="7" cy="7" r="5.4" {...round} strokeWidth="1.6" />
      <path d="M7 4v3.2l2 1.3" {...round} strokeWidth="1.5" />
    </>
  ),
  unknown: (
    <>
      <circle cx="7" cy="7" r="5.4" {...round} strokeLinecap="butt" strokeWidth="1.4" strokeDasharray="2.1 2.14" />
      <path d="M5.5 5.6c.1-1 .7-1.5 1.6-1.5s1.6.5 1.6 1.3c0 1.1-1.5 1.2-1.5 2.3" {...round} strokeWidth="1.3" />
      <circle cx="7.1" cy="9.7" r=".8" fill="currentColor" />
    </>
  ),
  pending: <circle cx="7" cy="7" r="5.2" {...round} strokeWidth="1.4" strokeOpacity=".65" />,
};

const SealsWithdrawn = createContext(false);

/** When nobody has looked for too long, no seal holds any more: below a true `withdrawn` each one turns to *not known*. */
export const SealsProvider = SealsWithdrawn.Provider;

function useShown(name: MarkName): MarkName {
  return useContext(SealsWithdrawn) && name === 'proven' ? 'unknown' : name;
}

/**
 * One of the state marks, 14 px. The shape alone tells the state (print, colour blindness, forced colours). Beside a word it is decoration;
 * standing alone it takes a `label`.
 */
export function Mark({ name, label, plain = false }: { name: MarkName; label?: string; plain?: boolean }) {
  const shown = useShown(name);
  return (
    <svg
      width="14"
      height="14"
      viewBox="0 0 14 14"
      className={plain ? undefined : tones[shown].mark}
      {...(label === undefined ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label })}
    >
      {shapes[shown]}
    </svg>
  );
}

/** Shape, then word, then colour. */
export function State({ mark, children }: { mark: MarkName; children: ReactNode }) {
  const shown = useShown(mark);
  return (
    <span className="inline-flex items-center gap-1.5 align-top font-medium whitespace-nowrap">
      <Mark name={mark} />
      <span className={tones[shown].word}>{children}</span>
    </span>
  );
}
