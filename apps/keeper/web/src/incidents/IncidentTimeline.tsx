import { Timeline, type TimelineItem } from '@tillkeeper/ui/Timeline';
import type { TimelineEvent } from '../api/types.ts';
import { RailBlock } from '../frame/Page.tsx';

export type TimelineFilter = 'all' | 'people' | 'system';

const filters = [
  { filter: 'all', label: 'All' },
  { filter: 'people', label: 'People' },
  { filter: 'system', label: 'System' },
] as const;

function isPerson(event: TimelineEvent): boolean {
  return event.actor.kind === 'operator' || event.actor.kind === 'support' || event.actor.kind === 'member';
}

function itemOf(event: TimelineEvent): TimelineItem {
  const person = isPerson(event) ? event.actor.name : undefined;
  const note = person !== undefined && event.kind === 'note';
  return {
    id: event.id,
    at: event.at,
    person,
    sent: /message|mail|page/.test(event.kind),
    text: note ? <span className="font-medium">{person}</span> : event.text,
    detail: note ? <span className="whitespace-pre-wrap">{event.text}</span> : undefined,
  };
}

export function IncidentTimeline({
  events,
  filter,
  onFilter,
}: {
  events: readonly TimelineEvent[];
  filter: TimelineFilter;
  onFilter(filter: TimelineFilter): void;
}) {
  const shown = events
    .filter((event) => filter === 'all' || isPerson(event) === (filter === 'people'))
    .toSorted((a, b) => b.at.localeCompare(a.at) || b.id.localeCompare(a.id));
  return (
    <RailBlock
      title="Timeline"
      aside={
        <span className="flex gap-2.5">
          {filters.map((each) => (
            <button
              key={each.filter}
              type="button"
              aria-pressed={filter === each.filter}
              onClick={() => onFilter(each.filter)}
              className="text-ink-3 aria-pressed:font-medium aria-pressed:text-ink-2 max-desk:min-h-11 max-desk:px-1"
            >
              {each.label}
            </button>
          ))}
        </span>
      }
    >
      {shown.length === 0 ? (
        <p className="text-12 text-ink-3">
          {filter === 'people' ? 'Nobody has written or acted yet.' : 'Nothing yet.'}
        </p>
      ) : (
        <Timeline items={shown.map(itemOf)} />
      )}
    </RailBlock>
  );
}
