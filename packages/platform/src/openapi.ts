import swagger from '@fastify/swagger';
import { Type } from 'typebox';
import type { HttpServer } from './http.ts';

const Problem = Type.Object(
  {
    type: Type.String({ description: 'urn:tillkeeper:problem:<code>' }),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String({ description: 'One word for the kind of failure; does not change' }),
    detail: Type.String({ description: 'What was wrong with this request' }),
    requestId: Type.Optional(Type.String()),
  },
  { description: 'RFC 9457. Further fields hold ids and figures.', additionalProperties: true },
);

const problemAnswer = {
  description: 'A problem',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

type Operations = Record<string, { responses?: Record<string, unknown> } | undefined>;

/** `/openapi.json`, OpenAPI 3.1, from the routes' schemas. Routes with `schema.hide` are left out. */
export async function describeApi(
  app: HttpServer,
  name: string,
  about: { title: string; version: string },
): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: about.title, version: about.version },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'An API token' },
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: `${name}.session_token`,
            description: 'A person who signed in',
          },
        },
        // The document wants plain objects.
        schemas: { Problem: structuredClone(Problem) as object },
      },
      security: [{ bearer: [] }, { session: [] }],
    },
    transformObject(document) {
      if (!('openapiObject' in document)) return document.swaggerObject;
      for (const operations of Object.values(document.openapiObject.paths ?? {})) {
        for (const operation of Object.values(operations as Operations)) {
          if (operation?.responses !== undefined) operation.responses.default ??= problemAnswer;
        }
      }
      return document.openapiObject;
    },
  });
  app.get('/openapi.json', { schema: { hide: true }, config: { rateLimit: false } }, async (_request, reply) =>
    reply.type('application/json; charset=utf-8').send(JSON.stringify(app.swagger())),
  );
}
