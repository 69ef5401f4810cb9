-- Business time, as in the operated database: an offset that no application role can write.
create schema ops;
grant usage on schema ops to keeper_app;

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

-- What the clock jumped over. Minutes inside a jump are simulated and count for no SLA.
create table ops.clock_jumps (
  id        uuid primary key default ops.uuidv7(),
  jumped_at timestamptz not null default clock_timestamp(),
  from_time timestamptz not null,
  to_time   timestamptz not null
);

grant select on ops.clock, ops.clock_jumps to keeper_app;

-- Rows of a record are added and never changed: by nobody, the application's role included. Bound to the statement, so that an update that
-- would touch no row, or a truncate, is refused as well.
create function ops.refuse_change() returns trigger
  language plpgsql set search_path = ''
  as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'TK004';
end
$$;
