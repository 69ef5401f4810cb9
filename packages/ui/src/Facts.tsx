import type { ReactNode } from 'react';

export interface Fact {
  label: string;
  value: ReactNode;
  /** The denominator, the bound or the age: a number never stands alone. */
  proof?: ReactNode;
  /** Someone is harmed now. */
  harm?: boolean;
}

/** Three to six figures in one hairline box. */
export function Facts({ facts, label }: { facts: readonly Fact[]; label: string }) {
  return (
    <dl
      aria-label={label}
      className="grid grid-cols-2 overflow-hidden rounded-panel border border-line desk:max-wide:grid-cols-3 wide:auto-cols-fr wide:grid-flow-col wide:grid-cols-none"
    >
      {facts.map((fact) => (
        <div
          key={fact.label}
          className="-mb-px -ml-px min-w-0 border-b border-l border-line px-3.5 pt-2.5 pb-[11px] max-desk:last:odd:col-span-2"
        >
          <dt className="truncate text-12 text-ink-2">{fact.label}</dt>
          <dd>
            <span
              className={`block truncate text-20 leading-[26px] font-medium tracking-[-.01em] ${fact.harm ? 'text-red' : ''}`}
            >
              {fact.value}
            </span>
            <span className="block min-h-4 truncate text-12 leading-4 text-ink-3">{fact.proof}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}
