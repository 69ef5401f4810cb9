import { BotIcon } from 'lucide-react';

function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const first = words[0]?.[0] ?? '?';
  const last = words.length > 1 ? (words.at(-1)?.[0] ?? '') : (words[0]?.[1] ?? '');
  return (first + last).toUpperCase();
}

/** A person is a round avatar of two letters; the machine is a dashed circle. Decoration: the name stands beside it. */
export function Avatar({ name, machine = false }: { name: string; machine?: boolean }) {
  const look = machine
    ? 'border border-dashed border-ctl text-ink-3'
    : 'bg-avatar text-ink-2 border border-transparent';
  return (
    <span
      aria-hidden="true"
      className={`inline-grid size-[22px] shrink-0 place-items-center rounded-round text-[10px] leading-none font-semibold tracking-[.02em] ${look}`}
    >
      {machine ? <BotIcon size={12} strokeWidth={1.75} /> : initials(name)}
    </span>
  );
}

/** Who holds something. `undefined` reads "Nobody". `narrow`: between the phone and the wide layout the avatar alone, its name on hover. */
export function Holder({
  name,
  machine = false,
  narrow = false,
}: {
  name: string | undefined;
  machine?: boolean;
  narrow?: boolean;
}) {
  if (name === undefined) return <span className="text-ink-3">Nobody</span>;
  return (
    <span title={narrow ? name : undefined} className="flex min-w-0 items-center gap-2">
      <Avatar name={name} machine={machine} />
      <span className={`truncate ${narrow ? 'desk:max-wide:sr-only' : ''}`}>{name}</span>
    </span>
  );
}
