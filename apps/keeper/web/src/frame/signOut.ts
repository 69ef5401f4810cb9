import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { signOut } from '../api/session.ts';

/** Ends the session, forgets everything that was read in it, and shows the sign-in. */
export function useSignOut(): () => void {
  const client = useQueryClient();
  const navigate = useNavigate();
  return () => {
    void signOut()
      .catch(() => undefined) // the cookie may be over already: the way out stays open
      .then(() => navigate({ to: '/sign-in' }))
      .then(() => client.clear());
  };
}
