import { Dialog } from '@base-ui/react/dialog';
import type { ReactNode, RefObject } from 'react';

const places = {
  centre:
    'top-[18vh] left-1/2 w-[min(440px,calc(100vw-32px))] max-h-[76vh] -translate-x-1/2 rounded-panel border data-starting-style:opacity-0 data-ending-style:opacity-0',
  top: 'top-[12vh] left-1/2 w-[min(560px,calc(100vw-24px))] max-h-[70vh] -translate-x-1/2 rounded-panel border',
  right:
    'inset-y-0 right-0 w-[min(640px,100vw)] border-l data-starting-style:translate-x-6 data-starting-style:opacity-0 data-ending-style:opacity-0',
} as const;

/**
 * What floats over the page and holds the focus: a short decision in the centre, the palette at the top, a sheet from the right for
 * details. Never two at once. Loaded when first needed: it weighs a third of the console.
 */
export function Modal({
  place,
  title,
  titleHidden = false,
  description,
  initialFocus,
  onClose,
  children,
}: {
  place: keyof typeof places;
  title: ReactNode;
  titleHidden?: boolean;
  description?: ReactNode;
  initialFocus?: RefObject<HTMLElement | null>;
  onClose(): void;
  children: ReactNode;
}) {
  return (
    <Dialog.Root
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-scrim transition-opacity duration-160 data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <Dialog.Popup
          {...(initialFocus ? { initialFocus } : {})}
          className={`fixed z-40 flex flex-col overflow-hidden border-edge bg-raised text-ink shadow-float transition-[opacity,transform] duration-160 focus-visible:outline-none ${places[place]}`}
        >
          <Dialog.Title
            className={titleHidden ? 'sr-only' : 'px-4.5 pt-4 text-14 font-semibold tracking-[-.012em] text-balance'}
          >
            {title}
          </Dialog.Title>
          {description ? (
            <Dialog.Description className="px-4.5 pt-1 text-ink-2 text-pretty">{description}</Dialog.Description>
          ) : null}
          {children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
