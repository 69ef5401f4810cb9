import { Type } from 'typebox';
import type { KeeperServer } from '../server.ts';
import { deliveryStates, listDeliveries } from './listDeliveries.ts';
import { reconcile } from './reconcile.ts';
import { replayDelivery } from './replayDelivery.ts';

const Nullable = Type.Union([Type.String(), Type.Null()]);
const Uuid = Type.String({ format: 'uuid' });

const Field = Type.Object({
  field: Type.String(),
  label: Type.String(),
  stripe: Nullable,
  subscriptionRow: Nullable,
  organizationRow: Nullable,
  differs: Type.Boolean(),
});

const Delivery = Type.Object({
  id: Type.String(),
  type: Type.String(),
  state: Type.String(),
  reason: Nullable,
  source: Type.String(),
  organizationId: Nullable,
  customerId: Nullable,
  objectId: Nullable,
  eventCreatedAt: Type.String(),
  receivedAt: Type.String(),
  copies: Type.Integer(),
  attempts: Type.Integer(),
  lastError: Nullable,
  retryAt: Nullable,
});

export async function billingRoutes(app: KeeperServer): Promise<void> {
  app.post(
    '/billing/reconcile',
    {
      schema: {
        tags: ['billing'],
        summary: 'Compares with Stripe and refetches what differs',
        body: Type.Object({ organizationId: Type.Optional(Uuid) }),
        response: {
          200: Type.Object({
            compared: Type.Integer(),
            drifted: Type.Array(
              Type.Object({ organizationId: Type.String(), fields: Type.Array(Field), healed: Type.Boolean() }),
            ),
            refreshed: Type.Integer(),
            stopped: Type.Boolean(),
          }),
        },
      },
    },
    async (request) => {
      const result = await reconcile(await app.contextOf(request), request.body);
      return { ...result, drifted: result.drifted.map((one) => ({ ...one, fields: [...one.fields] })) };
    },
  );
  app.get(
    '/deliveries',
    {
      schema: {
        tags: ['billing'],
        summary: 'What Stripe delivered, newest first',
        querystring: Type.Object({
          state: Type.Optional(Type.Union(deliveryStates.map((state) => Type.Literal(state)))),
          organizationId: Type.Optional(Uuid),
          limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
          cursor: Type.Optional(Type.String({ maxLength: 1000 })),
        }),
        response: { 200: Type.Object({ items: Type.Array(Delivery), nextCursor: Nullable }) },
      },
    },
    async (request) => {
      const { items, nextCursor } = await listDeliveries(await app.contextOf(request), request.query);
      return {
        items: items.map(({ eventCreatedAt, receivedAt, retryAt, ...item }) => ({
          ...item,
          eventCreatedAt: eventCreatedAt.toString(),
          receivedAt: receivedAt.toString(),
          retryAt: retryAt?.toString() ?? null,
        })),
        nextCursor,
      };
    },
  );
  app.post(
    '/deliveries/:id/replay',
    {
      schema: {
        tags: ['billing'],
        summary: 'Puts a delivery back to work',
        params: Type.Object({ id: Type.String({ minLength: 1, maxLength: 255 }) }),
        response: { 200: Type.Object({ replayed: Type.Boolean() }) },
      },
    },
    async (request) => replayDelivery(await app.contextOf(request), { eventId: request.params.id }),
  );
}
