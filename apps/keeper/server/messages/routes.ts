import { Type } from 'typebox';
import type { KeeperServer } from '../server.ts';
import { Instant, nullable, oneOf, pageOf, toJson } from '../shapes.ts';
import { listMessages, messageStates, readMessage } from './queries.ts';

const Uuid = Type.String({ format: 'uuid' });

const Item = Type.Object({
  id: Type.String(),
  template: Type.String(),
  to: Type.String(),
  subject: nullable(Type.String()),
  state: oneOf(messageStates),
  at: Instant,
  organizationId: nullable(Type.String()),
  incidentId: nullable(Type.String()),
});

const Detail = Type.Object({
  ...Item.properties,
  text: nullable(Type.String()),
  html: nullable(Type.String()),
  reason: nullable(Type.String()),
  attempts: Type.Integer(),
  secondCopy: Type.Boolean(),
  dueAt: Instant,
  messageId: nullable(Type.String()),
});

export async function messageRoutes(app: KeeperServer): Promise<void> {
  app.get(
    '/messages',
    {
      schema: {
        tags: ['messages'],
        summary: 'Mails, newest first',
        querystring: Type.Object({
          to: Type.Optional(Type.String({ maxLength: 320 })),
          organizationId: Type.Optional(Uuid),
          incidentId: Type.Optional(Uuid),
          limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
          cursor: Type.Optional(Uuid),
        }),
        response: { 200: pageOf(Item) },
      },
    },
    async (request) => toJson(await listMessages(await app.contextOf(request), request.query)),
  );
  app.get(
    '/messages/:id',
    {
      schema: {
        tags: ['messages'],
        summary: 'One mail with its words',
        params: Type.Object({ id: Uuid }),
        response: { 200: Detail },
      },
    },
    async (request) => toJson(await readMessage(await app.contextOf(request), request.params.id)),
  );
}
