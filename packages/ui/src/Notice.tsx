import type { ReactNode } from 'react';
import { Mark, type MarkName } from './Mark.tsx';

/**
 * What stands where a list has nothing to show. Healthy (a seal), blind (an octagon on red) and filtered (a ring) must never look alike.
 * Also the frame of a failed part: what failed, since when, code and request id, and Retry.
 */
export function Notice({
  mark,
  title,
  children,
  actions,
  alarm = false,
}: {
  mark: MarkName;
  title: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
  alarm?: boolean;
}) {
  return (
    <div
      role={alarm ? 'alert' : 'status'}
      className={`grid grid-cols-[22px_minmax(0,1fr)] border border-transparent px-3.5 pt-5 pb-[22px] ${alarm ? 'rounded-panel bg-red-soft' : ''}`}
    >
      <span className="pt-[3px]">
        <Mark name={mark} />
      </span>
      <div>
        <p className="font-medium">{title}</p>
        {children ? <div className="text-12 text-ink-2 text-pretty">{children}</div> : null}
        {actions ? <div className="mt-2.5 flex flex-wrap items-center gap-2">{actions}</div> : null}
      </div>
    </div>
  );
}
