-- Roles of the keeper database. Run once by the cluster's administrator; every statement may run again.
do $$
declare
  wanted record;
begin
  for wanted in
    select * from (values
      ('keeper_owner', 'login'),           -- owns the tables and runs the migrations
      ('keeper_app',   'login noinherit')  -- Keeper's servers and workers; owns its job schema only
    ) as roles(name, attributes)
  loop
    if not exists (select from pg_catalog.pg_roles where rolname = wanted.name) then
      execute format('create role %I %s', wanted.name, wanted.attributes);
    end if;
  end loop;
end
$$;

-- The job schema is made for the application's role.
grant keeper_app to keeper_owner;
