import type { HttpServer } from '@tillkeeper/platform/http';
import { Type } from 'typebox';
import type { KeeperDeps } from '../context.ts';
import type { KeeperServer } from '../server.ts';
import { Instant, nullable, oneOf, toJson } from '../shapes.ts';
import { laneStates, readEngine } from './readEngine.ts';

const Milliseconds = Type.Integer({ description: 'Milliseconds of machine time' });

const Lane = Type.Object({
  name: Type.String(),
  lastBeatAt: nullable(Instant),
  ageMs: nullable(Milliseconds),
  state: oneOf(laneStates),
  detail: Type.String(),
});

const Detector = Type.Object({
  name: Type.String(),
  playbook: Type.String(),
  everyMs: Milliseconds,
  lastFinishedAt: nullable(Instant),
  ageMs: nullable(Milliseconds),
  lastOkAt: nullable(Instant),
  ok: nullable(Type.Boolean()),
  findings: nullable(Type.Integer()),
  error: nullable(Type.String()),
});

const EngineShape = Type.Object({
  lastProvenAt: nullable(Instant),
  lastProvenAgeMs: nullable(Milliseconds),
  lanes: Type.Array(Lane),
  detectors: Type.Array(Detector),
  waiting: Type.Record(Type.String(), Type.Integer()),
  clock: Type.Object({ businessNow: Instant, offsetMs: Type.Integer() }),
});

export async function engineRoutes(app: KeeperServer): Promise<void> {
  app.get(
    '/engine',
    {
      schema: {
        tags: ['engine'],
        summary: 'Whether Keeper itself works, on machine time',
        response: { 200: EngineShape },
      },
    },
    async (request) => toJson(await readEngine(await app.contextOf(request))),
  );
}

/** Public, for the sign-in page: which environment this is, and where the sandbox's controls are. */
export async function environmentRoutes(app: HttpServer, { deps }: { deps: KeeperDeps }): Promise<void> {
  const { environment, sandboxUrl } = deps.config;
  app.get(
    '/environment',
    {
      schema: {
        tags: ['engine'],
        summary: 'Sandbox or production',
        security: [],
        response: {
          200: Type.Object({
            environment: oneOf(['sandbox', 'production']),
            sandboxUrl: Type.Optional(Type.String()),
          }),
        },
      },
    },
    async () => ({ environment, ...(sandboxUrl === undefined ? {} : { sandboxUrl }) }),
  );
}
