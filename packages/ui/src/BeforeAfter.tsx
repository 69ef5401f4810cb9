import { ArrowRightIcon } from 'lucide-react';
import type { ReactNode } from 'react';

/** The old value struck through, the new one in ink. No red or green: a cancellation can be correct. */
export function BeforeAfter({ before, after }: { before: ReactNode; after: ReactNode }) {
  return (
    <span className="whitespace-nowrap">
      <del className="text-ink-3 decoration-ctl">{before}</del>
      <ArrowRightIcon
        role="img"
        aria-label="becomes"
        size={12}
        strokeWidth={1.75}
        className="mx-[5px] inline-block align-[-2px] text-ink-3"
      />
      <ins className="font-semibold no-underline">{after}</ins>
    </span>
  );
}
