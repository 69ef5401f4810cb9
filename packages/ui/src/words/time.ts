/** All functions take instants in milliseconds since the epoch and durations in milliseconds, and a zone as an IANA name. */

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

interface Parts {
  readonly weekday: string;
  readonly year: number;
  readonly month: string;
  readonly day: number;
  readonly clock: string;
  readonly minutes: string;
  readonly zone: string;
}

// Building a formatter costs some 50 µs, and a list of 100 rows asks for several each second.
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    weekday: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  });
  formatters.set(zone, made);
  return made;
}

function partsOf(at: number, zone: string): Parts {
  const found: Record<string, string> = {};
  for (const part of formatter(zone).formatToParts(at)) found[part.type] = part.value;
  return {
    weekday: found.weekday ?? '',
    year: Number(found.year),
    month: months[Number(found.month) - 1] ?? '',
    day: Number(found.day),
    clock: `${found.hour}:${found.minute}:${found.second}`,
    minutes: `${found.hour}:${found.minute}`,
    zone: found.timeZoneName ?? '',
  };
}

/** The zone of the person in front of the screen. */
export function viewerZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** `03:14:20` */
export function clockTime(at: number, zone: string): string {
  return partsOf(at, zone).clock;
}

/** `03:14` */
export function clockMinutes(at: number, zone: string): string {
  return partsOf(at, zone).minutes;
}

/** `24 Oct`, with the year when it is not the year of `now`. */
export function dayOf(at: number, now: number, zone: string): string {
  const parts = partsOf(at, zone);
  const year = parts.year === partsOf(now, zone).year ? '' : ` ${parts.year}`;
  return `${parts.day} ${parts.month}${year}`;
}

/** `Wed 25 Nov 2026 09:00` */
export function dayAndTime(at: number, zone: string): string {
  const parts = partsOf(at, zone);
  return `${parts.weekday} ${parts.day} ${parts.month} ${parts.year} ${parts.minutes}`;
}

/** `Wed 25 Nov` */
export function weekdayAndDay(at: number, zone: string): string {
  const parts = partsOf(at, zone);
  return `${parts.weekday} ${parts.day} ${parts.month}`;
}

/** `24 Oct 15:02`, today only `15:02`. What a list shows where a moment matters more than its distance. */
export function stamp(at: number, now: number, zone: string): string {
  const parts = partsOf(at, zone);
  const today = partsOf(now, zone);
  if (parts.day === today.day && parts.month === today.month && parts.year === today.year) return parts.minutes;
  return `${dayOf(at, now, zone)} ${parts.minutes}`;
}

/** Everything about one moment, for hover: `Mon 23 Nov 2026 21:22:31 GMT+1, 20:22:31 UTC`. */
export function fullStamp(at: number, zone: string): string {
  const parts = partsOf(at, zone);
  const here = `${parts.weekday} ${parts.day} ${parts.month} ${parts.year} ${parts.clock} ${parts.zone}`;
  return parts.zone === 'UTC' ? here : `${here}, ${clockTime(at, 'UTC')} UTC`;
}

/** A rough length: `42 s`, `16 min`, `4 h`, `3 d`. */
export function age(ms: number): string {
  const length = Math.max(0, ms);
  if (length < minute) return `${Math.floor(length / second)} s`;
  if (length < hour) return `${Math.floor(length / minute)} min`;
  if (length < 2 * day) return `${Math.floor(length / hour)} h`;
  return `${Math.floor(length / day)} d`;
}

/** `42 s ago`, `in 16 min` under 24 h, else the stamp. */
export function relative(at: number, now: number, zone: string): string {
  const distance = now - at;
  if (Math.abs(distance) >= day) return stamp(at, now, zone);
  if (Math.abs(distance) < second) return 'now';
  return distance < 0 ? `in ${age(-distance)}` : `${age(distance)} ago`;
}

function clockLength(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / second);
  const tail = String(seconds % 60).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${tail}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${tail}`;
}

/** A length that runs: `41:12` under an hour, `23:43:56` up to two days, then `7 d 20 h`. */
export function running(ms: number): string {
  if (ms < 2 * day) return clockLength(ms);
  const hours = Math.floor((ms % day) / hour);
  return `${Math.floor(ms / day)} d${hours === 0 ? '' : ` ${hours} h`}`;
}

/** How long something took: `40 ms`, `1.8 s`, `41 s`, `3 min 49 s`, `2 h 5 min`. */
export function took(ms: number): string {
  if (ms < 100) return `${Math.round(ms)} ms`;
  if (ms < 10 * second) return `${(ms / second).toFixed(1)} s`;
  if (ms < minute) return `${Math.round(ms / second)} s`;
  const [whole, part, unit, partUnit] = ms < hour ? [minute, second, 'min', 's'] : [hour, minute, 'h', 'min'];
  const rest = Math.floor((ms % whole) / part);
  const head = Math.floor(ms / whole);
  if (head >= 48 && unit === 'h') return `${Math.floor(head / 24)} d`;
  return rest === 0 ? `${head} ${unit}` : `${head} ${unit} ${rest} ${partUnit}`;
}
