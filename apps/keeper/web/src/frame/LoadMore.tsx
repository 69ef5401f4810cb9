import { Button } from '@tillkeeper/ui/Button';

/** The next page of a list, on demand: rows never move by themselves. */
export function LoadMore({ busy, onMore, what }: { busy: boolean; onMore(): void; what: string }) {
  return (
    <div className="pt-4">
      <Button size="small" busy={busy} onClick={onMore}>
        More {what}
      </Button>
    </div>
  );
}
