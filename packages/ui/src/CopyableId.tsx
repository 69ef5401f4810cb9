import { CheckIcon, CopyIcon } from 'lucide-react';
import { useEffect, useState } from 'react';

/** An id that one press copies whole, also where only its beginning is shown. */
export function CopyableId({ id, what, shown = id }: { id: string; what: string; shown?: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2_000);
    return () => clearTimeout(timer);
  }, [copied]);
  const Icon = copied ? CheckIcon : CopyIcon;
  return (
    <button
      type="button"
      title={id}
      aria-label={copied ? `${what} copied` : `Copy ${what} ${id}`}
      onClick={() => {
        void navigator.clipboard.writeText(id).then(() => setCopied(true));
      }}
      className="group inline-flex max-w-full items-center gap-1.5 text-left max-desk:-my-3 max-desk:py-3"
    >
      <span className="code truncate">{shown}</span>
      <Icon
        size={12}
        strokeWidth={1.75}
        aria-hidden="true"
        className={`text-ink-3 group-hover:opacity-100 group-focus-visible:opacity-100 ${copied ? '' : 'opacity-0'}`}
      />
    </button>
  );
}
