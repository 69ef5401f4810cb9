import { type ErrorComponentProps, Link, useRouter } from '@tanstack/react-router';
import { Notice } from '@tillkeeper/ui/Notice';
import { ErrorNotice } from './ErrorNotice.tsx';

export function NotFound() {
  return (
    <main className="mx-auto max-w-120 p-6">
      <Notice
        mark="unknown"
        title="There is no page at this address"
        actions={
          <Link to="/incidents" className="link">
            Go to incidents
          </Link>
        }
      >
        The link may be old, or an id may be cut off.
      </Notice>
    </main>
  );
}

/** The page itself broke, or the API did not answer before anything could be shown. */
export function RouteError({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  return (
    <main className="mx-auto max-w-120 p-6">
      <ErrorNotice
        error={error instanceof Error ? error : new Error(String(error))}
        what="The page"
        retry={() => {
          reset();
          void router.invalidate();
        }}
      />
    </main>
  );
}
