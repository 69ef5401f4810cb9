import type { ReactNode } from 'react';
import { useNow } from './Clock.tsx';
import { Avatar } from './Person.tsx';
import { ClockStamp } from './Times.tsx';
import { dayOf, viewerZone } from './words/time.ts';

export interface TimelineItem {
  id: string;
  at: string;
  /** A person's name, or nothing for the system. */
  person: string | undefined;
  /** Something left the house: a page, a mail. */
  sent: boolean;
  text: ReactNode;
  detail?: ReactNode;
}

function Dot({ sent }: { sent: boolean }) {
  return (
    <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true" className="bg-sunken">
      {sent ? (
        <circle cx="7" cy="7" r="3.2" fill="none" stroke="var(--ctl)" strokeWidth="1.5" />
      ) : (
        <circle cx="7" cy="7" r="2.6" fill="var(--ctl)" />
      )}
    </svg>
  );
}

function Item({ item }: { item: TimelineItem }) {
  return (
    <li
      id={`event-${item.id}`}
      tabIndex={-1}
      className="relative -mx-2 grid grid-cols-[52px_30px_minmax(0,1fr)] rounded-control px-2 py-[5px] text-12 target:bg-accent-soft"
    >
      <ClockStamp at={item.at} className="text-ink-3" />
      <span className="grid justify-items-center pt-0.5">
        {item.person === undefined ? (
          <Dot sent={item.sent} />
        ) : (
          <span className="-mt-0.5 rounded-round bg-sunken">
            <Avatar name={item.person} />
          </span>
        )}
      </span>
      <div className="min-w-0 wrap-break-word">
        {item.text}
        {item.detail ? <div className="text-ink-2">{item.detail}</div> : null}
      </div>
    </li>
  );
}

/** Newest first, one chronology, days apart. An item carries its id, so that a sentence of the record can lead to it. */
export function Timeline({ items }: { items: readonly TimelineItem[] }) {
  const now = useNow();
  const zone = viewerZone();
  const today = dayOf(now, now, zone);
  const days = Map.groupBy(items, (item) => dayOf(Date.parse(item.at), now, zone));
  return [...days].map(([day, own]) => (
    <div key={day}>
      {day === today ? null : <h3 className="pt-1.5 text-12 text-ink-3">{day}</h3>}
      <ol className="relative before:absolute before:top-2.5 before:bottom-2.5 before:left-[67px] before:w-px before:bg-line">
        {own.map((item) => (
          <Item key={item.id} item={item} />
        ))}
      </ol>
    </div>
  ));
}
