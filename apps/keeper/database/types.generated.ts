// Written by `npm run generate` from the migrated database. Do not edit.
import type { ColumnType } from 'kysely';

/** Read as Temporal.Instant, written as its ISO text. */
type Timestamp = ColumnType<Temporal.Instant, string, string>;

/** Read as parsed JSON of unknown shape, written as JSON text. */
type Json = ColumnType<unknown, string, string>;

type Generated<T> = T extends ColumnType<infer S, infer I, infer U>
  ? ColumnType<S, I | undefined, U>
  : ColumnType<T, T | undefined, T>;

interface ApiTokens {
  created_at: Generated<Timestamp>;
  id: Generated<string>;
  last_used_at: Timestamp | null;
  name: string;
  revoked_at: Timestamp | null;
  token_hash: Buffer;
}

interface Audit {
  action: string;
  actor: Json;
  at: Generated<Timestamp>;
  details: Generated<Json>;
  id: Generated<string>;
  organization_id: string | null;
  request_id: string | null;
  subject_id: string;
}

interface Detectors {
  every_ms: number;
  held_until: Timestamp | null;
  holder: string | null;
  last_error: string | null;
  last_findings: number | null;
  last_finished_machine: Timestamp | null;
  last_ok: boolean | null;
  last_ok_machine: Timestamp | null;
  last_started_machine: Timestamp | null;
  memory: string | null;
  name: string;
  playbook: string;
}

interface Effects {
  actor: Json;
  kind: string;
  occurrence_key: string;
  organization_id: string;
  payload: Json;
  recorded_at: Timestamp;
  relayed_machine: Generated<Timestamp>;
}

interface GapFills {
  added: number;
  finished_at: Generated<Timestamp>;
  finished_machine: Generated<Timestamp>;
  id: Generated<string>;
  read: number;
  since: Timestamp;
  through: Timestamp;
}

interface IdentityAccount {
  accessToken: string | null;
  accessTokenExpiresAt: Timestamp | null;
  accountId: string;
  createdAt: Generated<Timestamp>;
  id: Generated<string>;
  idToken: string | null;
  password: string | null;
  providerId: string;
  refreshToken: string | null;
  refreshTokenExpiresAt: Timestamp | null;
  scope: string | null;
  updatedAt: Timestamp;
  userId: string;
}

interface IdentitySession {
  createdAt: Generated<Timestamp>;
  expiresAt: Timestamp;
  id: Generated<string>;
  ipAddress: string | null;
  token: string;
  updatedAt: Timestamp;
  userAgent: string | null;
  userId: string;
}

interface IdentityUser {
  createdAt: Generated<Timestamp>;
  email: string;
  emailVerified: boolean;
  id: Generated<string>;
  image: string | null;
  name: string;
  updatedAt: Generated<Timestamp>;
}

interface IdentityVerification {
  createdAt: Generated<Timestamp>;
  expiresAt: Timestamp;
  id: Generated<string>;
  identifier: string;
  updatedAt: Generated<Timestamp>;
  value: string;
}

interface IncidentOrganizations {
  added_at: Generated<Timestamp>;
  facts: Generated<Json>;
  incident_id: string;
  organization_id: string;
}

interface Incidents {
  acknowledged_at: Timestamp | null;
  acknowledged_by: Json | null;
  correlation: string | null;
  detector: string;
  id: Generated<string>;
  identity: string;
  impact: Json;
  number: Generated<number>;
  opened_at: Generated<Timestamp>;
  opened_machine: Generated<Timestamp>;
  outcome: string | null;
  playbook: string;
  record: Json | null;
  resolved_at: Timestamp | null;
  resolved_machine: Timestamp | null;
  scope: string;
  severity: string;
  state: Generated<string>;
  summary: string;
  title: string;
}

interface Lanes {
  beat_machine: Generated<Timestamp>;
  details: Generated<Json>;
  holder: string;
  name: string;
}

interface Messages {
  attempts: Generated<number>;
  body_hash: Buffer | null;
  body_html: string | null;
  body_text: string | null;
  claimed_by: string | null;
  claimed_until: Timestamp | null;
  class: string;
  created_at: Generated<Timestamp>;
  due_at: Generated<Timestamp>;
  handed_over: Timestamp | null;
  id: Generated<string>;
  incident_id: string | null;
  message_id: string | null;
  not_after: Timestamp | null;
  occurrence_key: string;
  organization_id: string | null;
  reason: string | null;
  recipient: string;
  recipient_name: string | null;
  retry_at: Timestamp | null;
  second_copy: Generated<boolean>;
  sent_at: Timestamp | null;
  state: Generated<string>;
  subject: string | null;
  template: string;
  variables: Json;
}

interface OpsClock {
  offset: Generated<unknown>;
  one_row: Generated<boolean>;
}

interface OpsClockJumps {
  from_time: Timestamp;
  id: Generated<string>;
  jumped_at: Generated<Timestamp>;
  to_time: Timestamp;
}

interface OpsNextDue {
  due_at: Timestamp | null;
}

interface OpsUnsettled {
  waiting: number | null;
  what: string | null;
}

interface OrganizationLeases {
  fencing: number;
  held_until: Timestamp | null;
  holder: string | null;
  organization_id: string;
  refreshed_machine: Timestamp | null;
}

interface OrganizationNotes {
  actor: Json;
  at: Generated<Timestamp>;
  id: Generated<string>;
  incident_id: string | null;
  kind: string;
  organization_id: string;
  text: string;
}

interface PaymentLinks {
  created_at: Generated<Timestamp>;
  expires_at: Timestamp;
  id: Generated<string>;
  invoice_id: string | null;
  opened_at: Timestamp | null;
  organization_id: string;
  purpose: string;
  run_id: string | null;
  token_hash: Buffer;
}

interface PlaybookRuns {
  fencing: Generated<number>;
  finished_at: Timestamp | null;
  held_until: Timestamp | null;
  holder: string | null;
  id: Generated<string>;
  incident_id: string;
  playbook: string;
  round: Generated<number>;
  started_at: Generated<Timestamp>;
  state: Generated<string>;
  version: number;
  wake_at: Generated<Timestamp | null>;
  wake_machine: Timestamp | null;
  wake_reason: string | null;
  wakes: Generated<number>;
}

interface Proofs {
  at: Generated<Timestamp>;
  at_machine: Generated<Timestamp>;
  detector: string;
  findings: Generated<Json>;
  id: Generated<string>;
  incident_id: string;
  round: number;
  verdict: string;
}

interface RunSteps {
  attempts: Generated<number>;
  evidence: Generated<Json>;
  finished_at: Timestamp | null;
  finished_machine: Timestamp | null;
  kind: string;
  name: string;
  ordinal: number;
  phase: string;
  run_id: string;
  started_at: Timestamp | null;
  started_machine: Timestamp | null;
  state: Generated<string>;
  title: string;
}

interface Signals {
  at: Generated<Timestamp>;
  correlation: string | null;
  facts: Generated<Json>;
  fingerprint: string;
  id: Generated<string>;
  identity: string;
  incident_id: string;
  last_at: Generated<Timestamp>;
  last_machine: Generated<Timestamp>;
  organization_ids: Generated<string[]>;
  playbook: string | null;
  repeats: Generated<number>;
  source: string;
  summary: string;
}

interface StepEffects {
  attempts: Generated<number>;
  effect_key: string;
  intended_at: Generated<Timestamp>;
  intent: Json;
  observed: Json | null;
  observed_at: Timestamp | null;
  outcome: Generated<string>;
  run_id: string;
  step: string;
}

interface StripeDeliveries {
  account: string | null;
  api_version: string | null;
  attempts: Generated<number>;
  claimed_by: string | null;
  claimed_until: Timestamp | null;
  copies: Generated<number>;
  customer_id: string | null;
  event_created_at: Timestamp;
  last_error: string | null;
  livemode: boolean;
  object_id: string | null;
  organization_id: string | null;
  other_raw: Buffer | null;
  raw: Buffer;
  reason: string | null;
  received_at: Generated<Timestamp>;
  received_machine: Generated<Timestamp>;
  retry_at: Timestamp | null;
  settled_machine: Timestamp | null;
  signature: string;
  source: Generated<string>;
  state: Generated<string>;
  stripe_event_id: string;
  subscription_id: string | null;
  type: string;
}

interface StripeFailures {
  at_machine: Generated<Timestamp>;
  code: string | null;
  id: Generated<string>;
  operation: string;
  organization_id: string | null;
  request_id: string | null;
  status: number | null;
}

interface StripeRejections {
  body_bytes: number;
  body_sha256: Buffer;
  claimed_customer: string | null;
  claimed_event_id: string | null;
  claimed_type: string | null;
  code: string;
  copies: Generated<number>;
  id: Generated<string>;
  received_at: Generated<Timestamp>;
  received_machine: Generated<Timestamp>;
  signature: string | null;
}

interface Timeline {
  actor: Json;
  at: Generated<Timestamp>;
  details: Generated<Json>;
  id: Generated<string>;
  incident_id: string;
  kind: string;
  text: string;
}

interface Timers {
  attempts: Generated<number>;
  done_at: Timestamp | null;
  due_at: Timestamp;
  id: Generated<string>;
  incident_id: string | null;
  key: string;
  kind: string;
  last_error: string | null;
  payload: Generated<Json>;
  retry_machine: Timestamp | null;
}

export interface DB {
  api_tokens: ApiTokens;
  audit: Audit;
  detectors: Detectors;
  effects: Effects;
  gap_fills: GapFills;
  "identity.account": IdentityAccount;
  "identity.session": IdentitySession;
  "identity.user": IdentityUser;
  "identity.verification": IdentityVerification;
  incident_organizations: IncidentOrganizations;
  incidents: Incidents;
  lanes: Lanes;
  messages: Messages;
  "ops.clock": OpsClock;
  "ops.clock_jumps": OpsClockJumps;
  "ops.next_due": OpsNextDue;
  "ops.unsettled": OpsUnsettled;
  organization_leases: OrganizationLeases;
  organization_notes: OrganizationNotes;
  payment_links: PaymentLinks;
  playbook_runs: PlaybookRuns;
  proofs: Proofs;
  run_steps: RunSteps;
  signals: Signals;
  step_effects: StepEffects;
  stripe_deliveries: StripeDeliveries;
  stripe_failures: StripeFailures;
  stripe_rejections: StripeRejections;
  timeline: Timeline;
  timers: Timers;
}
