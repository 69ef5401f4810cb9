import type { ComponentProps, ReactNode } from 'react';
import { Kbd } from './Kbd.tsx';
import { Mark } from './Mark.tsx';

const tones = {
  primary: 'border-ink bg-ink text-on-ink hover:bg-ink/88',
  plain: 'border-edge bg-raised hover:bg-hover',
  quiet: 'border-transparent text-ink-2 hover:bg-hover',
  onRed: 'border-transparent bg-on-red text-red-solid hover:bg-on-red/90',
} as const;

const sizes = {
  normal: 'h-[30px] px-3 max-desk:h-11',
  small: 'h-[26px] px-2.5 text-12 max-desk:h-11 max-desk:px-3 max-desk:text-13',
} as const;

interface ButtonProps extends Omit<ComponentProps<'button'>, 'disabled'> {
  children: ReactNode;
  tone?: keyof typeof tones;
  size?: keyof typeof sizes;
  /** It works: the label and the width stay, a second press does nothing. */
  busy?: boolean;
  /** Why it is not allowed now: becomes the label. The button stays focusable, so that the reason can be found and read. */
  refused?: string | undefined;
  /** A press on the refused button: a place to explain it. */
  onRefused?: (() => void) | undefined;
  keys?: string;
}

/** Says what it does and to how much. One primary in a view. */
export function Button({
  children,
  tone = 'plain',
  size = 'normal',
  busy = false,
  refused,
  onRefused,
  keys,
  className = '',
  onClick,
  type = 'button',
  ...rest
}: ButtonProps) {
  const look =
    refused === undefined
      ? `${tones[tone]} active:translate-y-px`
      : 'border-dashed border-edge text-ink-3 bg-transparent';
  return (
    <button
      {...rest}
      type={type}
      data-tone={refused === undefined ? tone : undefined}
      aria-disabled={busy || refused !== undefined ? true : undefined}
      aria-busy={busy || undefined}
      onClick={(event) => {
        if (!busy && refused === undefined) return onClick?.(event);
        event.preventDefault();
        if (!busy) onRefused?.();
      }}
      className={`relative inline-flex shrink-0 items-center justify-center gap-2 whitespace-nowrap rounded-control border font-medium transition-[background-color,opacity] ${sizes[size]} ${look} ${className}`}
    >
      <span className={`inline-flex items-center gap-2 ${busy ? 'opacity-45' : ''}`}>
        {refused ?? children}
        {keys !== undefined && refused === undefined ? <Kbd>{keys}</Kbd> : null}
      </span>
      {busy ? (
        <span className="absolute inset-0 grid place-items-center">
          <Mark name="running" label="Working" plain />
        </span>
      ) : null}
    </button>
  );
}
