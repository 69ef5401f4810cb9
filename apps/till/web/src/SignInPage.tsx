import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useRouter, useSearch } from '@tanstack/react-router';
import { Mark } from '@tillkeeper/ui/Mark';
import { type FormEvent, useEffect, useState } from 'react';
import { ApiError } from './api/request.ts';
import { signIn } from './api/session.ts';
import { BrandMark } from './frame/BrandMark.tsx';
import { TouchButton } from './frame/TouchButton.tsx';

const field =
  'mt-1.5 block h-12 w-full rounded-tile border border-ctl bg-surface px-3.5 text-16 aria-invalid:border-red';

function reasonOf(error: unknown): string {
  if (!(error instanceof ApiError)) return 'The till could not check it';
  if (error.status === 401) return 'Address or password is wrong';
  if (error.status === 429) return 'Too many attempts, wait a minute';
  if (error.status === 0) return 'The till’s server does not answer';
  return `The till could not check it, code ${error.code}`;
}

/** Only a path of this app: a link from outside must not send a person elsewhere after sign-in. */
function safePath(next: string | undefined): string {
  return next?.startsWith('/') && !/^\/[/\\]/.test(next) ? next : '/';
}

export function SignInPage() {
  const { next } = useSearch({ from: '/sign-in' });
  const navigate = useNavigate();
  const router = useRouter();
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();

  useEffect(() => {
    document.title = 'Sign in · Till';
  }, []);

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    if (busy) return;
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setProblem(undefined);
    try {
      await signIn(String(form.get('email')), String(form.get('password')));
      queries.clear();
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
        className="w-full max-w-100 rounded-pay border border-line bg-surface p-6"
      >
        <p className="flex items-center gap-2.5 font-semibold">
          <BrandMark />
          Till
        </p>
        <h1 className="mt-6 text-22 font-semibold tracking-[-.012em]">Sign in to your shop</h1>
        <label className="mt-5 block text-14 text-ink-2">
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
        <label className="mt-4 block text-14 text-ink-2">
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
        <p role="alert" className="mt-2 flex min-h-6 items-center gap-2 text-14 text-red">
          {problem === undefined ? null : (
            <>
              <Mark name="refuted" />
              {problem}
            </>
          )}
        </p>
        <TouchButton tone="primary" type="submit" busy={busy} className="mt-3 w-full">
          Sign in
        </TouchButton>
      </form>
    </main>
  );
}
