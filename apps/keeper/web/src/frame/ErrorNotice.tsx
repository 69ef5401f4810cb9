import { Button } from '@tillkeeper/ui/Button';
import { CopyableId } from '@tillkeeper/ui/CopyableId';
import { Notice } from '@tillkeeper/ui/Notice';
import { clockTime, viewerZone } from '@tillkeeper/ui/words/time';
import { ApiError } from '../api/request.ts';

/** In place of the part that failed: what failed, since when, code and request id, Retry. The rest of the page lives on. */
export function ErrorNotice({ error, what, retry }: { error: Error; what: string; retry(): void }) {
  const known = error instanceof ApiError ? error : undefined;
  const since = known ? `, ${clockTime(known.at, viewerZone())}` : '';
  const title = known?.code === 'no_answer' ? `Keeper does not answer${since}` : `${what} could not be read${since}`;
  return (
    <Notice
      mark="refuted"
      alarm
      title={title}
      actions={
        <Button size="small" onClick={retry}>
          Retry
        </Button>
      }
    >
      {known && known.code !== 'no_answer' && known.message ? `${known.message}. ` : null}
      Code <span className="code">{known?.code ?? error.name}</span>
      {known?.requestId ? (
        <>
          , request <CopyableId id={known.requestId} what="request id" />
        </>
      ) : null}
    </Notice>
  );
}
