import { Mark } from '@tillkeeper/ui/Mark';
import { ApiError } from '../api/request.ts';
import { TouchButton } from './TouchButton.tsx';

/** In place of the part that failed: what failed, code and request id for support, and the way to try again. */
export function ErrorNotice({ error, what, retry }: { error: Error; what: string; retry(): void }) {
  const known = error instanceof ApiError ? error : undefined;
  const silent = known?.code === 'no_answer';
  return (
    <div role="alert" className="grid gap-3 rounded-panel border border-transparent bg-red-soft p-4">
      <p className="flex items-center gap-2 font-medium">
        <Mark name="refuted" />
        {silent ? 'The till’s server does not answer' : `${what} could not be read`}
      </p>
      {silent ? null : (
        <p className="text-14 break-words text-ink-2">
          Code <span className="code">{known?.code ?? error.name}</span>
          {known?.requestId ? (
            <>
              , request <span className="code select-all">{known.requestId}</span>
            </>
          ) : null}
        </p>
      )}
      <div>
        <TouchButton onClick={retry}>Try again</TouchButton>
      </div>
    </div>
  );
}
