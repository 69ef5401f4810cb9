-- The till database, as the catalog tells it. Written by `npm run generate`, compared by `npm run check`. Not meant to be run.

role anon nologin noinherit
role authenticated nologin noinherit
role keeper_ops login noinherit bypassrls
role ops_owner nologin inherit bypassrls
role service_role nologin noinherit bypassrls
role till_app login noinherit
  member of anon
  member of authenticated
role till_identity login noinherit
role till_owner login inherit
  member of ops_owner

database
  grant connect to public

default privileges for till_owner on functions : execute to till_owner

schema auth owner till_owner
  grant usage to anon
  grant usage to authenticated
  grant usage to ops_owner
  grant usage to service_role

schema billing owner till_owner
  grant usage to keeper_ops
  grant create, usage to ops_owner

schema identity owner till_owner
  grant usage to till_identity

schema migrations owner till_owner

schema ops owner till_owner
  grant create, usage to ops_owner
  grant usage to public

schema private owner till_owner
  grant usage to authenticated
  grant create, usage to ops_owner

schema public owner pg_database_owner
  grant usage to anon
  grant usage to authenticated
  grant usage to keeper_ops
  grant usage to ops_owner
  grant usage to service_role
  grant usage to public

view billing.effective_subscriptions owner ops_owner
  -- The one effective subscription of each organization. Without any, the plan is free and active. An unmapped price keeps the plan as it is.
  as SELECT o.id AS organization_id, best.stripe_subscription_id, COALESCE(best.plan, CASE WHEN (best.stripe_subscription_id IS NULL) THEN 'free'::text ELSE o.subscription_plan END) AS plan, COALESCE(best.status, 'active'::text) AS status FROM (public.organizations o LEFT JOIN LATERAL ( SELECT s.stripe_subscription_id, s.plan, s.status FROM public.organization_subscriptions s WHERE ((s.organization_id = o.id) AND (s.status <> 'incomplete_expired'::text)) ORDER BY (billing.subscription_rank(s.status)), s.started_at DESC, s.stripe_subscription_id DESC LIMIT 1) best ON (true));
  column organization_id uuid
  column stripe_subscription_id text
  column plan text
  column status text
  grant select to keeper_ops

table identity.account owner till_owner
  -- identity; erasure: delete. How a user proves who they are; passwords as scrypt hashes.
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
  grant delete, insert, select, update to till_identity

table identity.session owner till_owner
  -- identity; erasure: delete. Signed-in browsers.
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
  grant delete, insert, select, update to till_identity

table identity.user owner till_owner
  -- identity; erasure: delete. Who signs in.
  column id uuid not null default ops.uuidv7()
  column name text not null
  column email text not null
  column emailVerified boolean not null
  column image text
  column createdAt timestamp with time zone not null default CURRENT_TIMESTAMP
  column updatedAt timestamp with time zone not null default CURRENT_TIMESTAMP
  constraint user_email_key UNIQUE (email)
  constraint user_pkey PRIMARY KEY (id)
  grant delete, insert, select, update to till_identity

table identity.verification owner till_owner
  -- identity; erasure: delete. Codes under way.
  column id uuid not null default ops.uuidv7()
  column identifier text not null
  column value text not null
  column expiresAt timestamp with time zone not null
  column createdAt timestamp with time zone not null default CURRENT_TIMESTAMP
  column updatedAt timestamp with time zone not null default CURRENT_TIMESTAMP
  constraint verification_pkey PRIMARY KEY (id)
  CREATE INDEX verification_by_identifier ON identity.verification USING btree (identifier)
  grant delete, insert, select, update to till_identity

table migrations.foothold owner till_owner
  column name text not null
  column checksum text not null
  column applied_at timestamp with time zone not null default clock_timestamp()
  constraint foothold_pkey PRIMARY KEY (name)

table migrations.foothold_base owner till_owner
  column name text not null
  column checksum text not null
  column applied_at timestamp with time zone not null default clock_timestamp()
  constraint foothold_base_pkey PRIMARY KEY (name)

table migrations.till owner till_owner
  column name text not null
  column checksum text not null
  column applied_at timestamp with time zone not null default clock_timestamp()
  constraint till_pkey PRIMARY KEY (name)

table ops.clock owner till_owner
  -- reference; erasure: keep. How far business time is ahead of the machine.
  column one_row boolean not null default true
  column offset interval not null default '00:00:00'::interval
  constraint clock_one_row_check CHECK (one_row)
  constraint clock_pkey PRIMARY KEY (one_row)
  grant select to ops_owner

table ops.effects owner till_owner, row security forced
  -- tenant; erasure: delete. What changed, who did it and what follows from it, until and after it is relayed.
  column organization_id uuid not null
  column occurrence_key text not null
  column kind text not null
  column actor jsonb not null
  column payload jsonb not null default '{}'::jsonb
  column recorded_at timestamp with time zone not null default ops.now()
  column relayed_at timestamp with time zone
  constraint effects_pkey PRIMARY KEY (organization_id, occurrence_key)
  CREATE INDEX effects_not_relayed ON ops.effects USING btree (recorded_at, occurrence_key) WHERE (relayed_at IS NULL)
  grant insert, select, update to ops_owner

table ops.fetches owner till_owner, row security forced
  -- tenant; erasure: delete. When Stripe was last asked about an organization.
  column organization_id uuid not null
  column sequence bigint not null
  column fetched_at timestamp with time zone not null
  constraint fetches_pkey PRIMARY KEY (organization_id)
  grant insert, select, update to ops_owner

table ops.known_definitions owner till_owner
  -- reference; erasure: keep. Hashes of the definitions that Keeper watches.
  column name text not null
  column definition_hash text not null
  column recorded_at timestamp with time zone not null default ops.now()
  constraint known_definitions_pkey PRIMARY KEY (name)
  grant select to ops_owner

table public.organization_members owner till_owner, row security forced
  -- tenant; erasure: delete. Who works in a shop and what they may do.
  column organization_id uuid not null
  column user_id uuid not null
  column role text not null
  column name text not null
  column email text not null
  column invited_at timestamp with time zone not null default ops.now()
  column joined_at timestamp with time zone
  column revoked_at timestamp with time zone
  constraint organization_members_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id)
  constraint organization_members_pkey PRIMARY KEY (organization_id, user_id)
  constraint organization_members_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'manager'::text, 'cashier'::text])))
  CREATE INDEX organization_members_of_user ON public.organization_members USING btree (user_id) INCLUDE (organization_id) WHERE (revoked_at IS NULL)
  policy members_see_their_colleagues for select to authenticated using ((organization_id = ANY (ARRAY( SELECT private.my_organizations() AS my_organizations))))
  grant select to authenticated
  grant select to keeper_ops
  grant select to ops_owner
  grant delete, insert, references, select, trigger, truncate, update to service_role

table public.organization_subscriptions owner till_owner, row security forced
  -- tenant; erasure: keep. What Stripe said of each subscription, last.
  column organization_id uuid not null
  column stripe_subscription_id text not null
  column plan text
  column status text not null
  column stripe_price_id text
  column quantity integer not null default 1
  column unit_amount_minor bigint
  column currency text
  column billing_interval text
  column default_payment_method text
  column latest_invoice_id text
  column latest_invoice_status text
  column started_at timestamp with time zone not null
  column current_period_start timestamp with time zone
  column current_period_end timestamp with time zone
  column trial_end timestamp with time zone
  column cancel_at_period_end boolean not null default false
  column canceled_at timestamp with time zone
  column ended_at timestamp with time zone
  column fetched_sequence bigint not null
  column synced_at timestamp with time zone not null default ops.now()
  constraint organization_subscriptions_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id)
  constraint organization_subscriptions_pkey PRIMARY KEY (organization_id, stripe_subscription_id)
  constraint organization_subscriptions_plan_fkey FOREIGN KEY (plan) REFERENCES public.plans(id)
  CREATE INDEX organization_subscriptions_owing ON public.organization_subscriptions USING btree (organization_id) WHERE (status = ANY (ARRAY['past_due'::text, 'unpaid'::text, 'incomplete'::text]))
  policy members_see_their_subscription for select to authenticated using ((organization_id = ANY (ARRAY( SELECT private.my_organizations_as('{owner,manager}'::text[]) AS my_organizations_as))))
  CREATE TRIGGER sync_subscription AFTER INSERT OR DELETE OR UPDATE ON public.organization_subscriptions FOR EACH ROW EXECUTE FUNCTION billing.sync_subscription()
  grant select to authenticated
  grant select to keeper_ops
  grant insert, select, update to ops_owner
  grant delete, insert, references, select, trigger, truncate, update to service_role

table public.organizations owner till_owner, row security forced
  -- tenant; erasure: pseudonymise. A shop: the row stays as evidence, its name goes.
  column id uuid not null default ops.uuidv7()
  column name text not null
  column timezone text not null default 'UTC'::text
  column country text not null default 'US'::text
  column locale text not null default 'en-US'::text
  column currency text not null default 'USD'::text
  column subscription_plan text not null default 'free'::text
  column subscription_status text not null default 'active'::text
  column access text not null default 'full'::text
  column access_since timestamp with time zone not null default ops.now()
  column access_reason text
  column created_at timestamp with time zone not null default ops.now()
  constraint organizations_access_check CHECK ((access = ANY (ARRAY['full'::text, 'read_only'::text, 'none'::text])))
  constraint organizations_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200)))
  constraint organizations_pkey PRIMARY KEY (id)
  constraint organizations_subscription_plan_fkey FOREIGN KEY (subscription_plan) REFERENCES public.plans(id)
  constraint organizations_timezone_check CHECK ((('2000-01-01 00:00:00+00'::timestamp with time zone AT TIME ZONE timezone) IS NOT NULL))
  CREATE INDEX organizations_by_name ON public.organizations USING btree (name, id)
  CREATE INDEX organizations_by_status ON public.organizations USING btree (subscription_status, name, id)
  policy members_see_their_organization for select to authenticated using ((id = ANY (ARRAY( SELECT private.my_organizations() AS my_organizations))))
  policy owners_change_their_organization for update to authenticated using ((id = ANY (ARRAY( SELECT private.my_organizations_as('{owner}'::text[]) AS my_organizations_as)))) with check ((id = ANY (ARRAY( SELECT private.my_organizations_as('{owner}'::text[]) AS my_organizations_as))))
  grant select, update (name, timezone, locale) to authenticated
  grant select to keeper_ops
  grant select, update to ops_owner
  grant delete, insert, references, select, trigger, truncate, update to service_role

table public.plan_prices owner till_owner, row security forced
  -- reference; erasure: keep. Which plan a Stripe price means.
  column stripe_price_id text not null
  column plan_id text not null
  constraint plan_prices_pkey PRIMARY KEY (stripe_price_id)
  constraint plan_prices_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES public.plans(id)
  grant select to keeper_ops
  grant select to ops_owner
  grant delete, insert, references, select, trigger, truncate, update to service_role

table public.plans owner till_owner, row security forced
  -- reference; erasure: keep. What is sold, with its limits.
  column id text not null
  column name text not null
  column rank integer not null
  column price_minor bigint
  column currency text not null default 'USD'::text
  column limits jsonb not null
  column benefits text[] not null
  column retention_days integer not null
  constraint plans_pkey PRIMARY KEY (id)
  constraint plans_price_minor_check CHECK ((price_minor >= 0))
  constraint plans_rank_key UNIQUE (rank)
  constraint plans_retention_days_check CHECK ((retention_days > 0))
  policy plans_are_public for select to anon, authenticated using (true)
  grant select to anon
  grant select to authenticated
  grant select to keeper_ops
  grant select to ops_owner
  grant delete, insert, references, select, trigger, truncate, update to service_role

table public.products owner till_owner, row security forced
  -- tenant; erasure: delete. What a shop sells.
  column organization_id uuid not null
  column id uuid not null default ops.uuidv7()
  column name text not null
  column sku text not null
  column barcode text
  column category text not null default 'Other'::text
  column price_minor bigint not null
  column tax_rate_basis_points integer not null default 0
  column archived_at timestamp with time zone
  column created_at timestamp with time zone not null default ops.now()
  constraint products_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200)))
  constraint products_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id)
  constraint products_organization_id_sku_key UNIQUE (organization_id, sku)
  constraint products_pkey PRIMARY KEY (organization_id, id)
  constraint products_price_minor_check CHECK ((price_minor >= 0))
  constraint products_sku_check CHECK (((length(sku) >= 1) AND (length(sku) <= 64)))
  constraint products_tax_rate_basis_points_check CHECK (((tax_rate_basis_points >= 0) AND (tax_rate_basis_points <= 10000)))
  policy managers_add_products for insert to authenticated with check ((organization_id = ANY (ARRAY( SELECT private.my_organizations_as('{owner,manager}'::text[]) AS my_organizations_as))))
  policy managers_change_products for update to authenticated using ((organization_id = ANY (ARRAY( SELECT private.my_organizations_as('{owner,manager}'::text[]) AS my_organizations_as)))) with check ((organization_id = ANY (ARRAY( SELECT private.my_organizations_as('{owner,manager}'::text[]) AS my_organizations_as))))
  policy members_see_products for select to authenticated using ((organization_id = ANY (ARRAY( SELECT private.my_organizations() AS my_organizations))))
  grant insert, select, update to authenticated
  grant select to keeper_ops
  grant delete, insert, references, select, trigger, truncate, update to service_role

table public.sale_lines owner till_owner, row security forced
  -- tenant; erasure: delete. The lines of a sale.
  column organization_id uuid not null
  column sale_id uuid not null
  column line_number integer not null
  column product_id uuid not null
  column product_name text not null
  column quantity integer not null
  column unit_price_minor bigint not null
  column tax_rate_basis_points integer not null
  column tax_minor bigint not null
  column total_minor bigint not null
  constraint sale_lines_check CHECK (((tax_minor >= 0) AND (tax_minor <= total_minor)))
  constraint sale_lines_check1 CHECK ((total_minor = (quantity * unit_price_minor)))
  constraint sale_lines_line_number_check CHECK ((line_number > 0))
  constraint sale_lines_organization_id_product_id_fkey FOREIGN KEY (organization_id, product_id) REFERENCES public.products(organization_id, id)
  constraint sale_lines_organization_id_sale_id_fkey FOREIGN KEY (organization_id, sale_id) REFERENCES public.sales(organization_id, id)
  constraint sale_lines_pkey PRIMARY KEY (organization_id, sale_id, line_number)
  constraint sale_lines_quantity_check CHECK ((quantity > 0))
  constraint sale_lines_tax_rate_basis_points_check CHECK (((tax_rate_basis_points >= 0) AND (tax_rate_basis_points <= 10000)))
  constraint sale_lines_unit_price_minor_check CHECK ((unit_price_minor >= 0))
  CREATE INDEX sale_lines_by_product ON public.sale_lines USING btree (organization_id, product_id)
  policy members_see_sale_lines for select to authenticated using ((organization_id = ANY (ARRAY( SELECT private.my_organizations() AS my_organizations))))
  policy members_write_sale_lines for insert to authenticated with check ((organization_id = ANY (ARRAY( SELECT private.my_organizations() AS my_organizations))))
  grant insert, select to authenticated
  grant delete, insert, references, select, trigger, truncate, update to service_role

table public.sales owner till_owner, row security forced
  -- tenant; erasure: delete. What a shop sold, as the device rang it up.
  column organization_id uuid not null
  column id uuid not null
  column receipt_number text not null
  column cashier_id uuid not null
  column tender text not null
  column currency text not null
  column total_minor bigint not null
  column tax_minor bigint not null
  column content_hash text not null
  column occurred_at timestamp with time zone not null
  column received_at timestamp with time zone not null default ops.now()
  constraint sales_check CHECK (((tax_minor >= 0) AND (tax_minor <= total_minor)))
  constraint sales_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id)
  constraint sales_organization_id_receipt_number_key UNIQUE (organization_id, receipt_number)
  constraint sales_pkey PRIMARY KEY (organization_id, id)
  constraint sales_tender_check CHECK ((tender = ANY (ARRAY['cash'::text, 'card'::text])))
  constraint sales_total_minor_check CHECK ((total_minor >= 0))
  CREATE INDEX sales_by_time ON public.sales USING btree (organization_id, occurred_at, id)
  policy members_ring_up_sales for insert to authenticated with check (((organization_id = ANY (ARRAY( SELECT private.my_organizations() AS my_organizations))) AND (cashier_id = ( SELECT auth.uid() AS uid))))
  policy members_see_sales for select to authenticated using ((organization_id = ANY (ARRAY( SELECT private.my_organizations() AS my_organizations))))
  grant insert, select to authenticated
  grant select to keeper_ops
  grant delete, insert, references, select, trigger, truncate, update to service_role

table public.stripe_customers owner till_owner, row security forced
  -- lookup; erasure: delete. Which organization a Stripe customer is.
  column stripe_customer_id text not null
  column organization_id uuid not null
  constraint stripe_customers_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id)
  constraint stripe_customers_organization_id_key UNIQUE (organization_id)
  constraint stripe_customers_pkey PRIMARY KEY (stripe_customer_id)
  grant select to keeper_ops
  grant select to ops_owner
  grant delete, insert, references, select, trigger, truncate, update to service_role

table public.subscription_events owner till_owner, row security forced
  -- tenant; erasure: keep. Which of Stripe's events have been applied.
  column organization_id uuid not null
  column stripe_event_id text not null
  column type text not null
  column stripe_subscription_id text
  column event_created_at timestamp with time zone not null
  column applied_at timestamp with time zone not null default ops.now()
  column fetched_sequence bigint not null
  constraint subscription_events_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id)
  constraint subscription_events_pkey PRIMARY KEY (organization_id, stripe_event_id)
  CREATE INDEX subscription_events_by_time ON public.subscription_events USING btree (organization_id, applied_at DESC)
  grant select to keeper_ops
  grant insert, select to ops_owner
  grant delete, insert, references, select, trigger, truncate, update to service_role

routine auth.jwt() owner till_owner
  grant execute to public
  | CREATE OR REPLACE FUNCTION auth.jwt()
  |  RETURNS jsonb
  |  LANGUAGE sql
  |  STABLE
  | AS $function$ select coalesce(nullif(current_setting('request.jwt.claims', true), ''), '{}')::jsonb $function$

routine auth.uid() owner till_owner
  grant execute to public
  | CREATE OR REPLACE FUNCTION auth.uid()
  |  RETURNS uuid
  |  LANGUAGE sql
  |  STABLE
  | AS $function$ select nullif(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub', '')::uuid $function$

routine billing.subscription_rank(text) owner ops_owner
  grant execute to keeper_ops
  | CREATE OR REPLACE FUNCTION billing.subscription_rank(status text)
  |  RETURNS integer
  |  LANGUAGE sql
  |  IMMUTABLE
  | AS $function$
  |     select case status
  |              when 'active' then 1 when 'trialing' then 2 when 'past_due' then 3 when 'unpaid' then 4
  |              when 'paused' then 5 when 'incomplete' then 6 when 'canceled' then 8 else 7
  |            end
  |   $function$

routine billing.sync_subscription() owner ops_owner
  | CREATE OR REPLACE FUNCTION billing.sync_subscription()
  |  RETURNS trigger
  |  LANGUAGE plpgsql
  |  SECURITY DEFINER
  |  SET search_path TO ''
  | AS $function$
  | declare
  |   -- Two only when a subscription moves to another organization.
  |   targets uuid[] := array(select distinct t from unnest(array[old.organization_id, new.organization_id]) t where t is not null);
  |   touched integer;
  | begin
  |   update public.organizations o
  |      set subscription_plan = e.plan, subscription_status = e.status
  |     from billing.effective_subscriptions e
  |    where o.id = any (targets) and e.organization_id = o.id;
  |   get diagnostics touched = row_count;
  |   if touched <> cardinality(targets) then
  |     raise exception 'subscription not synced: % of % organizations touched', touched, cardinality(targets)
  |       using errcode = 'TK002', detail = targets::text;
  |   end if;
  |   return null;
  | end
  | $function$

routine ops.apply_subscriptions(jsonb,jsonb) owner ops_owner
  grant execute to keeper_ops
  | CREATE OR REPLACE FUNCTION ops.apply_subscriptions(input jsonb, actor jsonb)
  |  RETURNS TABLE(organization_id uuid, outcome text, stored_sequence bigint)
  |  LANGUAGE plpgsql
  |  SECURITY DEFINER
  |  SET search_path TO ''
  | AS $function$
  | #variable_conflict use_column
  | declare
  |   this_moment timestamptz := ops.now();
  |   seen jsonb; -- {organization: {plan, status, stored}} as it was before
  |   accepted jsonb;
  | begin
  |   -- Organizations are locked in id order, so that two batches cannot deadlock.
  |   perform 1 from public.organizations o
  |     where o.id in (select (e ->> 'organizationId')::uuid from jsonb_array_elements(input) e)
  |     order by o.id for no key update;
  |
  |   select coalesce(jsonb_object_agg(o.id, jsonb_build_object('plan', o.subscription_plan, 'status', o.subscription_status,
  |                                                             'stored', coalesce(f.sequence, -1))), '{}')
  |     into seen
  |     from public.organizations o
  |     left join ops.fetches f on f.organization_id = o.id
  |    where o.id in (select (e ->> 'organizationId')::uuid from jsonb_array_elements(input) e);
  |
  |   select coalesce(jsonb_agg(e), '[]') into accepted
  |     from jsonb_array_elements(input) e
  |    where (seen -> (e ->> 'organizationId') ->> 'stored')::bigint < (e ->> 'sequence')::bigint;
  |
  |   insert into ops.fetches (organization_id, sequence, fetched_at)
  |   select (one ->> 'organizationId')::uuid, (one ->> 'sequence')::bigint, this_moment from jsonb_array_elements(accepted) one
  |   on conflict on constraint fetches_pkey do update set sequence = excluded.sequence, fetched_at = excluded.fetched_at;
  |
  |   with fetched as materialized (
  |     select (one ->> 'organizationId')::uuid as org, (one ->> 'sequence')::bigint as sequence, p.plan_id as plan,
  |            s.id, s.status, s."priceId", coalesce(s.quantity, 1) as quantity, s."unitAmountMinor", s.currency, s.interval,
  |            s."defaultPaymentMethod", s."latestInvoiceId", s."latestInvoiceStatus", s."startedAt", s."currentPeriodStart",
  |            s."currentPeriodEnd", s."trialEnd", coalesce(s."cancelAtPeriodEnd", false) as "cancelAtPeriodEnd", s."canceledAt", s."endedAt"
  |       from jsonb_array_elements(accepted) one
  |      cross join jsonb_to_recordset(one -> 'subscriptions') as s(
  |              id text, "priceId" text, status text, quantity integer, "unitAmountMinor" bigint, currency text, interval text,
  |              "defaultPaymentMethod" text, "latestInvoiceId" text, "latestInvoiceStatus" text, "startedAt" timestamptz,
  |              "currentPeriodStart" timestamptz, "currentPeriodEnd" timestamptz, "trialEnd" timestamptz,
  |              "cancelAtPeriodEnd" boolean, "canceledAt" timestamptz, "endedAt" timestamptz)
  |       left join public.plan_prices p on p.stripe_price_id = s."priceId"
  |   ), adrift as materialized (
  |     select o.id
  |       from public.organizations o
  |       join billing.effective_subscriptions e on e.organization_id = o.id
  |      where o.id in (select (one ->> 'organizationId')::uuid from jsonb_array_elements(accepted) one)
  |        and (o.subscription_plan, o.subscription_status) is distinct from (e.plan, e.status)
  |   ), written as (
  |     insert into public.organization_subscriptions as kept
  |       (organization_id, stripe_subscription_id, plan, status, stripe_price_id, quantity, unit_amount_minor, currency, billing_interval,
  |        default_payment_method, latest_invoice_id, latest_invoice_status, started_at, current_period_start, current_period_end,
  |        trial_end, cancel_at_period_end, canceled_at, ended_at, fetched_sequence, synced_at)
  |     select f.org, f.id, f.plan, f.status, f."priceId", f.quantity, f."unitAmountMinor", f.currency, f.interval,
  |            f."defaultPaymentMethod", f."latestInvoiceId", f."latestInvoiceStatus", f."startedAt", f."currentPeriodStart", f."currentPeriodEnd",
  |            f."trialEnd", f."cancelAtPeriodEnd", f."canceledAt", f."endedAt", f.sequence, this_moment
  |       from fetched f
  |       left join public.organization_subscriptions k on k.organization_id = f.org and k.stripe_subscription_id = f.id
  |      where (k.plan, k.status, k.stripe_price_id, k.quantity, k.unit_amount_minor, k.currency, k.billing_interval,
  |             k.default_payment_method, k.latest_invoice_id, k.latest_invoice_status, k.started_at, k.current_period_start, k.current_period_end,
  |             k.trial_end, k.cancel_at_period_end, k.canceled_at, k.ended_at)
  |            is distinct from
  |            (f.plan, f.status, f."priceId", f.quantity, f."unitAmountMinor", f.currency, f.interval,
  |             f."defaultPaymentMethod", f."latestInvoiceId", f."latestInvoiceStatus", f."startedAt", f."currentPeriodStart", f."currentPeriodEnd",
  |             f."trialEnd", f."cancelAtPeriodEnd", f."canceledAt", f."endedAt")
  |         or f.org in (select a.id from adrift a)
  |      order by f.org, f.id
  |     on conflict on constraint organization_subscriptions_pkey do update
  |        set plan = excluded.plan, status = excluded.status, stripe_price_id = excluded.stripe_price_id, quantity = excluded.quantity,
  |            unit_amount_minor = excluded.unit_amount_minor, currency = excluded.currency, billing_interval = excluded.billing_interval,
  |            default_payment_method = excluded.default_payment_method, latest_invoice_id = excluded.latest_invoice_id,
  |            latest_invoice_status = excluded.latest_invoice_status, started_at = excluded.started_at,
  |            current_period_start = excluded.current_period_start, current_period_end = excluded.current_period_end,
  |            trial_end = excluded.trial_end, cancel_at_period_end = excluded.cancel_at_period_end,
  |            canceled_at = excluded.canceled_at, ended_at = excluded.ended_at,
  |            fetched_sequence = excluded.fetched_sequence, synced_at = excluded.synced_at
  |   ), ended as (
  |     -- What Stripe no longer lists is over, but its row stays: history and money hang on it.
  |     update public.organization_subscriptions kept
  |        set status = 'canceled', canceled_at = coalesce(kept.canceled_at, this_moment), ended_at = coalesce(kept.ended_at, this_moment),
  |            fetched_sequence = (one ->> 'sequence')::bigint, synced_at = this_moment
  |       from jsonb_array_elements(accepted) one
  |      where kept.organization_id = (one ->> 'organizationId')::uuid
  |        and kept.status not in ('canceled', 'incomplete_expired')
  |        and not exists (select from fetched f where f.org = kept.organization_id and f.id = kept.stripe_subscription_id)
  |   )
  |   -- A price that names no plan is a question for a person, asked once for each subscription and price.
  |   insert into ops.effects (organization_id, occurrence_key, kind, actor, payload, recorded_at)
  |   select f.org, 'unmapped_price:' || f.id || ':' || coalesce(f."priceId", 'none'), 'subscription.price_unmapped', actor,
  |          jsonb_build_object('subscriptionId', f.id, 'priceId', f."priceId"), this_moment
  |     from fetched f
  |    where f.plan is null and f.status not in ('canceled', 'incomplete_expired')
  |   on conflict do nothing;
  |
  |   insert into public.subscription_events
  |     (organization_id, stripe_event_id, type, stripe_subscription_id, event_created_at, applied_at, fetched_sequence)
  |   select (one ->> 'organizationId')::uuid, e.id, e.type, e."subscriptionId", e."createdAt", this_moment, (one ->> 'sequence')::bigint
  |     from jsonb_array_elements(accepted) one
  |    cross join jsonb_to_recordset(one -> 'events') as e(id text, type text, "subscriptionId" text, "createdAt" timestamptz)
  |   on conflict do nothing;
  |
  |   -- Each event is a fact that others wait for (a card was changed, an invoice was paid).
  |   insert into ops.effects (organization_id, occurrence_key, kind, actor, payload, recorded_at)
  |   select (one ->> 'organizationId')::uuid, 'stripe:' || e.id, 'stripe.' || e.type, actor,
  |          jsonb_build_object('eventId', e.id, 'objectId', e."objectId"), this_moment
  |     from jsonb_array_elements(accepted) one
  |    cross join jsonb_to_recordset(one -> 'events') as e(id text, type text, "objectId" text)
  |   on conflict do nothing;
  |
  |   return query
  |   with now_and_before as (
  |     select one, o.id, o.subscription_plan as plan, o.subscription_status as status,
  |            seen -> o.id::text ->> 'plan' as plan_was, seen -> o.id::text ->> 'status' as status_was
  |       from jsonb_array_elements(accepted) one
  |       join public.organizations o on o.id = (one ->> 'organizationId')::uuid
  |   ), told as (
  |     insert into ops.effects (organization_id, occurrence_key, kind, actor, payload, recorded_at)
  |     select n.id, 'subscription:' || (n.one ->> 'sequence'), 'subscription.changed', actor,
  |            jsonb_build_object('cause', n.one -> 'cause',
  |                               'before', jsonb_build_object('plan', n.plan_was, 'status', n.status_was),
  |                               'after', jsonb_build_object('plan', n.plan, 'status', n.status)), this_moment
  |       from now_and_before n
  |      where (n.plan, n.status) is distinct from (n.plan_was, n.status_was)
  |     on conflict do nothing
  |   )
  |   select (e ->> 'organizationId')::uuid,
  |          case when n.id is not null and (n.plan, n.status) is distinct from (n.plan_was, n.status_was) then 'applied'
  |               when n.id is not null then 'unchanged'
  |               when seen ? (e ->> 'organizationId') then 'refused'
  |               else 'missing' end,
  |          (seen -> (e ->> 'organizationId') ->> 'stored')::bigint
  |     from jsonb_array_elements(input) e
  |     left join now_and_before n on n.id = (e ->> 'organizationId')::uuid;
  | end
  | $function$

routine ops.effects_to_relay(integer) owner ops_owner
  grant execute to keeper_ops
  | CREATE OR REPLACE FUNCTION ops.effects_to_relay(at_most integer)
  |  RETURNS SETOF ops.effects
  |  LANGUAGE sql
  |  STABLE SECURITY DEFINER
  |  SET search_path TO ''
  | AS $function$
  |     select * from ops.effects where relayed_at is null order by recorded_at, occurrence_key limit $1
  |   $function$

routine ops.enable_sync_trigger(jsonb,text) owner till_owner
  grant execute to keeper_ops
  | CREATE OR REPLACE FUNCTION ops.enable_sync_trigger(actor jsonb, occurrence text)
  |  RETURNS boolean
  |  LANGUAGE plpgsql
  |  SECURITY DEFINER
  |  SET search_path TO ''
  | AS $function$
  | begin
  |   if (select t.tgenabled = 'O' from pg_catalog.pg_trigger t
  |        where t.tgrelid = 'public.organization_subscriptions'::regclass and t.tgname = 'sync_subscription') then
  |     return false;
  |   end if;
  |   alter table public.organization_subscriptions enable trigger sync_subscription;
  |   perform ops.record_effect('00000000-0000-0000-0000-000000000000', occurrence, 'subscription.sync_enabled', actor, '{}');
  |   return true;
  | end
  | $function$

routine ops.expected_subscriptions(jsonb) owner ops_owner
  grant execute to keeper_ops
  | CREATE OR REPLACE FUNCTION ops.expected_subscriptions(input jsonb)
  |  RETURNS TABLE(organization_id uuid, stripe_subscription_id text, plan text, status text)
  |  LANGUAGE sql
  |  STABLE SECURITY DEFINER
  |  SET search_path TO ''
  | AS $function$
  |     select o.id, best.id, coalesce(best.plan, case when best.id is null then 'free' else o.subscription_plan end), coalesce(best.status, 'active')
  |       from jsonb_array_elements(input) one
  |       join public.organizations o on o.id = (one ->> 'organizationId')::uuid
  |       left join lateral (
  |         select s.id, p.plan_id as plan, s.status
  |           from jsonb_to_recordset(one -> 'subscriptions') as s(id text, "priceId" text, status text, "startedAt" timestamptz)
  |           left join public.plan_prices p on p.stripe_price_id = s."priceId"
  |          where s.status <> 'incomplete_expired'
  |          order by billing.subscription_rank(s.status), s."startedAt" desc, s.id desc
  |          limit 1
  |       ) best on true
  |   $function$

routine ops.mark_relayed(uuid[],text[]) owner ops_owner
  grant execute to keeper_ops
  | CREATE OR REPLACE FUNCTION ops.mark_relayed(organization_ids uuid[], occurrence_keys text[])
  |  RETURNS integer
  |  LANGUAGE sql
  |  SECURITY DEFINER
  |  SET search_path TO ''
  | AS $function$
  |     with marked as (
  |       update ops.effects e
  |          set relayed_at = clock_timestamp()
  |         from unnest($1, $2) as k(organization_id, occurrence_key)
  |        where e.organization_id = k.organization_id and e.occurrence_key = k.occurrence_key and e.relayed_at is null
  |       returning 1
  |     )
  |     select count(*)::integer from marked
  |   $function$

routine ops.now() owner ops_owner
  -- Business time. Stable within a transaction, so it can drive an index scan on due_at.
  grant execute to public
  | CREATE OR REPLACE FUNCTION ops.now()
  |  RETURNS timestamp with time zone
  |  LANGUAGE sql
  |  STABLE SECURITY DEFINER
  |  SET search_path TO ''
  | AS $function$ select now() + c."offset" from ops.clock c $function$

routine ops.record_effect(uuid,text,text,jsonb,jsonb) owner ops_owner
  grant execute to keeper_ops
  | CREATE OR REPLACE FUNCTION ops.record_effect(organization_id uuid, occurrence_key text, kind text, actor jsonb, payload jsonb)
  |  RETURNS boolean
  |  LANGUAGE sql
  |  SECURITY DEFINER
  |  SET search_path TO ''
  | AS $function$
  |     with written as (
  |       insert into ops.effects (organization_id, occurrence_key, kind, actor, payload)
  |       values ($1, $2, $3, $4, $5)
  |       on conflict do nothing
  |       returning 1
  |     )
  |     select exists (select from written)
  |   $function$

routine ops.subscription_drift() owner ops_owner
  grant execute to keeper_ops
  | CREATE OR REPLACE FUNCTION ops.subscription_drift()
  |  RETURNS TABLE(organization_id uuid, name text, plan_here text, plan_expected text, status_here text, status_expected text, stripe_subscription_id text)
  |  LANGUAGE sql
  |  STABLE SECURITY DEFINER
  |  SET search_path TO ''
  | AS $function$
  |     select o.id, o.name, o.subscription_plan, e.plan, o.subscription_status, e.status, e.stripe_subscription_id
  |       from billing.effective_subscriptions e
  |       join public.organizations o on o.id = e.organization_id
  |      where (o.subscription_plan, o.subscription_status) is distinct from (e.plan, e.status)
  |      order by o.id
  |   $function$

routine ops.sync_drifted(jsonb,jsonb,text) owner ops_owner
  grant execute to keeper_ops
  | CREATE OR REPLACE FUNCTION ops.sync_drifted(input jsonb, actor jsonb, occurrence text)
  |  RETURNS TABLE(organization_id uuid, plan_before text, plan_after text, status_before text, status_after text)
  |  LANGUAGE plpgsql
  |  SECURITY DEFINER
  |  SET search_path TO ''
  | AS $function$
  | begin
  |   -- Locked first: the next statement then sees every subscription that was committed before the lock was ours.
  |   perform 1 from public.organizations o
  |     where o.id in (select (s ->> 'organizationId')::uuid from jsonb_array_elements(input) s)
  |     order by o.id for no key update;
  |
  |   return query
  |   with written as (
  |     update public.organizations o
  |        set subscription_plan = e.plan, subscription_status = e.status
  |       from jsonb_to_recordset(input) as seen("organizationId" uuid, "planHere" text, "statusHere" text),
  |            billing.effective_subscriptions e
  |      where o.id = seen."organizationId" and e.organization_id = o.id
  |        and (o.subscription_plan, o.subscription_status) = (seen."planHere", seen."statusHere")
  |        and (o.subscription_plan, o.subscription_status) is distinct from (e.plan, e.status)
  |     returning o.id, seen."planHere" as plan_was, o.subscription_plan as plan_is,
  |               seen."statusHere" as status_was, o.subscription_status as status_is
  |   ), told as (
  |     insert into ops.effects (organization_id, occurrence_key, kind, actor, payload)
  |     select w.id, occurrence || ':' || w.id, 'subscription.synced', actor,
  |            jsonb_build_object('before', jsonb_build_object('plan', w.plan_was, 'status', w.status_was),
  |                               'after', jsonb_build_object('plan', w.plan_is, 'status', w.status_is))
  |       from written w
  |     on conflict do nothing
  |   )
  |   select w.id, w.plan_was, w.plan_is, w.status_was, w.status_is from written w order by w.id;
  | end
  | $function$

routine ops.sync_trigger_state() owner ops_owner
  grant execute to keeper_ops
  | CREATE OR REPLACE FUNCTION ops.sync_trigger_state()
  |  RETURNS TABLE(present boolean, enabled text, function_name text, definition_hash text, known_hash text)
  |  LANGUAGE sql
  |  STABLE SECURITY DEFINER
  |  SET search_path TO ''
  | AS $function$
  |     select t.oid is not null, t.tgenabled::text, t.tgfoid::regproc::text,
  |            md5(concat_ws(chr(10), pg_get_triggerdef(t.oid), pg_get_functiondef(t.tgfoid), pg_get_userbyid(p.proowner),
  |                          pg_get_viewdef('billing.effective_subscriptions'::regclass),
  |                          pg_get_functiondef('billing.subscription_rank(text)'::regprocedure))),
  |            (select k.definition_hash from ops.known_definitions k where k.name = 'sync_subscription')
  |       from (select 1) as always
  |       left join pg_catalog.pg_trigger t
  |         on t.tgrelid = 'public.organization_subscriptions'::regclass and t.tgname = 'sync_subscription'
  |       left join pg_catalog.pg_proc p on p.oid = t.tgfoid
  |   $function$

routine ops.uuidv7() owner ops_owner
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

routine private.my_organizations() owner ops_owner
  grant execute to authenticated
  | CREATE OR REPLACE FUNCTION private.my_organizations()
  |  RETURNS SETOF uuid
  |  LANGUAGE sql
  |  STABLE SECURITY DEFINER
  |  SET search_path TO ''
  | AS $function$ select m.organization_id from public.organization_members m where m.user_id = auth.uid() and m.revoked_at is null $function$

routine private.my_organizations_as(text[]) owner ops_owner
  grant execute to authenticated
  | CREATE OR REPLACE FUNCTION private.my_organizations_as(roles text[])
  |  RETURNS SETOF uuid
  |  LANGUAGE sql
  |  STABLE SECURITY DEFINER
  |  SET search_path TO ''
  | AS $function$
  |     select m.organization_id from public.organization_members m
  |      where m.user_id = auth.uid() and m.revoked_at is null and m.role = any (roles)
  |   $function$

routine private.record_change(uuid,text,text,jsonb) owner ops_owner
  grant execute to authenticated
  | CREATE OR REPLACE FUNCTION private.record_change(organization_id uuid, occurrence_key text, kind text, payload jsonb)
  |  RETURNS void
  |  LANGUAGE plpgsql
  |  SECURITY DEFINER
  |  SET search_path TO ''
  | AS $function$
  | begin
  |   if $1 not in (select private.my_organizations()) then
  |     raise exception 'not a member of organization %', $1 using errcode = '42501';
  |   end if;
  |   insert into ops.effects (organization_id, occurrence_key, kind, actor, payload)
  |   values ($1, 'till:' || $2, 'till.' || $3, jsonb_build_object('kind', 'member', 'userId', auth.uid(), 'organizationId', $1), $4);
  | end
  | $function$
