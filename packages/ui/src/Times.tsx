import { useNow } from './Clock.tsx';
import { age, clockTime, dayOf, fullStamp, relative, running, stamp, viewerZone } from './words/time.ts';

interface MomentProps {
  /** ISO instant. */
  at: string;
  /** IANA zone; the viewer's when it is left out. */
  zone?: string | undefined;
  className?: string;
}

/** `16 min ago` under 24 h, else `24 Oct 15:02`; the full stamp on hover. */
export function RelativeTime({ at, zone = viewerZone(), className }: MomentProps) {
  const now = useNow();
  const moment = Date.parse(at);
  return (
    <time dateTime={at} title={fullStamp(moment, zone)} className={className}>
      {relative(moment, now, zone)}
    </time>
  );
}

/** `03:14:20` of today, `24 Oct 15:02` before that. What a chronology shows. */
export function Stamp({ at, zone = viewerZone(), className, seconds = false }: MomentProps & { seconds?: boolean }) {
  const now = useNow();
  const moment = Date.parse(at);
  const short = stamp(moment, now, zone);
  return (
    <time dateTime={at} title={fullStamp(moment, zone)} className={className}>
      {seconds && !short.includes(' ') ? clockTime(moment, zone) : short}
    </time>
  );
}

/** `03:14:20` whatever the day, where a heading names it. */
export function ClockStamp({ at, zone = viewerZone(), className }: MomentProps) {
  const moment = Date.parse(at);
  return (
    <time dateTime={at} title={fullStamp(moment, zone)} className={className}>
      {clockTime(moment, zone)}
    </time>
  );
}

/** `24 Oct`, for what is counted by days. */
export function DayStamp({ at, zone = viewerZone(), className }: MomentProps) {
  const now = useNow();
  const moment = Date.parse(at);
  return (
    <time dateTime={at} title={fullStamp(moment, zone)} className={className}>
      {dayOf(moment, now, zone)}
    </time>
  );
}

/** How long something has been going on: `16 min`. */
export function Age({ since, until, className }: { since: string; until?: string | null; className?: string }) {
  const now = useNow();
  const end = until ? Date.parse(until) : now;
  return (
    <time dateTime={since} title={fullStamp(Date.parse(since), viewerZone())} className={className}>
      {age(end - Date.parse(since))}
    </time>
  );
}

/** The same, to the second: `16:04`. */
export function Elapsed({ since, until, className }: { since: string; until?: string | null; className?: string }) {
  const now = useNow();
  const end = until ? Date.parse(until) : now;
  return (
    <time dateTime={since} title={fullStamp(Date.parse(since), viewerZone())} className={className}>
      {running(end - Date.parse(since))}
    </time>
  );
}

/**
 * What is left: `23:43:56`, under an hour `41:12`, over two days `7 d 20 h`. Past its end a promise reads "Breached 3:10" in red, a plain
 * clock reads "due". A promise to a customer is red in its last hour.
 */
export function Countdown({ to, promise = false }: { to: string; promise?: boolean }) {
  const now = useNow();
  const left = Date.parse(to) - now;
  const late = left < 0;
  const urgent = promise && left < 3_600_000;
  const text = late ? (promise ? `Breached ${running(-left)}` : 'due') : running(left);
  return (
    <time
      dateTime={to}
      title={fullStamp(Date.parse(to), viewerZone())}
      className={`font-medium whitespace-nowrap ${urgent ? 'text-red' : ''}`}
    >
      {text}
    </time>
  );
}
