-- Roles of the till database. Run once by the cluster's administrator; every statement may run again.
-- Supabase brings anon, authenticated, service_role and the schema auth with it; elsewhere they are made here with the same meaning.
do $$
declare
  wanted record;
begin
  for wanted in
    select * from (values
      ('anon',          'nologin noinherit'),
      ('authenticated', 'nologin noinherit'),
      ('service_role',  'nologin noinherit bypassrls'),
      -- Owns every table and runs the migrations.
      ('till_owner',    'login'),
      -- Owns trigger and ops functions: with FORCE RLS a definer function of the table's owner updates nothing and says nothing.
      ('ops_owner',     'nologin bypassrls'),
      -- Till's servers: own nothing, cannot bypass RLS, become anon or authenticated per transaction.
      ('till_app',      'login noinherit'),
      -- Till's sign-in: sees the schema identity only.
      ('till_identity', 'login noinherit'),
      -- Keeper: reads what it compares, writes only through ops functions.
      ('keeper_ops',    'login noinherit bypassrls')
    ) as roles(name, attributes)
  loop
    if not exists (select from pg_catalog.pg_roles where rolname = wanted.name) then
      execute format('create role %I %s', wanted.name, wanted.attributes);
    end if;
  end loop;
end
$$;

grant anon, authenticated to till_app;
-- The owner hands functions over to ops_owner, so it must be able to become it.
grant ops_owner to till_owner;
