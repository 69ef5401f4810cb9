-- Members' sign-in (better-auth's tables), behind a login role of its own that sees nothing else. Sessions run on machine time.
create schema identity;
create table identity."user" (
  "id"            uuid primary key default ops.uuidv7(),
  "name"          text        not null,
  "email"         text        not null unique,
  "emailVerified" boolean     not null,
  "image"         text,
  "createdAt"     timestamptz not null default current_timestamp,
  "updatedAt"     timestamptz not null default current_timestamp
);
create table identity."session" (
  "id"        uuid primary key default ops.uuidv7(),
  "expiresAt" timestamptz not null,
  "token"     text        not null unique,
  "createdAt" timestamptz not null default current_timestamp,
  "updatedAt" timestamptz not null,
  "ipAddress" text,
  "userAgent" text,
  "userId"    uuid        not null references identity."user" ("id") on delete cascade
);
create index session_of_user on identity."session" ("userId");
create table identity."account" (
  "id"                    uuid primary key default ops.uuidv7(),
  "accountId"             text        not null,
  "providerId"            text        not null,
  "userId"                uuid        not null references identity."user" ("id") on delete cascade,
  "accessToken"           text,
  "refreshToken"          text,
  "idToken"               text,
  "accessTokenExpiresAt"  timestamptz,
  "refreshTokenExpiresAt" timestamptz,
  "scope"                 text,
  "password"              text,
  "createdAt"             timestamptz not null default current_timestamp,
  "updatedAt"             timestamptz not null
);
create index account_of_user on identity."account" ("userId");
create table identity."verification" (
  "id"         uuid primary key default ops.uuidv7(),
  "identifier" text        not null,
  "value"      text        not null,
  "expiresAt"  timestamptz not null,
  "createdAt"  timestamptz not null default current_timestamp,
  "updatedAt"  timestamptz not null default current_timestamp
);
create index verification_by_identifier on identity."verification" ("identifier");
grant select, insert, update, delete on all tables in schema identity to till_identity;
grant usage on schema identity to till_identity;

comment on table identity."user" is 'identity; erasure: delete. Who signs in.';
comment on table identity."session" is 'identity; erasure: delete. Signed-in browsers.';
comment on table identity."account" is 'identity; erasure: delete. How a user proves who they are; passwords as scrypt hashes.';
comment on table identity."verification" is 'identity; erasure: delete. Codes under way.';
