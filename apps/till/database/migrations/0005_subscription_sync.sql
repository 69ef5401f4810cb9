-- One view decides which subscription counts. The trigger, the drift check and the repair all ask it.
-- A view, because a condition on organization_id reaches its index: the trigger asks for one organization of a million.
create schema billing;
grant usage, create on schema billing to ops_owner;
grant usage on schema billing to keeper_ops;

-- A live subscription outranks an ended one; a status that nobody knows yet stands before the ended ones.
create function billing.subscription_rank(status text) returns integer
  language sql immutable -- without a search_path of its own, so that it is inlined; it names nothing
  as $$
    select case status
             when 'active' then 1 when 'trialing' then 2 when 'past_due' then 3 when 'unpaid' then 4
             when 'paused' then 5 when 'incomplete' then 6 when 'canceled' then 8 else 7
           end
  $$;

-- Among equals the latest started counts, then the id, so that two runs never disagree.
create view billing.effective_subscriptions as
  select o.id as organization_id,
         best.stripe_subscription_id,
         coalesce(best.plan, case when best.stripe_subscription_id is null then 'free' else o.subscription_plan end) as plan,
         coalesce(best.status, 'active') as status
    from public.organizations o
    left join lateral (
      select s.stripe_subscription_id, s.plan, s.status
        from public.organization_subscriptions s
       where s.organization_id = o.id and s.status <> 'incomplete_expired'
       order by billing.subscription_rank(s.status), s.started_at desc, s.stripe_subscription_id desc
       limit 1
    ) best on true;
comment on view billing.effective_subscriptions is
  'The one effective subscription of each organization. Without any, the plan is free and active. An unmapped price keeps the plan as it is.';

create function billing.sync_subscription() returns trigger
  language plpgsql security definer set search_path = ''
  as $$
declare
  -- Two only when a subscription moves to another organization.
  targets uuid[] := array(select distinct t from unnest(array[old.organization_id, new.organization_id]) t where t is not null);
  touched integer;
begin
  update public.organizations o
     set subscription_plan = e.plan, subscription_status = e.status
    from billing.effective_subscriptions e
   where o.id = any (targets) and e.organization_id = o.id;
  get diagnostics touched = row_count;
  if touched <> cardinality(targets) then
    raise exception 'subscription not synced: % of % organizations touched', touched, cardinality(targets)
      using errcode = 'TK002', detail = targets::text;
  end if;
  return null;
end
$$;

alter function billing.subscription_rank(text) owner to ops_owner;
alter view billing.effective_subscriptions owner to ops_owner;
alter function billing.sync_subscription() owner to ops_owner;
revoke all on function billing.subscription_rank(text) from public;
grant execute on function billing.subscription_rank(text) to keeper_ops; -- who reads a view must be allowed its functions
grant select on billing.effective_subscriptions to keeper_ops;
grant select on public.organization_subscriptions, public.plan_prices, public.plans, public.stripe_customers to ops_owner;
grant select, update on public.organizations to ops_owner;

create trigger sync_subscription
  after insert or update or delete on public.organization_subscriptions
  for each row execute function billing.sync_subscription();
