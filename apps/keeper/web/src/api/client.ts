import { QueryCache, QueryClient } from '@tanstack/react-query';
import { meQuery } from './queries.ts';
import { ApiError } from './request.ts';

const sessionEnded = new Set<() => void>();

/** Called when an answer says that the session is over. Returns how to stop listening. */
export function onSessionEnd(listener: () => void): () => void {
  sessionEnded.add(listener);
  return () => void sessionEnded.delete(listener);
}

function worthAnotherTry(failures: number, error: Error): boolean {
  // A refusal stays a refusal; a server that starts again is back within a few seconds.
  return failures < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500);
}

/** One cache for the console. The stream says what to fetch again, so nothing is fetched only because time has passed. */
export const client = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      if (!(error instanceof ApiError) || error.status !== 401 || query.queryKey[0] === meQuery.queryKey[0]) return;
      client.removeQueries({ queryKey: meQuery.queryKey });
      for (const listener of sessionEnded) listener();
    },
  }),
  defaultOptions: {
    queries: { staleTime: 5_000, retry: worthAnotherTry, retryDelay: (failures) => 500 * 2 ** failures },
  },
});
