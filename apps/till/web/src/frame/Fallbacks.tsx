import { type ErrorComponentProps, Link, useRouter } from '@tanstack/react-router';
import { ErrorNotice } from './ErrorNotice.tsx';

export function NotFound() {
  return (
    <main className="mx-auto grid max-w-100 gap-4 p-6">
      <h1 className="text-22 font-semibold">There is nothing at this address</h1>
      <p>
        <Link to="/" className="link inline-flex min-h-12 items-center">
          Go to the shop
        </Link>
      </p>
    </main>
  );
}

export function RouteError({ error }: ErrorComponentProps) {
  const router = useRouter();
  return (
    <main className="mx-auto grid max-w-140 gap-4 p-6">
      <h1 className="text-22 font-semibold">The page did not open</h1>
      <ErrorNotice
        error={error instanceof Error ? error : new Error(String(error))}
        what="The page"
        retry={() => void router.invalidate()}
      />
    </main>
  );
}
