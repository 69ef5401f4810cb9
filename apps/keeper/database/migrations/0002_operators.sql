create table public.api_tokens (
  id           uuid primary key default ops.uuidv7(),
  name         text        not null,
  token_hash   bytea       not null unique, -- sha256; the token itself is shown once
  created_at   timestamptz not null default ops.now(),
  last_used_at timestamptz, -- machine time
  revoked_at   timestamptz
);

-- Every verb writes its row here, in the transaction of the change.
create table public.audit (
  id              uuid primary key default ops.uuidv7(),
  at              timestamptz not null default ops.now(),
  actor           jsonb       not null,
  action          text        not null, -- entity.verb
  subject_id      text        not null,
  organization_id uuid,
  details         jsonb       not null default '{}',
  request_id      text
);
create index audit_by_organization on public.audit (organization_id, id desc) where organization_id is not null;
create trigger append_only before update or delete or truncate on public.audit
  for each statement execute function ops.refuse_change();
