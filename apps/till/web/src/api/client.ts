import { QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiError } from './request.ts';

const signedOut = new Set<() => void>();

/** Calls `listener` when the server says that nobody is signed in any more. Returns how to stop that. */
export function onSignedOut(listener: () => void): () => void {
  signedOut.add(listener);
  return () => signedOut.delete(listener);
}

export const client = new QueryClient({
  queryCache: new QueryCache({
    onError: (error) => {
      if (error instanceof ApiError && error.status === 401) for (const listener of signedOut) listener();
    },
  }),
  defaultOptions: {
    queries: {
      // A refusal stays a refusal; only silence and faults of the server are asked again.
      retry: (failures, error) =>
        failures < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
    },
  },
});
