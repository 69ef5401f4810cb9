import type { ReactNode } from 'react';

/** Above everything, and it cannot be dismissed: this is the sandbox, nothing here reaches a customer. Production has none. */
export function EnvironmentStripe({ name, children }: { name: string; children: ReactNode }) {
  return (
    <aside
      aria-label={`Environment: ${name}`}
      className="sticky top-0 z-20 flex h-(--stripe) items-center gap-3.5 overflow-hidden border-b border-violet-edge bg-violet-soft pr-4 text-12 whitespace-nowrap text-on-violet max-desk:gap-2.5 max-desk:pr-1"
    >
      <span className="flex w-54 shrink-0 items-center self-stretch bg-[repeating-linear-gradient(-45deg,var(--violet-hatch)_0_6px,transparent_6px_12px)] pl-4 font-semibold max-desk:w-auto max-desk:px-3">
        <span className="-ml-2 rounded-tag bg-violet-soft px-2 leading-5 max-desk:ml-0">{name}</span>
      </span>
      {children}
    </aside>
  );
}
