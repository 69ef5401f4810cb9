-- Work that is due and not yet done. The sandbox waits for zero before it takes the next step of an advance; readiness shows it.
create view ops.unsettled as
  select 'stripe_deliveries' as what, count(*)::integer as waiting from public.stripe_deliveries where state = 'received'
  union all select 'messages', count(*)::integer from public.messages
    where (state = 'planned' and due_at <= ops.now()) or state = 'sending'
  union all select 'timers', count(*)::integer from public.timers where done_at is null and due_at <= ops.now()
  -- The second proof comes a few seconds of machine time after the first: that much is waited for. Longer machine waits (probes of an outage,
  -- retries) are no unit of work that an advance could wait for.
  union all select 'runs', count(*)::integer from public.playbook_runs
    where state not in ('done', 'stopped')
      and (wake_at <= ops.now() or wake_machine <= now() or (state = 'proving' and wake_machine <= now() + interval '10 seconds'));

-- The next moment at which something falls due. In a query of its own, since PostgreSQL 15 prints a view of a single table differently from 18.
create view ops.next_due as
  select (
    select min(at) from (
      select min(due_at) as at from public.timers where done_at is null and due_at > ops.now()
      union all select min(due_at) from public.messages where state = 'planned' and due_at > ops.now()
      union all select min(wake_at) from public.playbook_runs where state not in ('done', 'stopped') and wake_at > ops.now()
    ) as due
  ) as due_at;

-- Changes wake the workers and the console. Only on this side: in the operated database notify would lock tenants' commits.
create function ops.announce() returns trigger
  language plpgsql security definer set search_path = ''
  as $$
begin
  perform pg_notify(tg_argv[0], tg_argv[1]);
  return null;
end
$$;
create function ops.announce_row() returns trigger
  language plpgsql security definer set search_path = ''
  as $$
begin
  perform pg_notify('keeper_changes', json_build_object('kind', tg_argv[0], 'id', to_jsonb(new) ->> tg_argv[1])::text);
  return null;
end
$$;

-- Deliveries have no trigger: notify serialises commits, and intake is the hot path. The server announces them itself, many at a time.
-- For each row that waits: the sender first looks for abandoned mails, and a statement that changes none must not wake it again for ever.
create trigger wake_messages after insert or update of state on public.messages
  for each row when (new.state = 'planned') execute function ops.announce('keeper_work', 'messages');
create trigger wake_runs after insert or update of wake_at on public.playbook_runs
  for each statement execute function ops.announce('keeper_work', 'runs');
create trigger wake_timers after insert or update of due_at on public.timers
  for each statement execute function ops.announce('keeper_work', 'timers');

create trigger announce_incident after insert or update on public.incidents for each row execute function ops.announce_row('incident', 'id');
create trigger announce_timeline after insert on public.timeline for each row execute function ops.announce_row('incident', 'incident_id');
create trigger announce_step after update on public.run_steps for each row execute function ops.announce_row('run', 'run_id');
create trigger announce_message after insert or update of state on public.messages for each row execute function ops.announce_row('message', 'id');
create trigger announce_effect after insert on public.effects for each row execute function ops.announce_row('organization', 'organization_id');

create schema identity; -- operators' sign-in
create schema pgboss authorization keeper_app;

grant usage on schema public, identity to keeper_app;
grant select, insert, update on all tables in schema public to keeper_app;
grant delete on public.lanes, public.stripe_rejections to keeper_app;
revoke update on public.audit, public.timeline, public.proofs from keeper_app;
grant select on ops.unsettled, ops.next_due to keeper_app;
revoke all on function ops.announce(), ops.announce_row(), ops.refuse_change() from public;
