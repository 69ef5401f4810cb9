import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useNow } from '@tillkeeper/ui/Clock';
import { Kbd } from '@tillkeeper/ui/Kbd';
import { clockTime, viewerZone, weekdayAndDay } from '@tillkeeper/ui/words/time';
import { SearchIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { environmentQuery } from '../api/queries.ts';
import { BrandMark } from './Brand.tsx';
import { EngineFreshness } from './EngineFreshness.tsx';
import { useOverlays } from './overlays.ts';
import { PageTitle } from './PageTitle.tsx';
import { RedBar } from './RedBar.tsx';

interface Parent {
  readonly to: '/incidents' | '/organizations';
  readonly label: string;
}

function Clock() {
  const now = useNow();
  const zone = viewerZone();
  const { data: environment } = useQuery(environmentQuery);
  return (
    <div className="flex h-[30px] items-center gap-1.5 border-l border-line pl-4 text-12 whitespace-nowrap max-wide:hidden">
      <b className="font-medium text-ink">{clockTime(now, zone)}</b>
      <span className="text-ink-3">
        {environment?.environment === 'sandbox'
          ? `${weekdayAndDay(now, zone)}, sandbox clock`
          : `${clockTime(now, 'UTC')} UTC`}
      </span>
    </div>
  );
}

function Header({ parent, here }: { parent: Parent | undefined; here: string }) {
  const { openPalette } = useOverlays();
  return (
    <header className="sticky top-(--stripe) z-10 flex h-12 items-center gap-4 border-b border-line bg-surface px-6 max-desk:gap-2.5 max-desk:px-4">
      <Link to="/incidents" aria-label="Keeper" className="desk:hidden">
        <BrandMark />
      </Link>
      <nav aria-label="Breadcrumb" className="min-w-0 flex-1">
        <ol className="flex min-w-0 items-center gap-2 text-ink-3">
          {parent ? (
            <li className="flex gap-2">
              <Link to={parent.to} className="hover:text-ink">
                {parent.label}
              </Link>
              <span aria-hidden="true">/</span>
            </li>
          ) : null}
          <li aria-current="page" className="truncate font-medium text-ink">
            {here}
          </li>
        </ol>
      </nav>
      <button
        type="button"
        onClick={openPalette}
        className="flex h-[30px] w-62 items-center gap-2 rounded-control border border-line bg-sunken whitespace-nowrap pr-1.5 pl-[9px] text-ink-3 hover:border-edge max-desk:hidden"
      >
        <SearchIcon size={14} strokeWidth={1.75} aria-hidden="true" />
        Search or paste any id
        <span className="ml-auto">
          <Kbd>Ctrl K</Kbd>
        </span>
      </button>
      <EngineFreshness />
      <Clock />
    </header>
  );
}

/** One page: breadcrumb, what burns, the content, and at the right the rail (below the content on narrow screens). */
export function Page({
  title,
  here = title,
  parent,
  rail,
  children,
}: {
  /** Of the browser's tab. */
  title: string;
  /** The last part of the breadcrumb, when it is shorter than the title. */
  here?: string;
  parent?: Parent;
  rail?: ReactNode;
  children: ReactNode;
}) {
  const { reference } = useParams({ strict: false });
  return (
    <>
      <PageTitle title={title} />
      <Header parent={parent} here={here} />
      <RedBar hiddenFor={reference} />
      <div
        className={`grid flex-1 grid-cols-[minmax(0,1fr)] ${rail ? 'wide:grid-cols-[minmax(0,1fr)_328px]' : ''} mx-auto w-full max-w-420`}
      >
        <main
          id="content"
          tabIndex={-1}
          className="min-w-0 px-6 pt-5 pb-10 focus-visible:outline-none max-desk:px-4 max-desk:pt-4 max-desk:pb-8"
        >
          {children}
        </main>
        {rail ? (
          <aside
            aria-label="Times, proof and facts"
            className="min-w-0 border-line bg-sunken px-5 pb-10 max-wide:border-t max-desk:px-4 wide:border-l"
          >
            {rail}
          </aside>
        ) : null}
      </div>
    </>
  );
}

/** A block of the rail. */
export function RailBlock({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section aria-label={title} className="border-b border-line py-4 last:border-0">
      <SectionHead title={title} aside={aside} />
      {children}
    </section>
  );
}

/** Title of a section, what it covers, and at the right what one can do with it. */
export function SectionHead({ title, note, aside }: { title: string; note?: ReactNode; aside?: ReactNode }) {
  return (
    <div className="mb-2 flex min-w-0 items-baseline gap-2 whitespace-nowrap">
      <h2 className="font-semibold">{title}</h2>
      {note ? <span className="min-w-0 truncate text-12 text-ink-3 max-desk:hidden">{note}</span> : null}
      {aside ? (
        <span className="ml-auto min-w-0 text-right text-12 text-ink-2 max-desk:whitespace-normal">{aside}</span>
      ) : null}
    </div>
  );
}
