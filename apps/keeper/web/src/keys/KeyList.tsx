import { Modal } from '@tillkeeper/ui/Modal';
import { KeyCaps } from './KeyCaps.tsx';
import { activeGroups } from './registry.ts';

/** Every key that does something on this page. */
export function KeyList({ onClose }: { onClose(): void }) {
  const shown = activeGroups()
    .map((group) => ({
      ...group,
      bindings: group.bindings.filter((binding) => !binding.keys.startsWith('Arrow')),
    }))
    .filter((group) => group.bindings.length > 0);
  return (
    <Modal place="centre" title="Keys" onClose={onClose}>
      <div className="grid gap-4 overflow-y-auto px-4.5 pt-3 pb-4">
        {shown.map((group) => (
          <section key={group.name} aria-label={group.name}>
            <h3 className="text-12 text-ink-3">{group.name}</h3>
            <ul>
              {group.bindings.map((binding) => (
                <li
                  key={binding.keys}
                  className="flex h-8 items-center justify-between border-b border-line last:border-0"
                >
                  {binding.label}
                  <span className="sr-only">: {binding.keys}</span>
                  <KeyCaps keys={binding.keys} />
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </Modal>
  );
}
