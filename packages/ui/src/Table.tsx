import type { ReactNode } from 'react';

interface CellProps {
  children?: ReactNode;
  numeric?: boolean;
  className?: string;
}

/** Hairlines only. `stacks`: below the phone width each row becomes a block, laid out by the classes of its cells. */
export function Table({
  label,
  head,
  children,
  stacks = false,
}: {
  label: string;
  head: ReactNode;
  children: ReactNode;
  stacks?: boolean;
}) {
  return (
    <table
      aria-label={label}
      className={`w-full table-fixed border-separate border-spacing-0 ${stacks ? 'max-desk:block max-desk:[&>tbody]:block' : ''}`}
    >
      <thead className={stacks ? 'max-desk:sr-only' : undefined}>
        <tr>{head}</tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}

export function HeadCell({ children, numeric = false, className = '' }: CellProps) {
  return (
    <th
      scope="col"
      className={`h-[30px] border-b border-line pr-3 text-12 font-regular whitespace-nowrap text-ink-3 last:pr-0 ${numeric ? 'text-right' : 'text-left'} ${className}`}
    >
      {children}
    </th>
  );
}

export function Cell({ children, numeric = false, className = '' }: CellProps) {
  return (
    <td className={`h-9 border-b border-line pr-3 last:pr-0 ${numeric ? 'text-right' : ''} ${className}`}>
      {children}
    </td>
  );
}

/**
 * A row that is one link (give it a `RowLink`) and bleeds to both edges of a page padded by 24 px, 16 on a phone, when it is under the
 * pointer, focused, or waits for the reader. Below the phone width it is a grid of its cells.
 */
export function LinkRow({
  children,
  waits = false,
  faded = false,
}: {
  children: ReactNode;
  waits?: boolean;
  faded?: boolean;
}) {
  const ground = waits ? '[--row:var(--waits)]' : '[--row:transparent]';
  return (
    <tr
      className={`relative ${ground} hover:[--row:var(--hover)] has-focus-visible:[--row:var(--hover)] desk:max-wide:[&>td]:py-1.5 [&>td]:bg-(--row) [&>td:first-child]:shadow-[-24px_0_0_var(--row)] [&>td:last-child]:shadow-[24px_0_0_var(--row)] max-desk:-mx-4 max-desk:grid max-desk:gap-x-2 max-desk:gap-y-px max-desk:border-b max-desk:border-line max-desk:bg-(--row) max-desk:px-4 max-desk:py-3 max-desk:[&>td]:block max-desk:[&>td]:h-auto max-desk:[&>td]:w-auto max-desk:[&>td]:border-0 max-desk:[&>td]:bg-transparent max-desk:[&>td]:p-0 max-desk:[&>td]:shadow-none! ${faded ? '[&_a]:font-regular [&_a]:text-ink-3' : ''}`}
    >
      {children}
    </tr>
  );
}

/** Classes of the link that covers its row; J and K move between links that carry `data-row-link`. */
export const rowLinkClass =
  'block truncate font-medium max-wide:line-clamp-2 max-wide:whitespace-normal after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:rounded-tag focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent max-desk:line-clamp-none';
