-- Keeper's foothold in the operated database: the clock and the effects. Needs no table of the application.
create schema if not exists ops;
grant usage on schema ops to public;

-- A function is for nobody until it is granted; PostgreSQL's default gives each new one to everybody.
alter default privileges revoke execute on functions from public;

-- Business time is database time plus an offset that is zero in production. No application role may write it.
create table ops.clock (
  one_row  boolean primary key default true check (one_row),
  "offset" interval not null default interval '0'
);
insert into ops.clock default values;

create function ops.now() returns timestamptz
  language sql stable security definer set search_path = ''
  as $$ select now() + c."offset" from ops.clock c $$;
comment on function ops.now() is 'Business time. Stable within a transaction, so it can drive an index scan on due_at.';

-- The same function as PostgreSQL 18's own, for 15 to 17 as well: 48 bits of milliseconds, then the fraction of the millisecond in 12 bits,
-- so that ids made one after the other in a transaction sort in that order.
create function ops.uuidv7() returns uuid
  language sql volatile parallel safe set search_path = ''
  as $$
    select encode(
      overlay(uuid_send(gen_random_uuid())
              placing int8send((micros / 1000 << 16) | x'7000'::bigint | (micros % 1000 * 4096 / 1000))
              from 1 for 8),
      'hex')::uuid
      from (select (extract(epoch from clock_timestamp()) * 1000000)::bigint as micros) as machine
  $$;

-- What a change caused, written in the transaction of the change: audit row, occurrence key and message cause in one.
-- A relay copies each row to Keeper by its unique key, so a crash on either side loses none and doubles none.
create table ops.effects (
  organization_id uuid        not null,
  occurrence_key  text        not null,
  kind            text        not null,
  actor           jsonb       not null,
  payload         jsonb       not null default '{}',
  recorded_at     timestamptz not null default ops.now(),
  relayed_at      timestamptz,
  primary key (organization_id, occurrence_key)
);
create index effects_not_relayed on ops.effects (recorded_at, occurrence_key) where relayed_at is null;
alter table ops.effects enable row level security;
alter table ops.effects force row level security;

create function ops.record_effect(organization_id uuid, occurrence_key text, kind text, actor jsonb, payload jsonb) returns boolean
  language sql volatile security definer set search_path = ''
  as $$
    with written as (
      insert into ops.effects (organization_id, occurrence_key, kind, actor, payload)
      values ($1, $2, $3, $4, $5)
      on conflict do nothing
      returning 1
    )
    select exists (select from written)
  $$;

-- Keeper's relay: oldest first, marked only after Keeper has them.
create function ops.effects_to_relay(at_most integer) returns setof ops.effects
  language sql stable security definer set search_path = ''
  as $$
    select * from ops.effects where relayed_at is null order by recorded_at, occurrence_key limit $1
  $$;

create function ops.mark_relayed(organization_ids uuid[], occurrence_keys text[]) returns integer
  language sql volatile security definer set search_path = ''
  as $$
    with marked as (
      update ops.effects e
         set relayed_at = clock_timestamp()
        from unnest($1, $2) as k(organization_id, occurrence_key)
       where e.organization_id = k.organization_id and e.occurrence_key = k.occurrence_key and e.relayed_at is null
      returning 1
    )
    select count(*)::integer from marked
  $$;

grant usage, create on schema ops to ops_owner;
alter function ops.now() owner to ops_owner;
alter function ops.uuidv7() owner to ops_owner;
alter function ops.record_effect(uuid, text, text, jsonb, jsonb) owner to ops_owner;
alter function ops.effects_to_relay(integer) owner to ops_owner;
alter function ops.mark_relayed(uuid[], text[]) owner to ops_owner;
grant select on ops.clock to ops_owner;
grant select, insert, update on ops.effects to ops_owner;
grant execute on function ops.now(), ops.uuidv7() to public;
grant execute on function ops.record_effect(uuid, text, text, jsonb, jsonb), ops.effects_to_relay(integer),
  ops.mark_relayed(uuid[], text[]) to keeper_ops;

comment on table ops.clock is 'reference; erasure: keep. How far business time is ahead of the machine.';
comment on table ops.effects is 'tenant; erasure: delete. What changed, who did it and what follows from it, until and after it is relayed.';
