import { formatMoment } from '../playbooks/formatDate.ts';

export interface RecordedEvent {
  readonly id: string;
  readonly at: Temporal.Instant;
  readonly kind: string;
  readonly text: string;
}

export interface Sentence {
  readonly text: string;
  /** Timeline entries that say so. Never empty. */
  readonly events: readonly string[];
}

/**
 * The account of an incident, made from its chronology and from nothing else: each sentence names the entries that it rests on. What was said
 * several times in the same words is one sentence with its number.
 */
export function composeRecord(timeline: readonly RecordedEvent[]): Sentence[] {
  const sentences = new Map<string, RecordedEvent[]>();
  for (const event of timeline) {
    const key = `${event.kind} ${event.text}`;
    sentences.set(key, [...(sentences.get(key) ?? []), event]);
  }
  const told = [...sentences.values()].map((events) => ({
    text: tell(events),
    events: events.map((event) => event.id),
  }));
  const opened = timeline.find((event) => event.kind === 'opened');
  const resolved = timeline.findLast((event) => event.kind === 'resolved');
  if (opened === undefined || resolved === undefined) return told;
  return [
    ...told,
    { text: `It was open for ${describeDuration(resolved.at.since(opened.at))}.`, events: [opened.id, resolved.id] },
  ];
}

function tell(events: readonly RecordedEvent[]): string {
  const [first] = events;
  if (first === undefined) return '';
  const last = events.at(-1) ?? first;
  const text = first.text.replace(/[.\s]+$/, '');
  if (first.kind === 'opened') return `${text}, on ${formatMoment(first.at)}.`;
  if (events.length === 1) return `${text}.`;
  return `${text} (${events.length} times, last on ${formatMoment(last.at)}).`;
}

/** `42 s`, `12 min 5 s`, `3 h 20 min`, `7 d 4 h`: the two largest units. */
export function describeDuration(duration: Temporal.Duration): string {
  const seconds = Math.max(0, Math.round(duration.total('seconds')));
  const parts: readonly [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  const largest = parts.findIndex(([count]) => count > 0);
  if (largest === -1) return '0 s';
  return parts
    .slice(largest, largest + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}
