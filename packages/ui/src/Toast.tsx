import { useSyncExternalStore } from 'react';

interface ToastItem {
  readonly id: number;
  readonly text: string;
}

const life = 6_000;
let items: readonly ToastItem[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

function set(next: readonly ToastItem[]): void {
  items = next;
  for (const listener of listeners) listener();
}

/** Says that something was done. Errors do not come here: they stay where they happened. */
export function showToast(text: string): void {
  const id = nextId++;
  set([...items.slice(-2), { id, text }]);
  setTimeout(() => set(items.filter((item) => item.id !== id)), life);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => items);
  return (
    <div
      role="status"
      aria-live="polite"
      className="pointer-events-none fixed bottom-4 left-4 z-50 grid gap-2 max-desk:right-4 max-desk:bottom-18"
    >
      {shown.map((item) => (
        <p
          key={item.id}
          className="flex min-h-[42px] max-w-120 items-center rounded-panel border border-transparent bg-ink px-3.5 py-2 text-on-ink shadow-float"
        >
          {item.text}
        </p>
      ))}
    </div>
  );
}
