import { Link } from '@tanstack/react-router';
import { Stamp } from '@tillkeeper/ui/Times';
import { ActivityIcon, CircleIcon, CreditCardIcon, type LucideIcon, MailIcon, MessageSquareIcon } from 'lucide-react';
import { useState } from 'react';
import type { StoryEntry } from '../api/types.ts';
import { RailBlock } from '../frame/Page.tsx';

const first = 14;

const kinds: Record<string, { Icon: LucideIcon; word: string }> = {
  billing: { Icon: CreditCardIcon, word: 'Billing' },
  mail: { Icon: MailIcon, word: 'Mail' },
  incident: { Icon: ActivityIcon, word: 'Incident' },
  note: { Icon: MessageSquareIcon, word: 'Note' },
};

/** One chronology of the shop, newest first, in its zone. */
export function Story({ story, zone }: { story: readonly StoryEntry[]; zone: string }) {
  const [all, setAll] = useState(false);
  const shown = all ? story : story.slice(0, first);
  return (
    <RailBlock title="What happened" aside={story.length === 0 ? undefined : 'newest first'}>
      {story.length === 0 ? <p className="text-12 text-ink-3">Nothing yet.</p> : null}
      <ol>
        {shown.map((entry) => {
          const { Icon, word } = kinds[entry.kind] ?? { Icon: CircleIcon, word: entry.kind };
          return (
            <li
              key={`${entry.at} ${entry.kind} ${entry.text}`}
              className="grid grid-cols-[84px_22px_minmax(0,1fr)] py-[5px] text-12"
            >
              <Stamp at={entry.at} zone={zone} className="text-ink-3" />
              <span className="pt-0.5 text-ink-3">
                <Icon size={14} strokeWidth={1.75} role="img" aria-label={word} />
              </span>
              {entry.incidentId === null ? (
                <span className="wrap-anywhere">{entry.text}</span>
              ) : (
                <Link
                  to="/incidents/$reference"
                  params={{ reference: entry.incidentId }}
                  className="wrap-anywhere hover:underline"
                >
                  {entry.text}
                </Link>
              )}
            </li>
          );
        })}
      </ol>
      {shown.length < story.length ? (
        <button type="button" onClick={() => setAll(true)} className="link mt-1 text-12 text-ink-2 max-desk:min-h-11">
          Show {story.length - shown.length} older
        </button>
      ) : null}
    </RailBlock>
  );
}
