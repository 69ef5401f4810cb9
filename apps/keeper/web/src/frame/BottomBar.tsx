import { Link } from '@tanstack/react-router';
import { EllipsisIcon } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { useAttention } from './attention.ts';
import { sections } from './sections.ts';

const MoreSheet = lazy(() => import('./MoreSheet.tsx').then((module) => ({ default: module.MoreSheet })));

const item =
  'relative flex h-14 flex-col items-center justify-center gap-0.5 text-11 leading-[14px] text-ink-3 data-[status=active]:font-medium data-[status=active]:text-ink';

/** The sections under the thumb, on a phone. */
export function BottomBar() {
  const { untouched } = useAttention();
  const [more, setMore] = useState(false);
  return (
    <>
      <nav
        aria-label="Sections"
        className="fixed inset-x-0 bottom-0 z-20 grid grid-cols-4 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] desk:hidden"
      >
        {sections.map((section) => (
          <Link key={section.to} to={section.to} className={item} activeProps={{ 'aria-current': 'page' }}>
            <section.Icon size={20} strokeWidth={1.75} aria-hidden="true" />
            {section.label}
            {section.to === '/incidents' && untouched.length > 0 ? (
              <span className="absolute top-[5px] left-[calc(50%+6px)] min-w-[15px] rounded-round bg-red-solid text-center text-[10px] leading-[15px] font-semibold text-on-red">
                {untouched.length}
                <span className="sr-only"> held by nobody</span>
              </span>
            ) : null}
          </Link>
        ))}
        <button type="button" aria-haspopup="dialog" onClick={() => setMore(true)} className={item}>
          <EllipsisIcon size={20} strokeWidth={1.75} aria-hidden="true" />
          More
        </button>
      </nav>
      {more ? (
        <Suspense>
          <MoreSheet onClose={() => setMore(false)} />
        </Suspense>
      ) : null}
    </>
  );
}
