import { useEffect, useRef } from 'react';

/** `keys`: one key (`j`), two in a row (`g i`), or `Ctrl+k` (also Command). Every binding of the page is in the `?` list and the palette. */
export interface Binding {
  readonly keys: string;
  readonly label: string;
  readonly run: () => void;
}

interface Group {
  readonly name: string;
  readonly bindings: readonly Binding[];
}

const groups = new Set<{ current: Group }>();
// Long enough for two calm key presses, short enough that a stray G does not change what the next key does.
const sequenceMs = 1_000;

/** Binds keys while the component is on the page. */
export function useKeys(name: string, bindings: readonly Binding[]): void {
  const group = useRef<Group>({ name, bindings });
  useEffect(() => {
    group.current = { name, bindings };
  });
  useEffect(() => {
    groups.add(group);
    return () => void groups.delete(group);
  }, []);
}

export function activeGroups(): Group[] {
  return [...groups].map((group) => group.current);
}

function find(keys: string): Binding | undefined {
  // The component that came last is the innermost one: its keys win.
  for (const group of activeGroups().reverse()) {
    const found = group.bindings.find((binding) => binding.keys === keys);
    if (found) return found;
  }
  return undefined;
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null;
}

/** Listens on the window; returns how to stop. Off while typing and while a dialog is open, but for Ctrl and Command. */
export function listenForKeys(): () => void {
  let first: { key: string; at: number } | undefined;

  function onKeyDown(event: KeyboardEvent): void {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.ctrlKey || event.metaKey) {
      const binding = find(`Ctrl+${key}`);
      if (!binding) return;
      event.preventDefault();
      binding.run();
      return;
    }
    if (event.altKey || isTyping(event.target) || document.querySelector('[role="dialog"]')) return;
    const pending = first && event.timeStamp - first.at < sequenceMs ? first.key : undefined;
    first = undefined;
    const binding = (pending && find(`${pending} ${key}`)) || find(key);
    if (binding) {
      event.preventDefault();
      binding.run();
      return;
    }
    if (activeGroups().some((group) => group.bindings.some((each) => each.keys.startsWith(`${key} `)))) {
      first = { key, at: event.timeStamp };
    }
  }

  window.addEventListener('keydown', onKeyDown);
  return () => window.removeEventListener('keydown', onKeyDown);
}

/** Moves the focus among the links of a list's rows, by one. */
function moveRowFocus(step: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLElement>('[data-row-link]')];
  const at = links.findIndex((link) => link === document.activeElement);
  const next = at === -1 ? (step === 1 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, at + step));
  links[next]?.focus();
}

export const rowKeys: readonly Binding[] = [
  { keys: 'j', label: 'Next row', run: () => moveRowFocus(1) },
  { keys: 'k', label: 'Previous row', run: () => moveRowFocus(-1) },
  { keys: 'ArrowDown', label: 'Next row', run: () => moveRowFocus(1) },
  { keys: 'ArrowUp', label: 'Previous row', run: () => moveRowFocus(-1) },
];
