create table public.messages (
  id              uuid primary key default ops.uuidv7(),
  organization_id uuid,
  template        text        not null,
  recipient       text        not null,
  recipient_name  text,
  occurrence_key  text        not null unique, -- for ever: a cause that fires again finds its mail
  class           text        not null check (class in ('service', 'optional')),
  incident_id     uuid,
  variables       jsonb       not null,
  state           text        not null default 'planned'
                    check (state in ('planned', 'held', 'sending', 'accepted', 'unknown', 'failed', 'delivered', 'bounced', 'skipped')),
  reason          text,
  due_at          timestamptz not null default ops.now(),
  not_after       timestamptz,
  subject         text,
  body_text       text,
  body_html       text,
  body_hash       bytea, -- frozen at the first attempt: every retry sends the same bytes
  message_id      text unique,
  attempts        integer     not null default 0,
  second_copy     boolean     not null default false, -- the one marked copy that an unknown outcome allows
  claimed_by      text,
  claimed_until   timestamptz, -- machine time
  handed_over     timestamptz, -- machine time at which SMTP began; set and not accepted means that nobody knows
  retry_at        timestamptz, -- machine time
  created_at      timestamptz not null default ops.now(),
  sent_at         timestamptz
);
create index messages_due on public.messages (due_at) where state in ('planned', 'sending');
create index messages_by_organization on public.messages (organization_id, id desc);
create index messages_by_recipient on public.messages (recipient, id desc);
create index messages_by_incident on public.messages (incident_id) where incident_id is not null;
-- Counted at every scrape: without it that would read every mail ever sent.
create index messages_unsettled on public.messages (state) where state in ('planned', 'held', 'sending', 'unknown', 'failed', 'bounced');
