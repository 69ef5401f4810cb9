import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useRouter, useSearch } from '@tanstack/react-router';
import { Button } from '@tillkeeper/ui/Button';
import { Mark } from '@tillkeeper/ui/Mark';
import { type FormEvent, useEffect, useState } from 'react';
import { environmentQuery, meQuery } from './api/queries.ts';
import { ApiError } from './api/request.ts';
import { signIn } from './api/session.ts';
import { Brand } from './frame/Brand.tsx';
import { safePath } from './safePath.ts';

const field =
  'mt-1.5 block h-8 w-full rounded-control border border-ctl bg-surface px-2.5 max-desk:h-11 max-desk:text-16 aria-invalid:border-red';

function reasonOf(error: unknown): string {
  if (error instanceof ApiError) {
    if (error.status === 401) return 'Address or password is wrong';
    if (error.status === 429) return 'Too many attempts, wait a minute';
    if (error.status === 0) return 'Keeper does not answer';
    return `Keeper could not check it, code ${error.code}`;
  }
  return 'Keeper could not check it';
}

export function SignInPage() {
  const { next } = useSearch({ from: '/sign-in' });
  const navigate = useNavigate();
  const router = useRouter();
  const client = useQueryClient();
  const environment = useQuery(environmentQuery);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();

  useEffect(() => {
    document.title = 'Sign in · Keeper';
  }, []);

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setProblem(undefined);
    try {
      await signIn(String(form.get('email')), String(form.get('password')));
      client.removeQueries({ queryKey: meQuery.queryKey });
      await navigate({ href: router.history.createHref(safePath(next)), replace: true });
    } catch (error) {
      setProblem(reasonOf(error));
      setBusy(false);
    }
  }

  return (
    <main className="grid min-h-dvh place-items-center bg-canvas p-4">
      <form
        aria-label="Sign in"
        onSubmit={(event) => void submit(event)}
        className="w-full max-w-85 rounded-panel border border-line bg-surface p-6"
      >
        <div className="flex items-center">
          <Brand />
          <span className="ml-auto text-12 text-ink-3 first-letter:uppercase">{environment.data?.environment}</span>
        </div>
        <h1 className="mt-5 text-20 font-semibold tracking-[-.012em]">Sign in</h1>
        <p className="text-ink-2">Operators of this installation only.</p>
        <label className="mt-5 block text-12 text-ink-2">
          Address
          <input
            name="email"
            type="email"
            autoComplete="username"
            required
            aria-invalid={problem !== undefined || undefined}
            className={field}
          />
        </label>
        <label className="mt-3 block text-12 text-ink-2">
          Password
          <input
            name="password"
            type="password"
            autoComplete="current-password"
            required
            aria-invalid={problem !== undefined || undefined}
            className={field}
          />
        </label>
        <p role="alert" className="mt-1.5 flex min-h-[18px] items-center gap-1.5 text-12 text-red">
          {problem === undefined ? null : (
            <>
              <Mark name="refuted" />
              {problem}
            </>
          )}
        </p>
        <Button tone="primary" type="submit" busy={busy} className="mt-3 w-full">
          Sign in
        </Button>
      </form>
    </main>
  );
}
