import { PopoverPanel } from '@tillkeeper/ui/PopoverPanel';
import type { RefObject } from 'react';
import { type Fault, faults } from '../api/sandbox.ts';

export function FaultPanel({
  anchor,
  onClose,
  onChoose,
}: {
  anchor: RefObject<HTMLElement | null>;
  onClose(): void;
  onChoose(fault: Fault): void;
}) {
  return (
    <PopoverPanel anchor={anchor} title="Cause a fault" onClose={onClose}>
      <ul className="-mx-2 grid gap-px">
        {faults.map((fault) => (
          <li key={fault.title}>
            <button
              type="button"
              onClick={() => onChoose(fault)}
              className="w-full rounded-control px-2 py-1.5 text-left hover:bg-hover"
            >
              <span className="block font-medium">{fault.title}</span>
              <span className="block text-12 text-ink-2">{fault.effect}</span>
            </button>
          </li>
        ))}
      </ul>
    </PopoverPanel>
  );
}
