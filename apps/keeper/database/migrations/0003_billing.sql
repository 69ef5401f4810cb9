-- What Stripe delivered, exactly as it came. The 200 depends on this insert alone.
create table public.stripe_deliveries (
  stripe_event_id  text primary key,
  type             text        not null,
  api_version      text,
  livemode         boolean     not null,
  account          text, -- a connected account's event: none of our customers
  event_created_at timestamptz not null,
  object_id        text,
  customer_id      text,
  subscription_id  text,
  raw              bytea       not null,
  other_raw        bytea, -- the same event id came again with other bytes: the newest of those
  signature        text        not null,
  source           text        not null default 'webhook' check (source in ('webhook', 'gap_fill')),
  received_at      timestamptz not null default ops.now(),
  received_machine timestamptz not null default clock_timestamp(),
  copies           integer     not null default 1,
  state            text        not null default 'received' check (state in ('received', 'applied', 'ignored', 'quarantined', 'dead')),
  reason           text,
  organization_id  uuid,
  attempts         integer     not null default 0,
  claimed_by       text,
  claimed_until    timestamptz, -- machine time
  retry_at         timestamptz, -- machine time
  last_error       text,
  settled_machine  timestamptz
);
create index stripe_deliveries_waiting on public.stripe_deliveries (received_machine) where state = 'received';
create index stripe_deliveries_waiting_of_customer on public.stripe_deliveries (customer_id) where state = 'received';
-- What health checks ask for every few seconds: indexes that a delivery which came well never enters.
create index stripe_deliveries_dead on public.stripe_deliveries (customer_id) where state = 'dead';
create index stripe_deliveries_quarantined on public.stripe_deliveries (received_machine) where state = 'quarantined';
create index stripe_deliveries_late on public.stripe_deliveries (received_machine)
  where source = 'webhook' and received_at - event_created_at > interval '30 seconds';
create index stripe_deliveries_recent on public.stripe_deliveries (received_machine desc);
create index stripe_deliveries_by_organization on public.stripe_deliveries (organization_id, received_at desc) where organization_id is not null;

-- A queue's table lives on many short-lived versions of its rows.
alter table public.stripe_deliveries set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);

-- The deliveries that wait longest, locked for the caller's transaction. Along the index and in no other way: for a nearly empty queue the
-- planner prefers a bitmap, which reads every entry that was settled since the last vacuum, and read 30,000 of them for each claim at 500/s.
create function ops.waiting_deliveries(at_most integer) returns setof text
  language sql volatile set search_path = '' set enable_bitmapscan = off set enable_seqscan = off set enable_sort = off
  as $$
    select d.stripe_event_id
      from public.stripe_deliveries d
     where d.state = 'received'
       and (d.retry_at is null or d.retry_at <= clock_timestamp())
       and (d.claimed_until is null or d.claimed_until < clock_timestamp())
     order by d.received_machine
     limit at_most
       for update skip locked
  $$;

-- Refused at the door: unsigned, wrongly signed, future-dated. Kept as evidence, never acted on; the body is an unverified claim.
create table public.stripe_rejections (
  id               uuid primary key default ops.uuidv7(),
  received_machine timestamptz not null default clock_timestamp(),
  received_at      timestamptz not null default ops.now(),
  code             text        not null,
  claimed_event_id text,
  claimed_type     text,
  claimed_customer text,
  signature        text,
  body_sha256      bytea       not null,
  body_bytes       integer     not null,
  copies           integer     not null default 1 -- in a flood only the first of a minute are kept one by one; code 'flood' counts the rest
);
create index stripe_rejections_recent on public.stripe_rejections (received_machine desc);

-- One worker at a time refetches an organization. The fencing counter only grows; the operated database refuses an older one.
create table public.organization_leases (
  organization_id uuid primary key,
  fencing         bigint      not null,
  holder          text,
  held_until      timestamptz, -- machine time
  refreshed_machine timestamptz -- the last refetch that was applied: failures before it are healed
);

-- Refetches that failed at Stripe: what the health detector counts, by organization.
create table public.stripe_failures (
  id              uuid primary key default ops.uuidv7(),
  at_machine      timestamptz not null default clock_timestamp(),
  organization_id uuid,
  operation       text        not null,
  status          integer, -- null: no answer
  code            text,
  request_id      text
);
create index stripe_failures_recent on public.stripe_failures (at_machine desc);

-- Complete readings of Stripe's event log. The next one starts where the last complete one ended; a broken one leaves no row.
create table public.gap_fills (
  id               uuid primary key default ops.uuidv7(),
  since            timestamptz not null,
  through          timestamptz not null,
  read             integer     not null,
  added            integer     not null,
  finished_at      timestamptz not null default ops.now(),
  finished_machine timestamptz not null default clock_timestamp()
);
create index gap_fills_recent on public.gap_fills (through desc);

-- Effects of the operated database, relayed by their unique key.
create table public.effects (
  organization_id uuid        not null,
  occurrence_key  text        not null,
  kind            text        not null,
  actor           jsonb       not null,
  payload         jsonb       not null,
  recorded_at     timestamptz not null,
  relayed_machine timestamptz not null default clock_timestamp(),
  primary key (organization_id, occurrence_key)
);
create index effects_by_organization on public.effects (organization_id, recorded_at desc);

-- Links in mails that lead to Stripe's pages: long-lived here, while Stripe's own sessions expire within the hour.
create table public.payment_links (
  token_hash      bytea primary key, -- sha256; the token is an HMAC of the row's id and can be made again
  id              uuid        not null unique default ops.uuidv7(),
  organization_id uuid        not null,
  purpose         text        not null check (purpose in ('update_payment_method', 'pay_invoice')),
  invoice_id      text,
  run_id          uuid,
  created_at      timestamptz not null default ops.now(),
  expires_at      timestamptz not null,
  opened_at       timestamptz
);
-- A run that asks again gets the link that its mail already carries.
create unique index payment_links_of_run on public.payment_links (run_id, organization_id, purpose, invoice_id) nulls not distinct where run_id is not null;
