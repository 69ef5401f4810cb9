import { SearchIcon } from 'lucide-react';
import { type Ref, useEffect, useState } from 'react';

// Long enough to type a word, short enough that the list follows.
const settleMs = 250;

/** A filter by text. What is typed goes to the address once the typing rests. */
export function SearchField({
  label,
  placeholder,
  value,
  onSearch,
  ref,
}: {
  label: string;
  placeholder: string;
  value: string;
  onSearch(text: string): void;
  ref?: Ref<HTMLInputElement>;
}) {
  const [text, setText] = useState(value);
  const [from, setFrom] = useState(value);
  if (from !== value) {
    setFrom(value);
    setText(value);
  }
  useEffect(() => {
    if (text.trim() === value) return;
    const timer = setTimeout(() => onSearch(text.trim()), settleMs);
    return () => clearTimeout(timer);
  });
  return (
    <label className="flex h-[30px] w-62 items-center gap-2 rounded-control border border-ctl bg-surface pr-1.5 pl-[9px] has-focus-visible:outline-2 has-focus-visible:outline-offset-1 has-focus-visible:outline-accent max-desk:h-11 max-desk:w-full">
      <SearchIcon size={14} strokeWidth={1.75} aria-hidden="true" className="text-ink-3" />
      <span className="sr-only">{label}</span>
      <input
        ref={ref}
        type="search"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur();
        }}
        placeholder={placeholder}
        autoComplete="off"
        spellCheck={false}
        className="min-w-0 flex-1 bg-transparent outline-none max-desk:text-16"
      />
    </label>
  );
}
