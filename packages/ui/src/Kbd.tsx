import type { ReactNode } from 'react';

/** A key as it stands on the keyboard. Decoration: the control names itself, and the list of keys is spoken. */
export function Kbd({ children }: { children: ReactNode }) {
  return (
    <kbd
      aria-hidden="true"
      className="hidden min-w-[18px] rounded-tag border border-line bg-surface px-1 text-center font-sans text-11 font-medium text-ink-3 desk:inline-block in-data-[tone=primary]:border-current/35 in-data-[tone=primary]:bg-transparent in-data-[tone=primary]:text-current in-data-[tone=primary]:opacity-85"
    >
      {children}
    </kbd>
  );
}
