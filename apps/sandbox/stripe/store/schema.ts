// One row per object, its wire form as JSON beside what lists are filtered by. Timers are derived from an object each
// time it is written, so that they can never disagree with it.
export const schema = `
create table if not exists objects (
  seq integer primary key autoincrement,
  id text not null unique,
  kind text not null,
  created integer not null,
  customer text,
  subscription text,
  parent text,
  status text,
  clock text,
  deleted integer not null default 0,
  body text not null,
  internal text
) strict;
create index if not exists objects_listed on objects (kind, created desc, seq desc) where deleted = 0;
create index if not exists objects_customer on objects (customer, kind, created desc, seq desc) where customer is not null;
create index if not exists objects_subscription on objects (subscription, kind, created desc, seq desc) where subscription is not null;
create index if not exists objects_parent on objects (parent, kind, created desc, seq desc) where parent is not null;
create index if not exists objects_clock on objects (clock) where clock is not null;

create table if not exists timers (
  object text not null,
  kind text not null,
  action text not null,
  due integer not null,
  clock text,
  primary key (object, action)
) strict, without rowid;
create index if not exists timers_due on timers (clock, due);

-- Other names by which an object is found: the items inside a subscription, the tokens of hosted pages.
create table if not exists parts (
  id text primary key,
  owner text not null
) strict, without rowid;
create index if not exists parts_owner on parts (owner);

create table if not exists events (
  seq integer primary key autoincrement,
  id text not null unique,
  type text not null,
  created integer not null,
  object text,
  data text not null,
  request text not null
) strict;
create index if not exists events_created on events (created desc, seq desc);
create index if not exists events_object on events (object, type);

create table if not exists deliveries (
  seq integer primary key autoincrement,
  event text not null,
  endpoint text not null,
  state text not null check (state in ('pending', 'delivered', 'failed')),
  attempts integer not null default 0,
  first_at integer not null,
  next_at integer not null,
  last_error text
) strict;
create index if not exists deliveries_due on deliveries (next_at, seq) where state = 'pending';
create index if not exists deliveries_event on deliveries (event);

create table if not exists idempotency (
  key text primary key,
  fingerprint text not null,
  status integer not null,
  body text not null,
  request_id text not null,
  stored_at integer not null
) strict, without rowid;

create table if not exists facts (
  name text primary key,
  value text not null
) strict, without rowid;
`;
