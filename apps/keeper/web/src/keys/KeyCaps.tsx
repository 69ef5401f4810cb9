import { Kbd } from '@tillkeeper/ui/Kbd';

const names: Record<string, string> = { ArrowDown: '↓', ArrowUp: '↑' };

/** `g i` as two keys, `Ctrl+k` as the pair that is pressed together. */
export function KeyCaps({ keys }: { keys: string }) {
  return (
    <span className="inline-flex gap-1">
      {keys.split(/[ +]/).map((key) => (
        <Kbd key={key}>{names[key] ?? (key.length === 1 ? key.toUpperCase() : key)}</Kbd>
      ))}
    </span>
  );
}
