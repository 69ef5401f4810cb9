-- The keeper database, as the catalog tells it. Written by `npm run generate`, compared by `npm run check`. Not meant to be run.

role keeper_app login noinherit
role keeper_owner login inherit
  member of keeper_app

database
  grant connect, temporary to public

schema identity owner keeper_owner
  grant usage to keeper_app

schema migrations owner keeper_owner

schema ops owner keeper_owner
  grant usage to keeper_app

schema public owner pg_database_owner
  grant usage to keeper_app
  grant usage to public

table identity.account owner keeper_owner
  column id uuid not null default ops.uuidv7()
  column accountId text not null
  column providerId text not null
  column userId uuid not null
  column accessToken text
  column refreshToken text
  column idToken text
  column accessTokenExpiresAt timestamp with time zone
  column refreshTokenExpiresAt timestamp with time zone
  column scope text
  column password text
  column createdAt timestamp with time zone not null default CURRENT_TIMESTAMP
  column updatedAt timestamp with time zone not null
  constraint account_pkey PRIMARY KEY (id)
  constraint account_userId_fkey FOREIGN KEY ("userId") REFERENCES identity."user"(id) ON DELETE CASCADE
  CREATE INDEX account_of_user ON identity.account USING btree ("userId")
  grant delete, insert, select, update to keeper_app

table identity.session owner keeper_owner
  column id uuid not null default ops.uuidv7()
  column expiresAt timestamp with time zone not null
  column token text not null
  column createdAt timestamp with time zone not null default CURRENT_TIMESTAMP
  column updatedAt timestamp with time zone not null
  column ipAddress text
  column userAgent text
  column userId uuid not null
  constraint session_pkey PRIMARY KEY (id)
  constraint session_token_key UNIQUE (token)
  constraint session_userId_fkey FOREIGN KEY ("userId") REFERENCES identity."user"(id) ON DELETE CASCADE
  CREATE INDEX session_of_user ON identity.session USING btree ("userId")
  grant delete, insert, select, update to keeper_app

table identity.user owner keeper_owner
  column id uuid not null default ops.uuidv7()
  column name text not null
  column email text not null
  column emailVerified boolean not null
  column image text
  column createdAt timestamp with time zone not null default CURRENT_TIMESTAMP
  column updatedAt timestamp with time zone not null default CURRENT_TIMESTAMP
  constraint user_email_key UNIQUE (email)
  constraint user_pkey PRIMARY KEY (id)
  grant delete, insert, select, update to keeper_app

table identity.verification owner keeper_owner
  column id uuid not null default ops.uuidv7()
  column identifier text not null
  column value text not null
  column expiresAt timestamp with time zone not null
  column createdAt timestamp with time zone not null default CURRENT_TIMESTAMP
  column updatedAt timestamp with time zone not null default CURRENT_TIMESTAMP
  constraint verification_pkey PRIMARY KEY (id)
  CREATE INDEX verification_by_identifier ON identity.verification USING btree (identifier)
  grant delete, insert, select, update to keeper_app

table migrations.keeper owner keeper_owner
  column name text not null
  column checksum text not null
  column applied_at timestamp with time zone not null default clock_timestamp()
  constraint keeper_pkey PRIMARY KEY (name)

table ops.clock owner keeper_owner
  column one_row boolean not null default true
  column offset interval not null default '00:00:00'::interval
  constraint clock_one_row_check CHECK (one_row)
  constraint clock_pkey PRIMARY KEY (one_row)
  grant select to keeper_app

table ops.clock_jumps owner keeper_owner
  column id uuid not null default ops.uuidv7()
  column jumped_at timestamp with time zone not null default clock_timestamp()
  column from_time timestamp with time zone not null
  column to_time timestamp with time zone not null
  constraint clock_jumps_pkey PRIMARY KEY (id)
  grant select to keeper_app

view ops.next_due owner keeper_owner
  as SELECT ( SELECT min(due.at) AS min FROM ( SELECT min(timers.due_at) AS at FROM public.timers WHERE ((timers.done_at IS NULL) AND (timers.due_at > ops.now())) UNION ALL SELECT min(messages.due_at) AS min FROM public.messages WHERE ((messages.state = 'planned'::text) AND (messages.due_at > ops.now())) UNION ALL SELECT min(playbook_runs.wake_at) AS min FROM public.playbook_runs WHERE ((playbook_runs.state <> ALL (ARRAY['done'::text, 'stopped'::text])) AND (playbook_runs.wake_at > ops.now()))) due) AS due_at;
  column due_at timestamp with time zone
  grant select to keeper_app

view ops.unsettled owner keeper_owner
  as SELECT 'stripe_deliveries'::text AS what, (count(*))::integer AS waiting FROM public.stripe_deliveries WHERE (stripe_deliveries.state = 'received'::text) UNION ALL SELECT 'messages'::text AS what, (count(*))::integer AS waiting FROM public.messages WHERE (((messages.state = 'planned'::text) AND (messages.due_at <= ops.now())) OR (messages.state = 'sending'::text)) UNION ALL SELECT 'timers'::text AS what, (count(*))::integer AS waiting FROM public.timers WHERE ((timers.done_at IS NULL) AND (timers.due_at <= ops.now())) UNION ALL SELECT 'runs'::text AS what, (count(*))::integer AS waiting FROM public.playbook_runs WHERE ((playbook_runs.state <> ALL (ARRAY['done'::text, 'stopped'::text])) AND ((playbook_runs.wake_at <= ops.now()) OR (playbook_runs.wake_machine <= now()) OR ((playbook_runs.state = 'proving'::text) AND (playbook_runs.wake_machine <= (now() + '00:00:10'::interval)))));
  column what text
  column waiting integer
  grant select to keeper_app

table public.api_tokens owner keeper_owner
  column id uuid not null default ops.uuidv7()
  column name text not null
  column token_hash bytea not null
  column created_at timestamp with time zone not null default ops.now()
  column last_used_at timestamp with time zone
  column revoked_at timestamp with time zone
  constraint api_tokens_pkey PRIMARY KEY (id)
  constraint api_tokens_token_hash_key UNIQUE (token_hash)
  grant insert, select, update to keeper_app

table public.audit owner keeper_owner
  column id uuid not null default ops.uuidv7()
  column at timestamp with time zone not null default ops.now()
  column actor jsonb not null
  column action text not null
  column subject_id text not null
  column organization_id uuid
  column details jsonb not null default '{}'::jsonb
  column request_id text
  constraint audit_pkey PRIMARY KEY (id)
  CREATE INDEX audit_by_organization ON public.audit USING btree (organization_id, id DESC) WHERE (organization_id IS NOT NULL)
  CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit FOR EACH STATEMENT EXECUTE FUNCTION ops.refuse_change()
  grant insert, select to keeper_app

table public.detectors owner keeper_owner
  column name text not null
  column playbook text not null
  column every_ms integer not null
  column last_started_machine timestamp with time zone
  column last_finished_machine timestamp with time zone
  column last_ok boolean
  column last_ok_machine timestamp with time zone
  column last_findings integer
  column last_error text
  column holder text
  column held_until timestamp with time zone
  column memory text
  constraint detectors_pkey PRIMARY KEY (name)
  grant insert, select, update to keeper_app

table public.effects owner keeper_owner
  column organization_id uuid not null
  column occurrence_key text not null
  column kind text not null
  column actor jsonb not null
  column payload jsonb not null
  column recorded_at timestamp with time zone not null
  column relayed_machine timestamp with time zone not null default clock_timestamp()
  constraint effects_pkey PRIMARY KEY (organization_id, occurrence_key)
  CREATE INDEX effects_by_organization ON public.effects USING btree (organization_id, recorded_at DESC)
  CREATE TRIGGER announce_effect AFTER INSERT ON public.effects FOR EACH ROW EXECUTE FUNCTION ops.announce_row('organization', 'organization_id')
  grant insert, select, update to keeper_app

table public.gap_fills owner keeper_owner
  column id uuid not null default ops.uuidv7()
  column since timestamp with time zone not null
  column through timestamp with time zone not null
  column read integer not null
  column added integer not null
  column finished_at timestamp with time zone not null default ops.now()
  column finished_machine timestamp with time zone not null default clock_timestamp()
  constraint gap_fills_pkey PRIMARY KEY (id)
  CREATE INDEX gap_fills_recent ON public.gap_fills USING btree (through DESC)
  grant insert, select, update to keeper_app

table public.incident_organizations owner keeper_owner
  column incident_id uuid not null
  column organization_id uuid not null
  column facts jsonb not null default '{}'::jsonb
  column added_at timestamp with time zone not null default ops.now()
  constraint incident_organizations_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES public.incidents(id)
  constraint incident_organizations_pkey PRIMARY KEY (incident_id, organization_id)
  CREATE INDEX incident_organizations_by_organization ON public.incident_organizations USING btree (organization_id, incident_id DESC)
  grant insert, select, update to keeper_app

table public.incidents owner keeper_owner
  column id uuid not null default ops.uuidv7()
  column number bigint not null generated always as identity
  column playbook text not null
  column detector text not null
  column identity text not null
  column correlation text
  column scope text not null
  column severity text not null
  column state text not null default 'triggered'::text
  column title text not null
  column summary text not null
  column impact jsonb not null
  column opened_at timestamp with time zone not null default ops.now()
  column opened_machine timestamp with time zone not null default clock_timestamp()
  column acknowledged_at timestamp with time zone
  column acknowledged_by jsonb
  column resolved_at timestamp with time zone
  column resolved_machine timestamp with time zone
  column outcome text
  column record jsonb
  constraint incidents_check CHECK ((((state = 'resolved'::text) = (resolved_at IS NOT NULL)) AND ((resolved_at IS NULL) = (outcome IS NULL))))
  constraint incidents_number_key UNIQUE (number)
  constraint incidents_outcome_check CHECK ((outcome = ANY (ARRAY['proven'::text, 'lost'::text, 'forced'::text])))
  constraint incidents_pkey PRIMARY KEY (id)
  constraint incidents_scope_check CHECK ((scope = ANY (ARRAY['case'::text, 'systemic'::text])))
  constraint incidents_severity_check CHECK ((severity = ANY (ARRAY['P0'::text, 'P1'::text, 'P2'::text, 'P3'::text])))
  constraint incidents_state_check CHECK ((state = ANY (ARRAY['triggered'::text, 'acknowledged'::text, 'running'::text, 'waiting'::text, 'manual'::text, 'proving'::text, 'resolved'::text])))
  CREATE INDEX incidents_by_number ON public.incidents USING btree (number DESC)
  CREATE INDEX incidents_open_by_number ON public.incidents USING btree (number DESC) WHERE (resolved_at IS NULL)
  CREATE UNIQUE INDEX incidents_open_identity ON public.incidents USING btree (identity) WHERE (resolved_at IS NULL)
  CREATE INDEX incidents_resolved_identity ON public.incidents USING btree (identity, resolved_machine DESC) WHERE (resolved_at IS NOT NULL)
  CREATE TRIGGER announce_incident AFTER INSERT OR UPDATE ON public.incidents FOR EACH ROW EXECUTE FUNCTION ops.announce_row('incident', 'id')
  grant insert, select, update to keeper_app

table public.lanes owner keeper_owner
  column name text not null
  column holder text not null
  column beat_machine timestamp with time zone not null default clock_timestamp()
  column details jsonb not null default '{}'::jsonb
  constraint lanes_pkey PRIMARY KEY (name, holder)
  grant delete, insert, select, update to keeper_app

table public.messages owner keeper_owner
  column id uuid not null default ops.uuidv7()
  column organization_id uuid
  column template text not null
  column recipient text not null
  column recipient_name text
  column occurrence_key text not null
  column class text not null
  column incident_id uuid
  column variables jsonb not null
  column state text not null default 'planned'::text
  column reason text
  column due_at timestamp with time zone not null default ops.now()
  column not_after timestamp with time zone
  column subject text
  column body_text text
  column body_html text
  column body_hash bytea
  column message_id text
  column attempts integer not null default 0
  column second_copy boolean not null default false
  column claimed_by text
  column claimed_until timestamp with time zone
  column handed_over timestamp with time zone
  column retry_at timestamp with time zone
  column created_at timestamp with time zone not null default ops.now()
  column sent_at timestamp with time zone
  constraint messages_class_check CHECK ((class = ANY (ARRAY['service'::text, 'optional'::text])))
  constraint messages_message_id_key UNIQUE (message_id)
  constraint messages_occurrence_key_key UNIQUE (occurrence_key)
  constraint messages_pkey PRIMARY KEY (id)
  constraint messages_state_check CHECK ((state = ANY (ARRAY['planned'::text, 'held'::text, 'sending'::text, 'accepted'::text, 'unknown'::text, 'failed'::text, 'delivered'::text, 'bounced'::text, 'skipped'::text])))
  CREATE INDEX messages_by_incident ON public.messages USING btree (incident_id) WHERE (incident_id IS NOT NULL)
  CREATE INDEX messages_by_organization ON public.messages USING btree (organization_id, id DESC)
  CREATE INDEX messages_by_recipient ON public.messages USING btree (recipient, id DESC)
  CREATE INDEX messages_due ON public.messages USING btree (due_at) WHERE (state = ANY (ARRAY['planned'::text, 'sending'::text]))
  CREATE INDEX messages_unsettled ON public.messages USING btree (state) WHERE (state = ANY (ARRAY['planned'::text, 'held'::text, 'sending'::text, 'unknown'::text, 'failed'::text, 'bounced'::text]))
  CREATE TRIGGER announce_message AFTER INSERT OR UPDATE OF state ON public.messages FOR EACH ROW EXECUTE FUNCTION ops.announce_row('message', 'id')
  CREATE TRIGGER wake_messages AFTER INSERT OR UPDATE OF state ON public.messages FOR EACH ROW WHEN ((new.state = 'planned'::text)) EXECUTE FUNCTION ops.announce('keeper_work', 'messages')
  grant insert, select, update to keeper_app

table public.organization_leases owner keeper_owner
  column organization_id uuid not null
  column fencing bigint not null
  column holder text
  column held_until timestamp with time zone
  column refreshed_machine timestamp with time zone
  constraint organization_leases_pkey PRIMARY KEY (organization_id)
  grant insert, select, update to keeper_app

table public.organization_notes owner keeper_owner
  column id uuid not null default ops.uuidv7()
  column organization_id uuid not null
  column at timestamp with time zone not null default ops.now()
  column actor jsonb not null
  column kind text not null
  column text text not null
  column incident_id uuid
  constraint organization_notes_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES public.incidents(id)
  constraint organization_notes_pkey PRIMARY KEY (id)
  CREATE INDEX organization_notes_by_organization ON public.organization_notes USING btree (organization_id, id DESC)
  CREATE UNIQUE INDEX organization_notes_once ON public.organization_notes USING btree (organization_id, incident_id, kind) WHERE (incident_id IS NOT NULL)
  grant insert, select, update to keeper_app

table public.payment_links owner keeper_owner
  column token_hash bytea not null
  column id uuid not null default ops.uuidv7()
  column organization_id uuid not null
  column purpose text not null
  column invoice_id text
  column run_id uuid
  column created_at timestamp with time zone not null default ops.now()
  column expires_at timestamp with time zone not null
  column opened_at timestamp with time zone
  constraint payment_links_id_key UNIQUE (id)
  constraint payment_links_pkey PRIMARY KEY (token_hash)
  constraint payment_links_purpose_check CHECK ((purpose = ANY (ARRAY['update_payment_method'::text, 'pay_invoice'::text])))
  CREATE UNIQUE INDEX payment_links_of_run ON public.payment_links USING btree (run_id, organization_id, purpose, invoice_id) NULLS NOT DISTINCT WHERE (run_id IS NOT NULL)
  grant insert, select, update to keeper_app

table public.playbook_runs owner keeper_owner
  column id uuid not null default ops.uuidv7()
  column incident_id uuid not null
  column playbook text not null
  column version integer not null
  column state text not null default 'running'::text
  column wake_at timestamp with time zone default ops.now()
  column wake_machine timestamp with time zone
  column wake_reason text
  column wakes bigint not null default 0
  column round integer not null default 1
  column holder text
  column held_until timestamp with time zone
  column fencing bigint not null default 0
  column started_at timestamp with time zone not null default ops.now()
  column finished_at timestamp with time zone
  constraint playbook_runs_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES public.incidents(id)
  constraint playbook_runs_incident_id_key UNIQUE (incident_id)
  constraint playbook_runs_pkey PRIMARY KEY (id)
  constraint playbook_runs_state_check CHECK ((state = ANY (ARRAY['running'::text, 'waiting'::text, 'manual'::text, 'proving'::text, 'done'::text, 'stopped'::text])))
  CREATE INDEX playbook_runs_due ON public.playbook_runs USING btree (wake_at) WHERE ((state <> 'done'::text) AND (state <> 'stopped'::text))
  CREATE INDEX playbook_runs_due_machine ON public.playbook_runs USING btree (wake_machine) WHERE ((state <> 'done'::text) AND (state <> 'stopped'::text))
  CREATE TRIGGER wake_runs AFTER INSERT OR UPDATE OF wake_at ON public.playbook_runs FOR EACH STATEMENT EXECUTE FUNCTION ops.announce('keeper_work', 'runs')
  grant insert, select, update to keeper_app

table public.proofs owner keeper_owner
  column id uuid not null default ops.uuidv7()
  column incident_id uuid not null
  column detector text not null
  column at timestamp with time zone not null default ops.now()
  column at_machine timestamp with time zone not null default clock_timestamp()
  column verdict text not null
  column findings jsonb not null default '{}'::jsonb
  column round integer not null
  constraint proofs_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES public.incidents(id)
  constraint proofs_pkey PRIMARY KEY (id)
  constraint proofs_verdict_check CHECK ((verdict = ANY (ARRAY['clean'::text, 'refuted'::text, 'lost'::text])))
  CREATE INDEX proofs_by_incident ON public.proofs USING btree (incident_id, id)
  CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.proofs FOR EACH STATEMENT EXECUTE FUNCTION ops.refuse_change()
  grant insert, select to keeper_app

table public.run_steps owner keeper_owner
  column run_id uuid not null
  column ordinal integer not null
  column name text not null
  column title text not null
  column phase text not null
  column kind text not null
  column state text not null default 'pending'::text
  column evidence jsonb not null default '{}'::jsonb
  column attempts integer not null default 0
  column started_at timestamp with time zone
  column finished_at timestamp with time zone
  column started_machine timestamp with time zone
  column finished_machine timestamp with time zone
  constraint run_steps_kind_check CHECK ((kind = ANY (ARRAY['automatic'::text, 'manual'::text, 'approval'::text])))
  constraint run_steps_phase_check CHECK ((phase = ANY (ARRAY['detect'::text, 'assess'::text, 'act'::text, 'resolve'::text, 'document'::text])))
  constraint run_steps_pkey PRIMARY KEY (run_id, ordinal)
  constraint run_steps_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.playbook_runs(id)
  constraint run_steps_run_id_name_key UNIQUE (run_id, name)
  constraint run_steps_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'running'::text, 'waiting'::text, 'done'::text, 'failed'::text, 'skipped'::text])))
  CREATE TRIGGER announce_step AFTER UPDATE ON public.run_steps FOR EACH ROW EXECUTE FUNCTION ops.announce_row('run', 'run_id')
  grant insert, select, update to keeper_app

table public.signals owner keeper_owner
  column id uuid not null default ops.uuidv7()
  column at timestamp with time zone not null default ops.now()
  column last_at timestamp with time zone not null default ops.now()
  column last_machine timestamp with time zone not null default clock_timestamp()
  column repeats integer not null default 1
  column fingerprint text not null
  column source text not null
  column identity text not null
  column correlation text
  column playbook text
  column summary text not null
  column organization_ids uuid[] not null default '{}'::uuid[]
  column facts jsonb not null default '{}'::jsonb
  column incident_id uuid not null
  constraint signals_incident_id_fingerprint_key UNIQUE (incident_id, fingerprint)
  constraint signals_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES public.incidents(id)
  constraint signals_pkey PRIMARY KEY (id)
  grant insert, select, update to keeper_app

table public.step_effects owner keeper_owner
  column run_id uuid not null
  column effect_key text not null
  column step text not null
  column intent jsonb not null
  column intended_at timestamp with time zone not null default ops.now()
  column outcome text not null default 'unknown'::text
  column observed jsonb
  column observed_at timestamp with time zone
  column attempts integer not null default 1
  constraint step_effects_outcome_check CHECK ((outcome = ANY (ARRAY['unknown'::text, 'done'::text, 'not_done'::text])))
  constraint step_effects_pkey PRIMARY KEY (run_id, effect_key)
  constraint step_effects_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.playbook_runs(id)
  grant insert, select, update to keeper_app

table public.stripe_deliveries owner keeper_owner, with (autovacuum_vacuum_scale_factor=0.02, autovacuum_analyze_scale_factor=0.05)
  column stripe_event_id text not null
  column type text not null
  column api_version text
  column livemode boolean not null
  column account text
  column event_created_at timestamp with time zone not null
  column object_id text
  column customer_id text
  column subscription_id text
  column raw bytea not null
  column other_raw bytea
  column signature text not null
  column source text not null default 'webhook'::text
  column received_at timestamp with time zone not null default ops.now()
  column received_machine timestamp with time zone not null default clock_timestamp()
  column copies integer not null default 1
  column state text not null default 'received'::text
  column reason text
  column organization_id uuid
  column attempts integer not null default 0
  column claimed_by text
  column claimed_until timestamp with time zone
  column retry_at timestamp with time zone
  column last_error text
  column settled_machine timestamp with time zone
  constraint stripe_deliveries_pkey PRIMARY KEY (stripe_event_id)
  constraint stripe_deliveries_source_check CHECK ((source = ANY (ARRAY['webhook'::text, 'gap_fill'::text])))
  constraint stripe_deliveries_state_check CHECK ((state = ANY (ARRAY['received'::text, 'applied'::text, 'ignored'::text, 'quarantined'::text, 'dead'::text])))
  CREATE INDEX stripe_deliveries_by_organization ON public.stripe_deliveries USING btree (organization_id, received_at DESC) WHERE (organization_id IS NOT NULL)
  CREATE INDEX stripe_deliveries_dead ON public.stripe_deliveries USING btree (customer_id) WHERE (state = 'dead'::text)
  CREATE INDEX stripe_deliveries_late ON public.stripe_deliveries USING btree (received_machine) WHERE ((source = 'webhook'::text) AND ((received_at - event_created_at) > '00:00:30'::interval))
  CREATE INDEX stripe_deliveries_quarantined ON public.stripe_deliveries USING btree (received_machine) WHERE (state = 'quarantined'::text)
  CREATE INDEX stripe_deliveries_recent ON public.stripe_deliveries USING btree (received_machine DESC)
  CREATE INDEX stripe_deliveries_waiting ON public.stripe_deliveries USING btree (received_machine) WHERE (state = 'received'::text)
  CREATE INDEX stripe_deliveries_waiting_of_customer ON public.stripe_deliveries USING btree (customer_id) WHERE (state = 'received'::text)
  grant insert, select, update to keeper_app

table public.stripe_failures owner keeper_owner
  column id uuid not null default ops.uuidv7()
  column at_machine timestamp with time zone not null default clock_timestamp()
  column organization_id uuid
  column operation text not null
  column status integer
  column code text
  column request_id text
  constraint stripe_failures_pkey PRIMARY KEY (id)
  CREATE INDEX stripe_failures_recent ON public.stripe_failures USING btree (at_machine DESC)
  grant insert, select, update to keeper_app

table public.stripe_rejections owner keeper_owner
  column id uuid not null default ops.uuidv7()
  column received_machine timestamp with time zone not null default clock_timestamp()
  column received_at timestamp with time zone not null default ops.now()
  column code text not null
  column claimed_event_id text
  column claimed_type text
  column claimed_customer text
  column signature text
  column body_sha256 bytea not null
  column body_bytes integer not null
  column copies integer not null default 1
  constraint stripe_rejections_pkey PRIMARY KEY (id)
  CREATE INDEX stripe_rejections_recent ON public.stripe_rejections USING btree (received_machine DESC)
  grant delete, insert, select, update to keeper_app

table public.timeline owner keeper_owner
  column id uuid not null default ops.uuidv7()
  column incident_id uuid not null
  column at timestamp with time zone not null default ops.now()
  column actor jsonb not null
  column kind text not null
  column text text not null
  column details jsonb not null default '{}'::jsonb
  constraint timeline_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES public.incidents(id)
  constraint timeline_pkey PRIMARY KEY (id)
  CREATE INDEX timeline_by_incident ON public.timeline USING btree (incident_id, id)
  CREATE TRIGGER announce_timeline AFTER INSERT ON public.timeline FOR EACH ROW EXECUTE FUNCTION ops.announce_row('incident', 'incident_id')
  CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.timeline FOR EACH STATEMENT EXECUTE FUNCTION ops.refuse_change()
  grant insert, select to keeper_app

table public.timers owner keeper_owner
  column id uuid not null default ops.uuidv7()
  column kind text not null
  column key text not null
  column due_at timestamp with time zone not null
  column payload jsonb not null default '{}'::jsonb
  column incident_id uuid
  column done_at timestamp with time zone
  column attempts integer not null default 0
  column retry_machine timestamp with time zone
  column last_error text
  constraint timers_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES public.incidents(id)
  constraint timers_kind_key_key UNIQUE (kind, key)
  constraint timers_pkey PRIMARY KEY (id)
  CREATE INDEX timers_due ON public.timers USING btree (due_at) WHERE (done_at IS NULL)
  CREATE TRIGGER wake_timers AFTER INSERT OR UPDATE OF due_at ON public.timers FOR EACH STATEMENT EXECUTE FUNCTION ops.announce('keeper_work', 'timers')
  grant insert, select, update to keeper_app

routine ops.announce() owner keeper_owner
  | CREATE OR REPLACE FUNCTION ops.announce()
  |  RETURNS trigger
  |  LANGUAGE plpgsql
  |  SECURITY DEFINER
  |  SET search_path TO ''
  | AS $function$
  | begin
  |   perform pg_notify(tg_argv[0], tg_argv[1]);
  |   return null;
  | end
  | $function$

routine ops.announce_row() owner keeper_owner
  | CREATE OR REPLACE FUNCTION ops.announce_row()
  |  RETURNS trigger
  |  LANGUAGE plpgsql
  |  SECURITY DEFINER
  |  SET search_path TO ''
  | AS $function$
  | begin
  |   perform pg_notify('keeper_changes', json_build_object('kind', tg_argv[0], 'id', to_jsonb(new) ->> tg_argv[1])::text);
  |   return null;
  | end
  | $function$

routine ops.now() owner keeper_owner
  -- Business time. Stable within a transaction, so it can drive an index scan on due_at.
  grant execute to public
  | CREATE OR REPLACE FUNCTION ops.now()
  |  RETURNS timestamp with time zone
  |  LANGUAGE sql
  |  STABLE SECURITY DEFINER
  |  SET search_path TO ''
  | AS $function$ select now() + c."offset" from ops.clock c $function$

routine ops.refuse_change() owner keeper_owner
  | CREATE OR REPLACE FUNCTION ops.refuse_change()
  |  RETURNS trigger
  |  LANGUAGE plpgsql
  |  SET search_path TO ''
  | AS $function$
  | begin
  |   raise exception '% is append-only', tg_table_name using errcode = 'TK004';
  | end
  | $function$

routine ops.uuidv7() owner keeper_owner
  grant execute to public
  | CREATE OR REPLACE FUNCTION ops.uuidv7()
  |  RETURNS uuid
  |  LANGUAGE sql
  |  PARALLEL SAFE
  |  SET search_path TO ''
  | AS $function$
  |     select encode(
  |       overlay(uuid_send(gen_random_uuid())
  |               placing int8send((micros / 1000 << 16) | x'7000'::bigint | (micros % 1000 * 4096 / 1000))
  |               from 1 for 8),
  |       'hex')::uuid
  |       from (select (extract(epoch from clock_timestamp()) * 1000000)::bigint as micros) as machine
  |   $function$

routine ops.waiting_deliveries(integer) owner keeper_owner
  grant execute to public
  | CREATE OR REPLACE FUNCTION ops.waiting_deliveries(at_most integer)
  |  RETURNS SETOF text
  |  LANGUAGE sql
  |  SET search_path TO ''
  |  SET enable_bitmapscan TO 'off'
  |  SET enable_seqscan TO 'off'
  |  SET enable_sort TO 'off'
  | AS $function$
  |     select d.stripe_event_id
  |       from public.stripe_deliveries d
  |      where d.state = 'received'
  |        and (d.retry_at is null or d.retry_at <= clock_timestamp())
  |        and (d.claimed_until is null or d.claimed_until < clock_timestamp())
  |      order by d.received_machine
  |      limit at_most
  |        for update skip locked
  |   $function$
