import { Popover } from '@base-ui/react/popover';
import type { ReactNode, RefObject } from 'react';

/** A small panel at a button, closed by Escape or a press outside. Loaded when first needed. */
export function PopoverPanel({
  anchor,
  title,
  onClose,
  children,
}: {
  anchor: RefObject<HTMLElement | null>;
  title: ReactNode;
  onClose(): void;
  children: ReactNode;
}) {
  return (
    <Popover.Root
      open
      onOpenChange={(open, details) => {
        // A press on the button that opened it is that button's to handle, or it would open again at once.
        const target = details.event.target;
        if (target instanceof Node && anchor.current?.contains(target)) return;
        if (!open) onClose();
      }}
    >
      <Popover.Portal>
        <Popover.Positioner
          anchor={anchor}
          side="bottom"
          align="end"
          sideOffset={6}
          collisionPadding={12}
          className="z-40"
        >
          <Popover.Popup className="max-h-[min(80vh,var(--available-height))] w-[min(360px,calc(100vw-24px))] overflow-y-auto rounded-panel border border-edge bg-raised p-3.5 text-ink shadow-float transition-opacity duration-160 data-ending-style:opacity-0 data-starting-style:opacity-0 focus-visible:outline-none">
            <Popover.Title className="mb-2 font-semibold">{title}</Popover.Title>
            {children}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
