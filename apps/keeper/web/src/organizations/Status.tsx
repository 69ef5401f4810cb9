import { Mark } from '@tillkeeper/ui/Mark';

const accessWords: Record<string, string> = { full: 'full', read_only: 'read-only', none: 'none' };

/** Lifecycle words stay as they are in the data. Only what is on its way to a loss carries a mark. */
export function Status({ status }: { status: string }) {
  if (status === 'past_due' || status === 'unpaid') {
    return (
      <span className="inline-flex items-center gap-1.5 align-top whitespace-nowrap">
        <Mark name="degraded" />
        {status}
      </span>
    );
  }
  return <span className={status === 'canceled' ? 'text-ink-3' : ''}>{status}</span>;
}

export function Access({ access }: { access: string }) {
  return access === 'full' ? (
    <span className="text-ink-2">full</span>
  ) : (
    <span className="font-medium">{accessWords[access] ?? access}</span>
  );
}
