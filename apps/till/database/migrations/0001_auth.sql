-- Supabase's auth contract. On Supabase these functions exist and are left alone.
create schema if not exists auth;

do $$
begin
  if to_regprocedure('auth.jwt()') is null then
    create function auth.jwt() returns jsonb
      language sql stable
      as $f$ select coalesce(nullif(current_setting('request.jwt.claims', true), ''), '{}')::jsonb $f$;
  end if;
  if to_regprocedure('auth.uid()') is null then
    create function auth.uid() returns uuid
      language sql stable
      as $f$ select nullif(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub', '')::uuid $f$;
  end if;
end
$$;

grant usage on schema auth to anon, authenticated, service_role, ops_owner;
grant execute on function auth.jwt(), auth.uid() to public;

-- A temporary type would be found before pg_catalog's own, in definer functions too: their empty search_path does not keep it out.
do $$
begin
  execute format('revoke temporary on database %I from public', current_database());
end
$$;
