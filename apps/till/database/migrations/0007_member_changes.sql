-- The audit row of a change that a member makes, in the transaction of the change.
-- Narrow: only for the caller's own organizations, only in the caller's own name, and only under kinds and keys that begin with `till`, so
-- that no member can write what Keeper takes for news from Stripe.
create function private.record_change(organization_id uuid, occurrence_key text, kind text, payload jsonb) returns void
  language plpgsql volatile security definer set search_path = ''
  as $$
begin
  if $1 not in (select private.my_organizations()) then
    raise exception 'not a member of organization %', $1 using errcode = '42501';
  end if;
  insert into ops.effects (organization_id, occurrence_key, kind, actor, payload)
  values ($1, 'till:' || $2, 'till.' || $3, jsonb_build_object('kind', 'member', 'userId', auth.uid(), 'organizationId', $1), $4);
end
$$;
alter function private.record_change(uuid, text, text, jsonb) owner to ops_owner;
grant execute on function private.record_change(uuid, text, text, jsonb) to authenticated;
