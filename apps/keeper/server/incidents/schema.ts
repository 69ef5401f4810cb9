import { Type } from 'typebox';
import { messageStates } from '../messages/queries.ts';
import { Instant, nullable, oneOf } from '../shapes.ts';
import { incidentStates, stepStates } from './shownIncident.ts';

/** One sentence and the facts behind it; the facts differ from step to step. */
const EvidenceShape = Type.Object({ summary: Type.Optional(Type.String()) }, { additionalProperties: true });
const ActorShape = Type.Object({ kind: Type.String(), name: Type.String() });

const ImpactShape = Type.Object({
  organizations: Type.Integer(),
  payersLockedOut: Type.Integer(),
  payersLockedOutMinutes: Type.Integer(),
  unpaidWithAccess: Type.Integer(),
  wrongPlan: Type.Integer(),
  mrrAtRisk: Type.Array(Type.Object({ currency: Type.String(), minor: Type.Integer() })),
});

export const Severity = oneOf(['P0', 'P1', 'P2', 'P3']);

export const IncidentItemSchema = Type.Object({
  id: Type.String(),
  number: Type.Integer(),
  playbook: Type.String(),
  severity: Severity,
  state: oneOf(incidentStates),
  scope: oneOf(['case', 'systemic']),
  title: Type.String(),
  summary: Type.String(),
  openedAt: Instant,
  acknowledgedAt: nullable(Instant),
  resolvedAt: nullable(Instant),
  outcome: nullable(oneOf(['proven', 'lost', 'forced'])),
  organizationIds: Type.Array(Type.String()),
  heldBy: nullable(ActorShape),
  currentStep: nullable(Type.Object({ title: Type.String(), state: oneOf(stepStates), evidence: EvidenceShape })),
  next: nullable(Type.Object({ at: Instant, what: Type.String() })),
  impact: ImpactShape,
});

const ProofShape = Type.Object({
  at: Instant,
  verdict: oneOf(['clean', 'refuted', 'lost']),
  round: Type.Integer(),
  findings: EvidenceShape,
});

export const IncidentSchema = Type.Object({
  ...IncidentItemSchema.properties,
  identity: Type.String(),
  correlation: nullable(Type.String()),
  detector: Type.String(),
  organizations: Type.Array(
    Type.Object({ id: Type.String(), name: Type.String(), plan: Type.String(), status: Type.String() }),
  ),
  run: nullable(
    Type.Object({
      id: Type.String(),
      state: oneOf(['running', 'waiting', 'manual', 'proving', 'done', 'stopped']),
      version: Type.Integer(),
      startedAt: Instant,
      wakeAt: nullable(Instant),
      wakeReason: nullable(Type.String()),
      steps: Type.Array(
        Type.Object({
          ordinal: Type.Integer(),
          name: Type.String(),
          title: Type.String(),
          phase: oneOf(['detect', 'assess', 'act', 'resolve', 'document']),
          kind: oneOf(['automatic', 'manual', 'approval']),
          state: oneOf(stepStates),
          attempts: Type.Integer(),
          evidence: EvidenceShape,
          startedAt: nullable(Instant),
          finishedAt: nullable(Instant),
          durationMs: nullable(Type.Integer()),
        }),
      ),
    }),
  ),
  proof: Type.Object({
    detector: Type.String(),
    needed: Type.Integer(),
    clean: Type.Integer(),
    round: Type.Integer(),
    nextAt: nullable(Instant),
    last: nullable(ProofShape),
    runs: Type.Array(ProofShape),
  }),
  timeline: Type.Array(
    Type.Object({
      id: Type.String(),
      at: Instant,
      actor: ActorShape,
      kind: Type.String(),
      text: Type.String(),
      details: Type.Object({}, { additionalProperties: true }),
    }),
  ),
  record: nullable(
    Type.Object({
      sentences: Type.Array(Type.Object({ text: Type.String(), events: Type.Array(Type.String()) })),
      writtenAt: Instant,
    }),
  ),
  messages: Type.Array(
    Type.Object({
      id: Type.String(),
      template: Type.String(),
      to: Type.String(),
      subject: nullable(Type.String()),
      state: oneOf(messageStates),
      at: Instant,
    }),
  ),
});

export const IncidentQuery = Type.Object({
  state: oneOf(['open', 'resolved', 'all'], { default: 'open' }),
  severity: Type.Optional(Severity),
  playbook: Type.Optional(Type.String({ maxLength: 100 })),
  organizationId: Type.Optional(Type.String({ format: 'uuid' })),
  limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
  cursor: Type.Optional(Type.String({ maxLength: 20 })),
});

/** An id, or a number. */
export const IncidentReference = Type.Object({ id: Type.String({ minLength: 1, maxLength: 40 }) });

export const SignalBody = Type.Object({
  source: Type.String({ minLength: 1, maxLength: 100 }),
  identity: Type.String({ minLength: 1, maxLength: 300 }),
  correlation: Type.Optional(Type.String({ maxLength: 300 })),
  summary: Type.String({ minLength: 1, maxLength: 1_000 }),
  playbook: Type.Optional(Type.String({ maxLength: 100 })),
  organizationIds: Type.Optional(Type.Array(Type.String({ format: 'uuid' }), { maxItems: 10_000 })),
});
