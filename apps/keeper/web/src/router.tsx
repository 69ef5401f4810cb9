import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { client } from './api/client.ts';
import { type IncidentTab, meQuery } from './api/queries.ts';
import { ApiError } from './api/request.ts';
import { Frame } from './frame/Frame.tsx';
import { NotFound, RouteError } from './frame/RouteFallbacks.tsx';
import { IncidentsPage } from './incidents/IncidentsPage.tsx';
import { SignInPage } from './SignInPage.tsx';

function textOf(search: Record<string, unknown>, key: string): string | undefined {
  const value = search[key];
  return typeof value === 'string' || typeof value === 'number' ? String(value) || undefined : undefined;
}

const rootRoute = createRootRoute({ component: Outlet, notFoundComponent: NotFound, errorComponent: RouteError });

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { next?: string | undefined } => ({
    next: textOf(search, 'next'),
  }),
  component: SignInPage,
});

const frameRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'frame',
  component: Frame,
  notFoundComponent: NotFound,
  beforeLoad: async ({ location }) => {
    try {
      await client.ensureQueryData(meQuery);
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) {
        throw redirect({ to: '/sign-in', search: { next: location.href === '/' ? undefined : location.href } });
      }
      throw error;
    }
  },
});

const homeRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/incidents', replace: true });
  },
});

interface IncidentsSearch {
  state?: IncidentTab | undefined;
  severity?: string | undefined;
}

const incidentsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/incidents',
  validateSearch: (search: Record<string, unknown>): IncidentsSearch => {
    const state = search.state === 'resolved' || search.state === 'all' ? search.state : 'open';
    const severity = textOf(search, 'severity');
    return { state, severity: severity && /^P[0-3]$/.test(severity) ? severity : undefined };
  },
  component: IncidentsPage,
});

const incidentRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/incidents/$reference',
  component: lazyRouteComponent(() => import('./incidents/IncidentPage.tsx'), 'IncidentPage'),
});

interface OrganizationsSearch {
  status?: string | undefined;
  plan?: string | undefined;
  search?: string | undefined;
}

const organizationsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/organizations',
  validateSearch: (search: Record<string, unknown>): OrganizationsSearch => ({
    status: textOf(search, 'status'),
    plan: textOf(search, 'plan'),
    search: textOf(search, 'search'),
  }),
  component: lazyRouteComponent(() => import('./organizations/OrganizationsPage.tsx'), 'OrganizationsPage'),
});

const organizationRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/organizations/$id',
  component: lazyRouteComponent(() => import('./organizations/OrganizationPage.tsx'), 'OrganizationPage'),
});

interface MessagesSearch {
  to?: string | undefined;
  organizationId?: string | undefined;
  open?: string | undefined;
}

const messagesRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/messages',
  validateSearch: (search: Record<string, unknown>): MessagesSearch => ({
    to: textOf(search, 'to'),
    organizationId: textOf(search, 'organizationId'),
    open: textOf(search, 'open'),
  }),
  component: lazyRouteComponent(() => import('./messages/MessagesPage.tsx'), 'MessagesPage'),
});

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    signInRoute,
    frameRoute.addChildren([
      homeRoute,
      incidentsRoute,
      incidentRoute,
      organizationsRoute,
      organizationRoute,
      messagesRoute,
    ]),
  ]),
  defaultPreload: 'intent',
  defaultPreloadStaleTime: 0,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
