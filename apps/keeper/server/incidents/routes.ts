import { AppError } from '@tillkeeper/platform/errors';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { KeeperContext } from '../context.ts';
import { raiseSignal } from '../detection/raiseSignal.ts';
import { completeManualStep } from '../playbooks/completeManualStep.ts';
import type { KeeperServer } from '../server.ts';
import { acknowledgeIncident } from './acknowledgeIncident.ts';
import { addNote } from './addNote.ts';
import { listIncidents, readIncident } from './queries.ts';

import { resolveAnyway } from './resolveAnyway.ts';
import { resolveIncident } from './resolveIncident.ts';
import { IncidentItemSchema, IncidentQuery, IncidentReference, IncidentSchema, SignalBody } from './schema.ts';
import type { Incident } from './shownIncident.ts';

const tags = ['incidents'];

export async function incidentRoutes(app: KeeperServer): Promise<void> {
  /** Every verb answers with the incident as it is afterwards. */
  async function answer(
    request: FastifyRequest,
    verb: (ctx: KeeperContext) => Promise<{ readonly incidentId: string }>,
  ): Promise<Incident> {
    const { incidentId } = await verb(await app.contextOf(request));
    return readIncident(await app.contextOf(request), incidentId);
  }

  app.get(
    '/incidents',
    {
      schema: {
        tags,
        summary: 'Incidents, newest first',
        querystring: IncidentQuery,
        response: {
          200: Type.Object({
            items: Type.Array(IncidentItemSchema),
            nextCursor: Type.Union([Type.String(), Type.Null()]),
          }),
        },
      },
    },
    async (request) => {
      const { items, nextCursor } = await listIncidents(await app.contextOf(request), request.query);
      return { items: items.map(mutable), nextCursor };
    },
  );

  app.get(
    '/incidents/:id',
    {
      schema: {
        tags,
        summary: 'One incident with its run, proof, timeline and record',
        params: IncidentReference,
        response: { 200: IncidentSchema },
      },
    },
    async (request) => mutable(await readIncident(await app.contextOf(request), request.params.id)),
  );

  app.post(
    '/incidents/:id/acknowledge',
    {
      schema: {
        tags,
        summary: 'Says that somebody holds it',
        params: IncidentReference,
        response: { 200: IncidentSchema },
      },
    },
    async (request) =>
      mutable(await answer(request, (ctx) => acknowledgeIncident(ctx, { incidentId: request.params.id }))),
  );

  app.post(
    '/incidents/:id/resolve',
    {
      schema: {
        tags,
        summary: 'Asks for proof now and resolves with it; 409 not_proven while the fault is there',
        params: IncidentReference,
        response: { 200: IncidentSchema },
      },
    },
    async (request) => mutable(await answer(request, (ctx) => resolveIncident(ctx, { incidentId: request.params.id }))),
  );

  app.post(
    '/incidents/:id/resolve-anyway',
    {
      schema: {
        tags,
        summary: 'Closes it without proof, with a reason that stays in the record',
        params: IncidentReference,
        body: Type.Object({ reason: Type.String({ minLength: 1, maxLength: 2_000 }) }),
        response: { 200: IncidentSchema },
      },
    },
    async (request) =>
      mutable(
        await answer(request, (ctx) =>
          resolveAnyway(ctx, { incidentId: request.params.id, reason: request.body.reason }),
        ),
      ),
  );

  app.post(
    '/incidents/:id/notes',
    {
      schema: {
        tags,
        summary: 'Adds what a person says to the timeline',
        params: IncidentReference,
        body: Type.Object({ text: Type.String({ minLength: 1, maxLength: 10_000 }) }),
        response: { 200: IncidentSchema },
      },
    },
    async (request) =>
      mutable(await answer(request, (ctx) => addNote(ctx, { incidentId: request.params.id, text: request.body.text }))),
  );

  app.post(
    '/incidents/:id/steps/:step/complete',
    {
      schema: {
        tags,
        summary: 'A person finishes a manual step',
        params: Type.Object({ ...IncidentReference.properties, step: Type.String({ minLength: 1, maxLength: 100 }) }),
        body: Type.Object({
          note: Type.String({ minLength: 1, maxLength: 2_000 }),
          choice: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
        }),
        response: { 200: IncidentSchema },
      },
    },
    async (request) =>
      mutable(
        await answer(request, (ctx) =>
          completeManualStep(ctx, { incidentId: request.params.id, step: request.params.step, ...request.body }),
        ),
      ),
  );

  app.post(
    '/signals',
    {
      schema: {
        tags,
        summary: 'Raises a signal, which opens or joins the incident of its identity',
        body: SignalBody,
        response: { 200: Type.Object({ signalId: Type.String(), incidentId: Type.String() }) },
      },
    },
    async (request) => {
      const raised = await raiseSignal(await app.contextOf(request), request.body);
      if (raised === undefined) throw new AppError('internal', 'a signal without a moment counted as settled');
      return { signalId: raised.signalId, incidentId: raised.incidentId };
    },
  );
}

/** Read-only shapes for writers that ask for mutable ones. */
type Mutable<T> = T extends readonly (infer Item)[]
  ? Mutable<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Mutable<T[Key]> }
    : T;

function mutable<T>(value: T): Mutable<T> {
  return value as Mutable<T>;
}
