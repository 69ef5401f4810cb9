import { createRootRoute, createRoute, createRouter, Outlet, redirect } from '@tanstack/react-router';
import { client } from './api/client.ts';
import { meQuery } from './api/queries.ts';
import { ApiError } from './api/request.ts';
import { NotFound, RouteError } from './frame/Fallbacks.tsx';
import { Frame } from './frame/Frame.tsx';
import { NoShop } from './frame/NoShop.tsx';
import { SignInPage } from './SignInPage.tsx';
import { ShopPage } from './shop/ShopPage.tsx';

const rootRoute = createRootRoute({ component: Outlet, notFoundComponent: NotFound, errorComponent: RouteError });

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { next?: string } =>
    typeof search.next === 'string' ? { next: search.next } : {},
  component: SignInPage,
});

const frameRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'frame',
  component: Frame,
  notFoundComponent: NotFound,
  errorComponent: RouteError,
  beforeLoad: async ({ location }) => {
    try {
      await client.ensureQueryData(meQuery);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 401)) throw error;
      throw redirect({ to: '/sign-in', search: location.href === '/' ? {} : { next: location.href } });
    }
  },
});

const homeRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/',
  component: NoShop,
  beforeLoad: async () => {
    const me = await client.ensureQueryData(meQuery);
    const [first] = me.shops;
    if (first !== undefined) throw redirect({ to: '/shops/$shopId', params: { shopId: first.id }, replace: true });
  },
});

const shopRoute = createRoute({ getParentRoute: () => frameRoute, path: '/shops/$shopId', component: ShopPage });

export const router = createRouter({
  routeTree: rootRoute.addChildren([signInRoute, frameRoute.addChildren([homeRoute, shopRoute])]),
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
