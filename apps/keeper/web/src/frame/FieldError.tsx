import { Mark } from '@tillkeeper/ui/Mark';
import { ApiError } from '../api/request.ts';

/** A refusal below the form that caused it, with its code and request id. */
export function FieldError({ error, what }: { error: Error | null; what: string }) {
  if (!error) return null;
  const known = error instanceof ApiError ? error : undefined;
  return (
    <p role="alert" className="mt-1.5 flex items-baseline gap-1.5 text-12 text-red">
      <span className="self-center">
        <Mark name="refuted" />
      </span>
      <span>
        {what}: {known?.message ?? 'no answer'}. Code <span className="code">{known?.code ?? error.name}</span>
        {known?.requestId ? (
          <>
            , request <span className="code">{known.requestId}</span>
          </>
        ) : null}
      </span>
    </p>
  );
}
