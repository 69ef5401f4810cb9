import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Outlet, useNavigate, useParams } from '@tanstack/react-router';
import { Avatar } from '@tillkeeper/ui/Person';
import { useEffect } from 'react';
import { onSignedOut } from '../api/client.ts';
import { meQuery } from '../api/queries.ts';
import { signOut } from '../api/session.ts';
import { BrandMark } from './BrandMark.tsx';
import { TouchButton } from './TouchButton.tsx';

/** The bar over every page: which shop, who, and the way out. */
export function Frame() {
  const me = useQuery(meQuery).data;
  const { shopId } = useParams({ strict: false });
  const navigate = useNavigate();
  const queries = useQueryClient();

  useEffect(
    () =>
      onSignedOut(() => {
        const next = `${location.pathname}${location.search}`;
        void navigate({ to: '/sign-in', search: next === '/' ? {} : { next }, replace: true });
      }),
    [navigate],
  );

  function leave(): void {
    void signOut()
      .catch(() => undefined) // the session may be over already: the way out stays open
      .then(() => navigate({ to: '/sign-in' }))
      .then(() => queries.clear());
  }

  const shops = me?.shops ?? [];
  const shop = shops.find((each) => each.id === shopId);
  return (
    <div className="grid min-h-dvh grid-cols-[minmax(0,1fr)] grid-rows-[auto_minmax(0,1fr)]">
      <header className="flex min-h-15 items-center gap-3 border-b border-line bg-surface px-4 desk:px-5">
        <BrandMark />
        {shops.length > 1 ? (
          <select
            aria-label="Shop"
            value={shopId ?? ''}
            onChange={(event) => void navigate({ to: '/shops/$shopId', params: { shopId: event.target.value } })}
            className="h-12 min-w-0 truncate rounded-control bg-surface pr-2 font-semibold hover:bg-hover"
          >
            {shop === undefined ? <option value={shopId ?? ''}>Choose a shop</option> : null}
            {shops.map((each) => (
              <option key={each.id} value={each.id}>
                {each.name}
              </option>
            ))}
          </select>
        ) : (
          <span className="truncate font-semibold">{shop?.name ?? 'Till'}</span>
        )}
        <div className="ml-auto flex items-center gap-3">
          {me ? (
            <span className="flex items-center gap-2.5 text-14 max-desk:hidden">
              <Avatar name={me.name} />
              {me.name}
            </span>
          ) : null}
          <TouchButton onClick={leave}>Sign out</TouchButton>
        </div>
      </header>
      <Outlet />
    </div>
  );
}
