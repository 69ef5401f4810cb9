import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { Modal } from '@tillkeeper/ui/Modal';
import { ActivityIcon, ClockIcon, CommandIcon, type LucideIcon, MailIcon, SearchIcon, StoreIcon } from 'lucide-react';
import { type KeyboardEvent, useDeferredValue, useId, useMemo, useRef, useState } from 'react';
import { organizationSearchQuery } from '../api/queries.ts';
import { KeyCaps } from '../keys/KeyCaps.tsx';
import { activeGroups } from '../keys/registry.ts';
import { lookupQuery } from './lookup.ts';
import { recentPages } from './recent.ts';
import { sections } from './sections.ts';

interface Entry {
  readonly id: string;
  readonly label: string;
  readonly note?: string | undefined;
  readonly Icon: LucideIcon;
  readonly keys?: string;
  readonly run: () => void;
}

const lookupIcons = { incident: ActivityIcon, organization: StoreIcon, message: MailIcon };

/** Pages, actions of this page, organizations by name, incidents by number, and whatever a pasted id belongs to. */
export function Palette({ onClose }: { onClose(): void }) {
  const router = useRouter();
  const listId = useId();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const wanted = useDeferredValue(text.trim());
  const organizations = useQuery({ ...organizationSearchQuery(wanted), enabled: wanted.length >= 2 });
  const lookup = useQuery({ ...lookupQuery(wanted), enabled: wanted.length > 0 });
  // Read once: opening the palette must not put the palette's own key among the actions of the page.
  const [commands] = useState(() =>
    activeGroups()
      .filter((group) => group.name !== 'Everywhere' && group.name !== 'List')
      .flatMap((group) => group.bindings),
  );

  const entries = useMemo<Entry[]>(() => {
    const open = (href: string) => () => void router.navigate({ href });
    const matches = (label: string): boolean => label.toLowerCase().includes(wanted.toLowerCase());
    const found = (lookup.data ?? []).map((hit) => ({
      id: hit.href,
      label: hit.label,
      note: hit.kind,
      Icon: lookupIcons[hit.kind],
      run: open(hit.href),
    }));
    const shops = (wanted.length >= 2 ? (organizations.data?.items ?? []) : [])
      .map((each) => ({
        id: `/organizations/${each.id}`,
        label: each.name,
        note: `${each.plan}, ${each.status}`,
        Icon: StoreIcon,
        run: open(`/organizations/${each.id}`),
      }))
      .filter((each) => !found.some((hit) => hit.id === each.id));
    const actions = commands
      .filter((command) => matches(command.label))
      .map((command) => ({ id: `key ${command.keys}`, Icon: CommandIcon, ...command }));
    const pages = sections
      .filter((section) => matches(section.label))
      .map((section) => ({
        id: section.to,
        label: `Go to ${section.label.toLowerCase()}`,
        Icon: section.Icon,
        keys: section.keys,
        run: open(section.to),
      }));
    const recent =
      wanted === ''
        ? recentPages().map((page) => ({ id: page.href, label: page.label, Icon: ClockIcon, run: open(page.href) }))
        : [];
    return [...recent, ...found, ...shops, ...actions, ...pages];
  }, [wanted, lookup.data, organizations.data, commands, router]);

  const current = Math.min(at, entries.length - 1);

  function choose(entry: Entry | undefined): void {
    if (!entry) return;
    onClose();
    entry.run();
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setAt((current + step + entries.length) % Math.max(1, entries.length));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      choose(entries[current]);
    }
  }

  const searching = wanted !== '' && (organizations.isFetching || lookup.isFetching);

  return (
    <Modal place="top" title="Search and commands" titleHidden initialFocus={input} onClose={onClose}>
      <div className="flex h-[42px] shrink-0 items-center gap-[9px] border-b border-line px-3.5">
        <SearchIcon size={15} strokeWidth={1.75} aria-hidden="true" className="text-ink-3" />
        <input
          ref={input}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
          role="combobox"
          aria-expanded="true"
          aria-controls={listId}
          aria-activedescendant={entries[current] ? `${listId}-${current}` : undefined}
          aria-label="Search or paste any id"
          placeholder="An organization, #412, or any id"
          className="h-full min-w-0 flex-1 bg-transparent text-14 outline-none max-desk:text-16"
          autoComplete="off"
          spellCheck={false}
        />
        <KeyCaps keys="Esc" />
      </div>
      <div id={listId} role="listbox" aria-label="Found" className="overflow-y-auto p-1">
        {entries.map((entry, index) => (
          <button
            type="button"
            key={entry.id}
            id={`${listId}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === current}
            ref={index === current ? (element) => element?.scrollIntoView({ block: 'nearest' }) : undefined}
            onPointerMove={() => setAt(index)}
            onClick={() => choose(entry)}
            className="flex h-8 w-full cursor-pointer items-center gap-[9px] rounded-control border border-transparent px-[9px] text-left aria-selected:bg-accent-soft max-desk:h-11"
          >
            <entry.Icon size={15} strokeWidth={1.75} aria-hidden="true" className="text-ink-3" />
            <span className="truncate">{entry.label}</span>
            {entry.note ? <span className="truncate text-12 text-ink-3">{entry.note}</span> : null}
            <span className="ml-auto">{entry.keys ? <KeyCaps keys={entry.keys} /> : null}</span>
          </button>
        ))}
      </div>
      {entries.length === 0 ? (
        <p role="status" className="px-3.5 pt-1 pb-3.5 text-ink-2">
          {searching ? 'Searching' : `Nothing is called “${wanted}”`}
        </p>
      ) : null}
    </Modal>
  );
}
