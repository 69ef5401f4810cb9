create table public.detectors (
  name                  text primary key,
  playbook              text        not null,
  every_ms              integer     not null,
  last_started_machine  timestamptz,
  last_finished_machine timestamptz,
  last_ok               boolean,
  last_ok_machine       timestamptz, -- the end of the last pass that could look
  last_findings         integer,
  last_error            text,
  holder                text,
  held_until            timestamptz, -- machine time
  memory                text -- what a detector keeps from one pass to the next
);

create table public.incidents (
  id                  uuid primary key default ops.uuidv7(),
  number              bigint generated always as identity (start with 101) unique,
  playbook            text        not null,
  detector            text        not null,
  identity            text        not null, -- what is broken
  correlation         text, -- what belongs together
  scope               text        not null check (scope in ('case', 'systemic')),
  severity            text        not null check (severity in ('P0', 'P1', 'P2', 'P3')),
  state               text        not null default 'triggered' check (state in ('triggered', 'acknowledged', 'running', 'waiting', 'manual', 'proving', 'resolved')),
  title               text        not null,
  summary             text        not null,
  impact              jsonb       not null,
  opened_at           timestamptz not null default ops.now(),
  opened_machine      timestamptz not null default clock_timestamp(),
  acknowledged_at     timestamptz,
  acknowledged_by     jsonb,
  resolved_at         timestamptz,
  resolved_machine    timestamptz, -- what a detector saw before this moment is settled
  outcome             text check (outcome in ('proven', 'lost', 'forced')),
  record              jsonb, -- {sentences: [{text, events: [timeline ids]}], writtenAt}
  check ((state = 'resolved') = (resolved_at is not null) and (resolved_at is null) = (outcome is null))
);
-- One open incident for one broken thing.
create unique index incidents_open_identity on public.incidents (identity) where resolved_at is null;
create index incidents_resolved_identity on public.incidents (identity, resolved_machine desc) where resolved_at is not null;
create index incidents_by_number on public.incidents (number desc);
create index incidents_open_by_number on public.incidents (number desc) where resolved_at is null;

create table public.incident_organizations (
  incident_id     uuid not null references public.incidents (id),
  organization_id uuid not null,
  facts           jsonb not null default '{}',
  added_at        timestamptz not null default ops.now(),
  primary key (incident_id, organization_id)
);
create index incident_organizations_by_organization on public.incident_organizations (organization_id, incident_id desc);

-- A signal that says nothing new is counted on the one that said it first: a thousand equal ones are one row.
create table public.signals (
  id               uuid primary key default ops.uuidv7(),
  at               timestamptz not null default ops.now(),
  last_at          timestamptz not null default ops.now(),
  last_machine     timestamptz not null default clock_timestamp(),
  repeats          integer     not null default 1,
  fingerprint      text        not null, -- of source, what is said and of whom
  source           text        not null, -- detector name, or who reported it
  identity         text        not null,
  correlation      text,
  playbook         text,
  summary          text        not null,
  organization_ids uuid[]      not null default '{}',
  facts            jsonb       not null default '{}',
  incident_id      uuid        not null references public.incidents (id),
  unique (incident_id, fingerprint)
);

-- The one chronology. People and machine write here and nobody rewrites.
create table public.timeline (
  id          uuid primary key default ops.uuidv7(),
  incident_id uuid        not null references public.incidents (id),
  at          timestamptz not null default ops.now(),
  actor       jsonb       not null,
  kind        text        not null,
  text        text        not null,
  details     jsonb       not null default '{}'
);
create index timeline_by_incident on public.timeline (incident_id, id);
create trigger append_only before update or delete or truncate on public.timeline
  for each statement execute function ops.refuse_change();

create table public.playbook_runs (
  id          uuid primary key default ops.uuidv7(),
  incident_id uuid        not null unique references public.incidents (id),
  playbook    text        not null,
  version     integer     not null,
  state       text        not null default 'running' check (state in ('running', 'waiting', 'manual', 'proving', 'done', 'stopped')),
  wake_at     timestamptz default ops.now(), -- business time; null: sleeps until something wakes it
  wake_machine timestamptz, -- machine time: the next proof, probe or retry; whichever of the two comes first
  wake_reason text,
  wakes       bigint      not null default 0, -- a wake-up while the run is at work is not lost
  round       integer     not null default 1, -- a refuted proof starts the next
  holder      text,
  held_until  timestamptz, -- machine time
  fencing     bigint      not null default 0,
  started_at  timestamptz not null default ops.now(),
  finished_at timestamptz
);
create index playbook_runs_due on public.playbook_runs (wake_at) where state <> 'done' and state <> 'stopped';
create index playbook_runs_due_machine on public.playbook_runs (wake_machine) where state <> 'done' and state <> 'stopped';

-- Frozen at the start of the run: a new release of a playbook does not change a run under way.
create table public.run_steps (
  run_id      uuid        not null references public.playbook_runs (id),
  ordinal     integer     not null,
  name        text        not null,
  title       text        not null,
  phase       text        not null check (phase in ('detect', 'assess', 'act', 'resolve', 'document')),
  kind        text        not null check (kind in ('automatic', 'manual', 'approval')),
  state       text        not null default 'pending' check (state in ('pending', 'running', 'waiting', 'done', 'failed', 'skipped')),
  evidence    jsonb       not null default '{}', -- {summary, ...facts}
  attempts    integer     not null default 0,
  started_at  timestamptz,
  finished_at timestamptz,
  started_machine  timestamptz,
  finished_machine timestamptz,
  primary key (run_id, ordinal),
  unique (run_id, name)
);

-- Before an outside effect its intent is written, after it what was observed. Between the two the outcome is unknown.
create table public.step_effects (
  run_id       uuid        not null references public.playbook_runs (id),
  effect_key   text        not null,
  step         text        not null,
  intent       jsonb       not null,
  intended_at  timestamptz not null default ops.now(),
  outcome      text        not null default 'unknown' check (outcome in ('unknown', 'done', 'not_done')),
  observed     jsonb,
  observed_at  timestamptz,
  attempts     integer     not null default 1,
  primary key (run_id, effect_key)
);

create table public.proofs (
  id          uuid primary key default ops.uuidv7(),
  incident_id uuid        not null references public.incidents (id),
  detector    text        not null,
  at          timestamptz not null default ops.now(),
  at_machine  timestamptz not null default clock_timestamp(),
  verdict     text        not null check (verdict in ('clean', 'refuted', 'lost')),
  findings    jsonb       not null default '{}',
  round       integer     not null -- a refuted round starts the count again
);
create index proofs_by_incident on public.proofs (incident_id, id);
create trigger append_only before update or delete or truncate on public.proofs
  for each statement execute function ops.refuse_change();

-- Timers are rows: a restart loses none.
create table public.timers (
  id          uuid primary key default ops.uuidv7(),
  kind        text        not null,
  key         text        not null,
  due_at      timestamptz not null,
  payload     jsonb       not null default '{}',
  incident_id uuid references public.incidents (id),
  done_at     timestamptz,
  attempts    integer     not null default 0,
  retry_machine timestamptz, -- machine time
  last_error  text,
  unique (kind, key)
);
create index timers_due on public.timers (due_at) where done_at is null;

-- Notes in each affected customer's story, written when a case closes (and by people).
create table public.organization_notes (
  id              uuid primary key default ops.uuidv7(),
  organization_id uuid        not null,
  at              timestamptz not null default ops.now(),
  actor           jsonb       not null,
  kind            text        not null,
  text            text        not null,
  incident_id     uuid references public.incidents (id)
);
create index organization_notes_by_organization on public.organization_notes (organization_id, id desc);
create unique index organization_notes_once on public.organization_notes (organization_id, incident_id, kind) where incident_id is not null;

-- Who works, on machine time: the console shows the oldest of these as "last proven".
create table public.lanes (
  name         text not null, -- detectors, engine, senders, workers
  holder       text not null,
  beat_machine timestamptz not null default clock_timestamp(),
  details      jsonb not null default '{}',
  primary key (name, holder)
);
