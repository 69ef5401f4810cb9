import { Type } from 'typebox';
import type { KeeperServer } from '../server.ts';
import { Instant, nullable, oneOf, pageOf, pageQuery, toJson } from '../shapes.ts';
import { listOrganizations } from './listOrganizations.ts';
import { readOrganization } from './readOrganization.ts';
import { storyKinds } from './readStory.ts';

const Access = oneOf(['full', 'read_only', 'none']);
const Used = Type.Object({ used: Type.Integer(), limit: nullable(Type.Integer()) });

const Item = Type.Object({
  id: Type.String(),
  name: Type.String(),
  plan: Type.String(),
  status: Type.String(),
  access: Access,
  country: Type.String(),
  timezone: Type.String(),
  createdAt: Instant,
  mrr: Type.Object({ minor: Type.Integer(), currency: Type.String() }),
  members: Type.Integer(),
  openIncidents: Type.Integer(),
});

const SourceField = Type.Object({
  field: Type.String(),
  label: Type.String(),
  stripe: nullable(Type.String()),
  subscriptionRow: nullable(Type.String()),
  organizationRow: nullable(Type.String()),
  differs: Type.Boolean(),
});

const Invoice = Type.Object({
  id: Type.String(),
  at: Instant,
  amountMinor: Type.Integer(),
  currency: Type.String(),
  status: Type.String(),
  attempts: Type.Integer(),
  description: Type.String(),
  nextAttemptAt: nullable(Instant),
});

const Page = Type.Object({
  id: Type.String(),
  name: Type.String(),
  plan: Type.String(),
  status: Type.String(),
  access: Access,
  timezone: Type.String(),
  country: Type.String(),
  currency: Type.String(),
  createdAt: Instant,
  lifecycle: Type.Object({
    state: Type.String(),
    since: Instant,
    why: Type.String(),
    next: Type.Array(Type.Object({ at: nullable(Instant), what: Type.String() })),
  }),
  usage: Type.Object({ products: Used, members: Used, salesThisMonth: Used }),
  sources: Type.Object({ readAt: Instant, error: nullable(Type.String()), fields: Type.Array(SourceField) }),
  invoices: Type.Object({ error: nullable(Type.String()), items: Type.Array(Invoice) }),
  salesPerDay: Type.Array(Type.Object({ day: Type.String(), count: Type.Integer() })),
  owner: nullable(Type.Object({ name: Type.String(), email: Type.String() })),
  story: Type.Array(
    Type.Object({ at: Instant, kind: oneOf(storyKinds), text: Type.String(), incidentId: nullable(Type.String()) }),
  ),
  facts: Type.Object({ organizationId: Type.String(), stripeCustomerId: nullable(Type.String()) }),
});

export async function organizationRoutes(app: KeeperServer): Promise<void> {
  app.get(
    '/organizations',
    {
      schema: {
        tags: ['organizations'],
        summary: 'Organizations by name',
        querystring: Type.Object({
          status: Type.Optional(Type.String({ maxLength: 40 })),
          plan: Type.Optional(Type.String({ maxLength: 40 })),
          search: Type.Optional(Type.String({ maxLength: 200 })),
          ...pageQuery,
        }),
        response: { 200: pageOf(Item) },
      },
    },
    async (request) => toJson(await listOrganizations(await app.contextOf(request), request.query)),
  );
  app.get(
    '/organizations/:id',
    {
      schema: {
        tags: ['organizations'],
        summary: 'One organization, from each source',
        params: Type.Object({ id: Type.String({ format: 'uuid' }) }),
        response: { 200: Page },
      },
    },
    async (request) => toJson(await readOrganization(await app.contextOf(request), request.params.id)),
  );
}
