-- Narrow repairs of the billing mirror: the only ways in which Keeper writes it.
-- Runs after the application's migrations; it needs the tables that the tenancy description names.

grant usage on schema billing, public to ops_owner;
grant insert, update on public.organization_subscriptions to ops_owner;
grant insert, select on public.subscription_events to ops_owner;

-- Which fetch of an organization came last, by the fencing counter of the lease under which it was made. An older one writes nothing,
-- whatever it would change: between two equal states there may have been a third.
create table ops.fetches (
  organization_id uuid        primary key,
  sequence        bigint      not null,
  fetched_at      timestamptz not null
);
alter table ops.fetches enable row level security;
alter table ops.fetches force row level security;
grant select, insert, update on ops.fetches to ops_owner;
comment on table ops.fetches is 'tenant; erasure: delete. When Stripe was last asked about an organization.';

-- Organizations' subscriptions as Stripe has just told them, with the events that made us ask.
-- input: [{organizationId, sequence, subscriptions: [{id, priceId, status, quantity, unitAmountMinor, currency, interval, defaultPaymentMethod,
--          latestInvoiceId, latestInvoiceStatus, startedAt, currentPeriodStart, currentPeriodEnd, trialEnd, cancelAtPeriodEnd, canceledAt, endedAt}],
--          events: [{id, type, subscriptionId, createdAt, objectId}], cause}], each organization once.
-- outcome: applied (plan or status changed), unchanged, refused (a newer fetch is stored: nothing is written, the events neither;
-- stored_sequence says which), missing (there is no such organization).
-- Rows are written only where something differs, since each writing syncs the organization; one that does not say what its subscriptions
-- say is synced by writing them again.
create function ops.apply_subscriptions(input jsonb, actor jsonb)
  returns table (organization_id uuid, outcome text, stored_sequence bigint)
  language plpgsql volatile security definer set search_path = ''
  as $$
#variable_conflict use_column
declare
  this_moment timestamptz := ops.now();
  seen jsonb; -- {organization: {plan, status, stored}} as it was before
  accepted jsonb;
begin
  -- Organizations are locked in id order, so that two batches cannot deadlock.
  perform 1 from public.organizations o
    where o.id in (select (e ->> 'organizationId')::uuid from jsonb_array_elements(input) e)
    order by o.id for no key update;

  select coalesce(jsonb_object_agg(o.id, jsonb_build_object('plan', o.subscription_plan, 'status', o.subscription_status,
                                                            'stored', coalesce(f.sequence, -1))), '{}')
    into seen
    from public.organizations o
    left join ops.fetches f on f.organization_id = o.id
   where o.id in (select (e ->> 'organizationId')::uuid from jsonb_array_elements(input) e);

  select coalesce(jsonb_agg(e), '[]') into accepted
    from jsonb_array_elements(input) e
   where (seen -> (e ->> 'organizationId') ->> 'stored')::bigint < (e ->> 'sequence')::bigint;

  insert into ops.fetches (organization_id, sequence, fetched_at)
  select (one ->> 'organizationId')::uuid, (one ->> 'sequence')::bigint, this_moment from jsonb_array_elements(accepted) one
  on conflict on constraint fetches_pkey do update set sequence = excluded.sequence, fetched_at = excluded.fetched_at;

  with fetched as materialized (
    select (one ->> 'organizationId')::uuid as org, (one ->> 'sequence')::bigint as sequence, p.plan_id as plan,
           s.id, s.status, s."priceId", coalesce(s.quantity, 1) as quantity, s."unitAmountMinor", s.currency, s.interval,
           s."defaultPaymentMethod", s."latestInvoiceId", s."latestInvoiceStatus", s."startedAt", s."currentPeriodStart",
           s."currentPeriodEnd", s."trialEnd", coalesce(s."cancelAtPeriodEnd", false) as "cancelAtPeriodEnd", s."canceledAt", s."endedAt"
      from jsonb_array_elements(accepted) one
     cross join jsonb_to_recordset(one -> 'subscriptions') as s(
             id text, "priceId" text, status text, quantity integer, "unitAmountMinor" bigint, currency text, interval text,
             "defaultPaymentMethod" text, "latestInvoiceId" text, "latestInvoiceStatus" text, "startedAt" timestamptz,
             "currentPeriodStart" timestamptz, "currentPeriodEnd" timestamptz, "trialEnd" timestamptz,
             "cancelAtPeriodEnd" boolean, "canceledAt" timestamptz, "endedAt" timestamptz)
      left join public.plan_prices p on p.stripe_price_id = s."priceId"
  ), adrift as materialized (
    select o.id
      from public.organizations o
      join billing.effective_subscriptions e on e.organization_id = o.id
     where o.id in (select (one ->> 'organizationId')::uuid from jsonb_array_elements(accepted) one)
       and (o.subscription_plan, o.subscription_status) is distinct from (e.plan, e.status)
  ), written as (
    insert into public.organization_subscriptions as kept
      (organization_id, stripe_subscription_id, plan, status, stripe_price_id, quantity, unit_amount_minor, currency, billing_interval,
       default_payment_method, latest_invoice_id, latest_invoice_status, started_at, current_period_start, current_period_end,
       trial_end, cancel_at_period_end, canceled_at, ended_at, fetched_sequence, synced_at)
    select f.org, f.id, f.plan, f.status, f."priceId", f.quantity, f."unitAmountMinor", f.currency, f.interval,
           f."defaultPaymentMethod", f."latestInvoiceId", f."latestInvoiceStatus", f."startedAt", f."currentPeriodStart", f."currentPeriodEnd",
           f."trialEnd", f."cancelAtPeriodEnd", f."canceledAt", f."endedAt", f.sequence, this_moment
      from fetched f
      left join public.organization_subscriptions k on k.organization_id = f.org and k.stripe_subscription_id = f.id
     where (k.plan, k.status, k.stripe_price_id, k.quantity, k.unit_amount_minor, k.currency, k.billing_interval,
            k.default_payment_method, k.latest_invoice_id, k.latest_invoice_status, k.started_at, k.current_period_start, k.current_period_end,
            k.trial_end, k.cancel_at_period_end, k.canceled_at, k.ended_at)
           is distinct from
           (f.plan, f.status, f."priceId", f.quantity, f."unitAmountMinor", f.currency, f.interval,
            f."defaultPaymentMethod", f."latestInvoiceId", f."latestInvoiceStatus", f."startedAt", f."currentPeriodStart", f."currentPeriodEnd",
            f."trialEnd", f."cancelAtPeriodEnd", f."canceledAt", f."endedAt")
        or f.org in (select a.id from adrift a)
     order by f.org, f.id
    on conflict on constraint organization_subscriptions_pkey do update
       set plan = excluded.plan, status = excluded.status, stripe_price_id = excluded.stripe_price_id, quantity = excluded.quantity,
           unit_amount_minor = excluded.unit_amount_minor, currency = excluded.currency, billing_interval = excluded.billing_interval,
           default_payment_method = excluded.default_payment_method, latest_invoice_id = excluded.latest_invoice_id,
           latest_invoice_status = excluded.latest_invoice_status, started_at = excluded.started_at,
           current_period_start = excluded.current_period_start, current_period_end = excluded.current_period_end,
           trial_end = excluded.trial_end, cancel_at_period_end = excluded.cancel_at_period_end,
           canceled_at = excluded.canceled_at, ended_at = excluded.ended_at,
           fetched_sequence = excluded.fetched_sequence, synced_at = excluded.synced_at
  ), ended as (
    -- What Stripe no longer lists is over, but its row stays: history and money hang on it.
    update public.organization_subscriptions kept
       set status = 'canceled', canceled_at = coalesce(kept.canceled_at, this_moment), ended_at = coalesce(kept.ended_at, this_moment),
           fetched_sequence = (one ->> 'sequence')::bigint, synced_at = this_moment
      from jsonb_array_elements(accepted) one
     where kept.organization_id = (one ->> 'organizationId')::uuid
       and kept.status not in ('canceled', 'incomplete_expired')
       and not exists (select from fetched f where f.org = kept.organization_id and f.id = kept.stripe_subscription_id)
  )
  -- A price that names no plan is a question for a person, asked once for each subscription and price.
  insert into ops.effects (organization_id, occurrence_key, kind, actor, payload, recorded_at)
  select f.org, 'unmapped_price:' || f.id || ':' || coalesce(f."priceId", 'none'), 'subscription.price_unmapped', actor,
         jsonb_build_object('subscriptionId', f.id, 'priceId', f."priceId"), this_moment
    from fetched f
   where f.plan is null and f.status not in ('canceled', 'incomplete_expired')
  on conflict do nothing;

  insert into public.subscription_events
    (organization_id, stripe_event_id, type, stripe_subscription_id, event_created_at, applied_at, fetched_sequence)
  select (one ->> 'organizationId')::uuid, e.id, e.type, e."subscriptionId", e."createdAt", this_moment, (one ->> 'sequence')::bigint
    from jsonb_array_elements(accepted) one
   cross join jsonb_to_recordset(one -> 'events') as e(id text, type text, "subscriptionId" text, "createdAt" timestamptz)
  on conflict do nothing;

  -- Each event is a fact that others wait for (a card was changed, an invoice was paid).
  insert into ops.effects (organization_id, occurrence_key, kind, actor, payload, recorded_at)
  select (one ->> 'organizationId')::uuid, 'stripe:' || e.id, 'stripe.' || e.type, actor,
         jsonb_build_object('eventId', e.id, 'objectId', e."objectId"), this_moment
    from jsonb_array_elements(accepted) one
   cross join jsonb_to_recordset(one -> 'events') as e(id text, type text, "objectId" text)
  on conflict do nothing;

  return query
  with now_and_before as (
    select one, o.id, o.subscription_plan as plan, o.subscription_status as status,
           seen -> o.id::text ->> 'plan' as plan_was, seen -> o.id::text ->> 'status' as status_was
      from jsonb_array_elements(accepted) one
      join public.organizations o on o.id = (one ->> 'organizationId')::uuid
  ), told as (
    insert into ops.effects (organization_id, occurrence_key, kind, actor, payload, recorded_at)
    select n.id, 'subscription:' || (n.one ->> 'sequence'), 'subscription.changed', actor,
           jsonb_build_object('cause', n.one -> 'cause',
                              'before', jsonb_build_object('plan', n.plan_was, 'status', n.status_was),
                              'after', jsonb_build_object('plan', n.plan, 'status', n.status)), this_moment
      from now_and_before n
     where (n.plan, n.status) is distinct from (n.plan_was, n.status_was)
    on conflict do nothing
  )
  select (e ->> 'organizationId')::uuid,
         case when n.id is not null and (n.plan, n.status) is distinct from (n.plan_was, n.status_was) then 'applied'
              when n.id is not null then 'unchanged'
              when seen ? (e ->> 'organizationId') then 'refused'
              else 'missing' end,
         (seen -> (e ->> 'organizationId') ->> 'stored')::bigint
    from jsonb_array_elements(input) e
    left join now_and_before n on n.id = (e ->> 'organizationId')::uuid;
end
$$;

-- What plan and status follow from the subscriptions that Stripe lists at this moment: the same rule, on what was just read.
-- input: [{organizationId, subscriptions: [{id, priceId, status, startedAt}]}]
create function ops.expected_subscriptions(input jsonb)
  returns table (organization_id uuid, stripe_subscription_id text, plan text, status text)
  language sql stable security definer set search_path = ''
  as $$
    select o.id, best.id, coalesce(best.plan, case when best.id is null then 'free' else o.subscription_plan end), coalesce(best.status, 'active')
      from jsonb_array_elements(input) one
      join public.organizations o on o.id = (one ->> 'organizationId')::uuid
      left join lateral (
        select s.id, p.plan_id as plan, s.status
          from jsonb_to_recordset(one -> 'subscriptions') as s(id text, "priceId" text, status text, "startedAt" timestamptz)
          left join public.plan_prices p on p.stripe_price_id = s."priceId"
         where s.status <> 'incomplete_expired'
         order by billing.subscription_rank(s.status), s."startedAt" desc, s.id desc
         limit 1
      ) best on true
  $$;

-- Which organizations carry a plan or status other than their effective subscription says. Empty is proof of zero drift here.
create function ops.subscription_drift()
  returns table (organization_id uuid, name text, plan_here text, plan_expected text, status_here text, status_expected text, stripe_subscription_id text)
  language sql stable security definer set search_path = ''
  as $$
    select o.id, o.name, o.subscription_plan, e.plan, o.subscription_status, e.status, e.stripe_subscription_id
      from billing.effective_subscriptions e
      join public.organizations o on o.id = e.organization_id
     where (o.subscription_plan, o.subscription_status) is distinct from (e.plan, e.status)
     order by o.id
  $$;

-- The repair of the playbook, for drifted rows only and only where the row is still what the caller saw.
-- input: [{organizationId, planHere, statusHere}]; returns the rows written, with before and after.
create function ops.sync_drifted(input jsonb, actor jsonb, occurrence text)
  returns table (organization_id uuid, plan_before text, plan_after text, status_before text, status_after text)
  language plpgsql volatile security definer set search_path = ''
  as $$
begin
  -- Locked first: the next statement then sees every subscription that was committed before the lock was ours.
  perform 1 from public.organizations o
    where o.id in (select (s ->> 'organizationId')::uuid from jsonb_array_elements(input) s)
    order by o.id for no key update;

  return query
  with written as (
    update public.organizations o
       set subscription_plan = e.plan, subscription_status = e.status
      from jsonb_to_recordset(input) as seen("organizationId" uuid, "planHere" text, "statusHere" text),
           billing.effective_subscriptions e
     where o.id = seen."organizationId" and e.organization_id = o.id
       and (o.subscription_plan, o.subscription_status) = (seen."planHere", seen."statusHere")
       and (o.subscription_plan, o.subscription_status) is distinct from (e.plan, e.status)
    returning o.id, seen."planHere" as plan_was, o.subscription_plan as plan_is,
              seen."statusHere" as status_was, o.subscription_status as status_is
  ), told as (
    insert into ops.effects (organization_id, occurrence_key, kind, actor, payload)
    select w.id, occurrence || ':' || w.id, 'subscription.synced', actor,
           jsonb_build_object('before', jsonb_build_object('plan', w.plan_was, 'status', w.status_was),
                              'after', jsonb_build_object('plan', w.plan_is, 'status', w.status_is))
      from written w
    on conflict do nothing
  )
  select w.id, w.plan_was, w.plan_is, w.status_was, w.status_is from written w order by w.id;
end
$$;

-- The definitions as the migrations left them. A migration that changes one writes its new hash here in the same transaction; whatever
-- differs from it was changed by hand.
create table ops.known_definitions (
  name            text primary key,
  definition_hash text        not null,
  recorded_at     timestamptz not null default ops.now()
);
comment on table ops.known_definitions is 'reference; erasure: keep. Hashes of the definitions that Keeper watches.';
grant select on ops.known_definitions to ops_owner;

-- What the playbook's first question is about: is the sync trigger there, enabled, and does it still do what we know? The hash is over the
-- trigger, its function with its owner, and the rule that both ask. Always one row.
create function ops.sync_trigger_state()
  returns table (present boolean, enabled text, function_name text, definition_hash text, known_hash text)
  language sql stable security definer set search_path = ''
  as $$
    select t.oid is not null, t.tgenabled::text, t.tgfoid::regproc::text,
           md5(concat_ws(chr(10), pg_get_triggerdef(t.oid), pg_get_functiondef(t.tgfoid), pg_get_userbyid(p.proowner),
                         pg_get_viewdef('billing.effective_subscriptions'::regclass),
                         pg_get_functiondef('billing.subscription_rank(text)'::regprocedure))),
           (select k.definition_hash from ops.known_definitions k where k.name = 'sync_subscription')
      from (select 1) as always
      left join pg_catalog.pg_trigger t
        on t.tgrelid = 'public.organization_subscriptions'::regclass and t.tgname = 'sync_subscription'
      left join pg_catalog.pg_proc p on p.oid = t.tgfoid
  $$;

-- Only the owner of the table may enable its trigger, so this one function belongs to the owner. It can do nothing else.
-- True when it was not enabled. The effect stands under the nil id: it concerns no single organization.
create function ops.enable_sync_trigger(actor jsonb, occurrence text) returns boolean
  language plpgsql volatile security definer set search_path = ''
  as $$
begin
  if (select t.tgenabled = 'O' from pg_catalog.pg_trigger t
       where t.tgrelid = 'public.organization_subscriptions'::regclass and t.tgname = 'sync_subscription') then
    return false;
  end if;
  alter table public.organization_subscriptions enable trigger sync_subscription;
  perform ops.record_effect('00000000-0000-0000-0000-000000000000', occurrence, 'subscription.sync_enabled', actor, '{}');
  return true;
end
$$;

alter function ops.apply_subscriptions(jsonb, jsonb) owner to ops_owner;
alter function ops.expected_subscriptions(jsonb) owner to ops_owner;
alter function ops.subscription_drift() owner to ops_owner;
alter function ops.sync_drifted(jsonb, jsonb, text) owner to ops_owner;
alter function ops.sync_trigger_state() owner to ops_owner;
grant execute on function ops.apply_subscriptions(jsonb, jsonb), ops.expected_subscriptions(jsonb), ops.subscription_drift(),
  ops.sync_drifted(jsonb, jsonb, text), ops.sync_trigger_state(), ops.enable_sync_trigger(jsonb, text) to keeper_ops;

insert into ops.known_definitions (name, definition_hash)
select 'sync_subscription', s.definition_hash from ops.sync_trigger_state() s where s.present;
