-- Plans are data. A Stripe price names its plan; an unknown price is an error for a person, never a guess.
create table public.plans (
  id             text primary key,
  name           text    not null,
  rank           integer not null unique,
  price_minor    bigint  check (price_minor >= 0), -- per month; null: agreed with the customer
  currency       text    not null default 'USD',
  limits         jsonb   not null, -- {products, members, locations, salesPerMonth}: null is unlimited
  benefits       text[]  not null,
  retention_days integer not null check (retention_days > 0)
);
insert into public.plans (id, name, rank, price_minor, limits, benefits, retention_days) values
  ('free',       'Free',       0, 0,    '{"products":100,"members":2,"locations":1,"salesPerMonth":500}',
   '{"One register","100 products","500 sales a month"}', 30),
  ('basic',      'Basic',      1, 2900, '{"products":1000,"members":5,"locations":1,"salesPerMonth":2000}',
   '{"1,000 products","2,000 sales a month","Five team members"}', 30),
  ('pro',        'Pro',        2, 9900, '{"products":10000,"members":15,"locations":5,"salesPerMonth":null}',
   '{"10,000 products","Unlimited sales","Fifteen team members","99.9 % uptime"}', 30),
  ('enterprise', 'Enterprise', 3, null, '{"products":null,"members":null,"locations":null,"salesPerMonth":null}',
   '{"Unlimited products","A support channel of your own","99.99 % uptime with credits"}', 90);

create table public.plan_prices (
  stripe_price_id text primary key,
  plan_id         text not null references public.plans (id)
);

-- status and plan mirror the one effective Stripe subscription; access belongs to the lifecycle. Two truths, two columns.
create table public.organizations (
  id                  uuid primary key default ops.uuidv7(),
  name                text        not null check (length(name) between 1 and 200),
  timezone            text        not null default 'UTC' check (timestamptz '2000-01-01 00:00Z' at time zone timezone is not null), -- raises for an unknown zone
  country             text        not null default 'US',
  locale              text        not null default 'en-US',
  currency            text        not null default 'USD',
  subscription_plan   text        not null default 'free' references public.plans (id),
  subscription_status text        not null default 'active',
  access              text        not null default 'full' check (access in ('full', 'read_only', 'none')),
  access_since        timestamptz not null default ops.now(),
  access_reason       text,
  created_at          timestamptz not null default ops.now()
);

-- Lists go by name, a page at a time.
create index organizations_by_name on public.organizations (name, id);
create index organizations_by_status on public.organizations (subscription_status, name, id);

-- Lookup: Stripe's customer to the organization. No application role may read it.
create table public.stripe_customers (
  stripe_customer_id text primary key,
  organization_id    uuid not null unique references public.organizations (id)
);

create table public.organization_members (
  organization_id uuid        not null references public.organizations (id),
  user_id         uuid        not null,
  role            text        not null check (role in ('owner', 'manager', 'cashier')),
  name            text        not null,
  email           text        not null,
  invited_at      timestamptz not null default ops.now(),
  joined_at       timestamptz,
  revoked_at      timestamptz,
  primary key (organization_id, user_id)
);
create index organization_members_of_user on public.organization_members (user_id) include (organization_id) where revoked_at is null;

create table public.organization_subscriptions (
  organization_id        uuid        not null references public.organizations (id),
  stripe_subscription_id text        not null,
  plan                   text        references public.plans (id), -- null: the price maps to no plan, so a person decides
  status                 text        not null,
  stripe_price_id        text,
  quantity               integer     not null default 1,
  unit_amount_minor      bigint,
  currency               text,
  billing_interval       text,
  default_payment_method text,
  latest_invoice_id      text,
  latest_invoice_status  text,
  started_at             timestamptz not null,
  current_period_start   timestamptz,
  current_period_end     timestamptz,
  trial_end              timestamptz,
  cancel_at_period_end   boolean     not null default false,
  canceled_at            timestamptz,
  ended_at               timestamptz,
  fetched_sequence       bigint      not null, -- the lease's fencing counter at the fetch: an older fetch never overwrites a newer one
  synced_at              timestamptz not null default ops.now(),
  primary key (organization_id, stripe_subscription_id)
);
-- Who owes is a handful among all: asked every few seconds.
create index organization_subscriptions_owing on public.organization_subscriptions (organization_id)
  where status in ('past_due', 'unpaid', 'incomplete');

-- Written in the transaction that applies the event, so "applied" is read here and nowhere else.
create table public.subscription_events (
  organization_id        uuid        not null references public.organizations (id),
  stripe_event_id        text        not null,
  type                   text        not null,
  stripe_subscription_id text,
  event_created_at       timestamptz not null,
  applied_at             timestamptz not null default ops.now(),
  fetched_sequence       bigint      not null,
  primary key (organization_id, stripe_event_id)
);
create index subscription_events_by_time on public.subscription_events (organization_id, applied_at desc);

-- The class of each table and what erasing an organization does to its rows. Checked: a table without them fails the tests.
comment on table public.plans is 'reference; erasure: keep. What is sold, with its limits.';
comment on table public.plan_prices is 'reference; erasure: keep. Which plan a Stripe price means.';
comment on table public.organizations is 'tenant; erasure: pseudonymise. A shop: the row stays as evidence, its name goes.';
comment on table public.stripe_customers is 'lookup; erasure: delete. Which organization a Stripe customer is.';
comment on table public.organization_members is 'tenant; erasure: delete. Who works in a shop and what they may do.';
comment on table public.organization_subscriptions is 'tenant; erasure: keep. What Stripe said of each subscription, last.';
comment on table public.subscription_events is 'tenant; erasure: keep. Which of Stripe''s events have been applied.';
