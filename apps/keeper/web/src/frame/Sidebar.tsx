import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Avatar } from '@tillkeeper/ui/Person';
import { ThemeSwitch } from '@tillkeeper/ui/Theme';
import { LogOutIcon } from 'lucide-react';
import { environmentQuery, meQuery } from '../api/queries.ts';
import { useAttention } from './attention.ts';
import { Brand } from './Brand.tsx';
import { sections } from './sections.ts';
import { useSignOut } from './signOut.ts';

function Count() {
  const { untouched, open } = useAttention();
  if (untouched.length > 0) {
    return (
      <span className="ml-auto rounded-round border border-transparent bg-red-solid px-1.5 text-11 leading-4 font-semibold text-on-red">
        {untouched.length}
        <span className="sr-only"> held by nobody</span>
      </span>
    );
  }
  return open === undefined || open === '0' ? null : (
    <span className="ml-auto text-12 font-regular text-ink-3">
      {open}
      <span className="sr-only"> open</span>
    </span>
  );
}

export function Sidebar() {
  const { data: me } = useQuery(meQuery);
  const { data: environment } = useQuery(environmentQuery);
  const leave = useSignOut();
  const groups = Map.groupBy(sections, (section) => section.group);
  return (
    <aside
      aria-label="Console"
      className="sticky top-(--stripe) flex h-[calc(100dvh-var(--stripe))] flex-col overflow-y-auto border-r border-line bg-canvas px-2 pb-3 max-desk:hidden"
    >
      <div className="flex h-12 shrink-0 items-center px-2">
        <Brand />
        <span className="ml-auto text-12 text-ink-3 first-letter:uppercase">{environment?.environment}</span>
      </div>
      <nav aria-label="Sections">
        {[...groups].map(([group, own]) => (
          <div key={group ?? 'first'} className="mb-3 grid gap-px">
            {group === undefined ? null : <p className="px-2 text-12 leading-6 text-ink-3">{group}</p>}
            {own.map((section) => (
              <Link
                key={section.to}
                to={section.to}
                className="flex h-7 items-center gap-2.5 rounded-control px-2 text-ink-2 hover:bg-hover data-[status=active]:bg-selected data-[status=active]:font-medium data-[status=active]:text-ink"
                activeProps={{ 'aria-current': 'page' }}
              >
                <section.Icon size={16} strokeWidth={1.75} aria-hidden="true" />
                {section.label}
                {section.to === '/incidents' ? <Count /> : null}
              </Link>
            ))}
          </div>
        ))}
      </nav>
      <div className="mt-auto grid gap-2.5 px-2 pt-4">
        <ThemeSwitch />
        {me ? (
          <div className="flex items-center gap-2 text-12">
            <Avatar name={me.name} />
            <span className="min-w-0 flex-1 truncate">{me.name}</span>
            <button
              type="button"
              onClick={leave}
              aria-label="Sign out"
              title="Sign out"
              className="grid size-[26px] place-items-center rounded-control text-ink-3 hover:bg-hover hover:text-ink"
            >
              <LogOutIcon size={14} strokeWidth={1.75} aria-hidden="true" />
            </button>
          </div>
        ) : null}
      </div>
    </aside>
  );
}
