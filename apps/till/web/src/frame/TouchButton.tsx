import { Mark } from '@tillkeeper/ui/Mark';
import type { ComponentProps, ReactNode } from 'react';

const tones = {
  primary: 'border-ink bg-ink text-on-ink hover:bg-ink/88',
  plain: 'border-edge bg-raised hover:bg-hover',
} as const;

interface TouchButtonProps extends Omit<ComponentProps<'button'>, 'disabled'> {
  children: ReactNode;
  tone?: keyof typeof tones;
  /** It works: label and width stay, a second press does nothing. */
  busy?: boolean;
}

/** For fingers on a counter: nothing under 48 px. */
export function TouchButton({
  children,
  tone = 'plain',
  busy = false,
  type = 'button',
  className = '',
  onClick,
  ...rest
}: TouchButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      aria-disabled={busy || undefined}
      aria-busy={busy || undefined}
      onClick={busy ? (event) => event.preventDefault() : onClick}
      className={`relative inline-flex h-12 shrink-0 items-center justify-center gap-2 rounded-tile border px-4 font-medium whitespace-nowrap transition-[background-color] active:translate-y-px ${tones[tone]} ${className}`}
    >
      <span className={busy ? 'opacity-45' : ''}>{children}</span>
      {busy ? (
        <span className="absolute inset-0 grid place-items-center">
          <Mark name="running" label="Working" plain />
        </span>
      ) : null}
    </button>
  );
}
