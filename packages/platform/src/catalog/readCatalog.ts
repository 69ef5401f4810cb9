import pg from 'pg';
import { Secret } from '../secret.ts';

export interface Role {
  readonly name: string;
  readonly attributes: readonly string[];
  readonly memberOf: readonly string[];
}

export interface Grant {
  readonly privilege: string;
  /** Null for a grant on the whole object. */
  readonly column: string | null;
  readonly grantee: string;
  readonly grantable: boolean;
}

export interface Schema {
  readonly name: string;
  readonly owner: string;
  readonly grants: readonly Grant[];
}

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly notNull: boolean;
  readonly default: string | null;
  /** As SQL writes it: `generated always as identity`, `generated always as (…) stored`. */
  readonly generated: string | null;
}

export interface Policy {
  readonly name: string;
  readonly permissive: boolean;
  readonly command: string;
  readonly roles: readonly string[];
  readonly using: string | null;
  readonly check: string | null;
}

export interface Trigger {
  readonly name: string;
  readonly definition: string;
  /** O: enabled, D: disabled, R: on a replica, A: always. */
  readonly enabled: 'O' | 'D' | 'R' | 'A';
}

export interface Relation {
  readonly schema: string;
  readonly name: string;
  readonly kind: 'table' | 'view' | 'materialized view' | 'sequence';
  readonly owner: string;
  readonly comment: string | null;
  readonly options: readonly string[];
  readonly rowSecurity: boolean;
  readonly rowSecurityForced: boolean;
  readonly partitionKey: string | null;
  readonly definition: string | null;
  readonly columns: readonly Column[];
  readonly constraints: readonly { readonly name: string; readonly definition: string }[];
  readonly indexes: readonly { readonly name: string; readonly definition: string }[];
  readonly policies: readonly Policy[];
  readonly triggers: readonly Trigger[];
  readonly grants: readonly Grant[];
}

export interface Routine {
  readonly schema: string;
  readonly identity: string;
  readonly owner: string;
  readonly comment: string | null;
  readonly definition: string;
  readonly grants: readonly Grant[];
}

export interface Catalog {
  readonly roles: readonly Role[];
  readonly databaseGrants: readonly Grant[];
  readonly defaultPrivileges: readonly string[];
  readonly schemas: readonly Schema[];
  readonly relations: readonly Relation[];
  readonly routines: readonly Routine[];
  /** Everything else that is there (types, extensions, event triggers …), by name only, so that nothing comes in unseen. */
  readonly others: readonly string[];
}

// What is not compared: PostgreSQL's own schemas, and those of libraries that migrate themselves.
const inScope = `n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema' and n.nspname <> all ($1::text[])`;

// MAINTAIN came with PostgreSQL 17 and is part of `grant all` since then. An owner's own rights are left out: it can grant them to itself.
const grants = (acl: string, kind: string, owner: string): string => `
  coalesce((select jsonb_agg(jsonb_build_object('privilege', lower(a.privilege_type), 'column', null,
                               'grantee', case when a.grantee = 0 then 'public' else pg_get_userbyid(a.grantee) end, 'grantable', a.is_grantable)
                             order by pg_get_userbyid(a.grantee) collate "C", a.privilege_type collate "C")
              from aclexplode(coalesce(${acl}, acldefault('${kind}', ${owner}))) a
             where a.grantee <> ${owner} and a.privilege_type <> 'MAINTAIN'), '[]')`;

const schemasSql = `
  select n.nspname::text as name, pg_get_userbyid(n.nspowner)::text as owner, ${grants('n.nspacl', 'n', 'n.nspowner')} as grants
    from pg_namespace n where ${inScope} order by n.nspname collate "C"`;

const databaseGrantsSql = `select ${grants('d.datacl', 'd', 'd.datdba')} as grants from pg_database d where d.datname = current_database()`;

const defaultPrivilegesSql = `
  select concat_ws(' ', 'for', pg_get_userbyid(d.defaclrole), 'in schema ' || n.nspname, 'on',
                   case d.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions' when 'T' then 'types' else 'schemas' end,
                   ':', coalesce((select string_agg(lower(a.privilege_type) || ' to ' || case when a.grantee = 0 then 'public' else pg_get_userbyid(a.grantee) end,
                                              ', ' order by pg_get_userbyid(a.grantee) collate "C", a.privilege_type collate "C")
                                    from aclexplode(d.defaclacl) a where a.privilege_type <> 'MAINTAIN'), 'nothing')) as line
    from pg_default_acl d left join pg_namespace n on n.oid = d.defaclnamespace
   where n.oid is null or ${inScope}`;

const relationsSql = `
  select n.nspname::text as schema, c.relname::text as name,
         case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence' else 'table' end as kind,
         pg_get_userbyid(c.relowner)::text as owner, obj_description(c.oid, 'pg_class') as comment,
         coalesce(to_jsonb(c.reloptions), '[]') as options,
         c.relrowsecurity as "rowSecurity", c.relforcerowsecurity as "rowSecurityForced",
         case when c.relkind = 'p' then pg_get_partkeydef(c.oid) end as "partitionKey",
         case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end as definition,
         coalesce((select jsonb_agg(jsonb_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'notNull', a.attnotnull,
                             'default', case when a.attgenerated = '' then pg_get_expr(d.adbin, d.adrelid) end,
                             'generated', case when a.attidentity = 'a' then 'generated always as identity'
                                               when a.attidentity = 'd' then 'generated by default as identity'
                                               when a.attgenerated <> '' then 'generated always as (' || pg_get_expr(d.adbin, d.adrelid) || ') stored' end)
                             order by a.attnum)
                     from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
                    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and c.relkind <> 'S'), '[]') as columns,
         -- PostgreSQL 18 keeps not null as a constraint too; the column says it already.
         coalesce((select jsonb_agg(jsonb_build_object('name', k.conname, 'definition', pg_get_constraintdef(k.oid)) order by k.conname collate "C")
                     from pg_constraint k where k.conrelid = c.oid and k.contype not in ('n', 't')), '[]') as constraints,
         coalesce((select jsonb_agg(jsonb_build_object('name', x.relname, 'definition', pg_get_indexdef(i.indexrelid) || case when i.indisvalid then '' else ' -- INVALID' end)
                             order by x.relname collate "C")
                     from pg_index i join pg_class x on x.oid = i.indexrelid
                    where i.indrelid = c.oid and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.conrelid = c.oid)), '[]') as indexes,
         coalesce((select jsonb_agg(jsonb_build_object('name', p.polname, 'permissive', p.polpermissive,
                             'command', case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
                             'roles', (select jsonb_agg(case when r = 0 then 'public' else pg_get_userbyid(r)::text end order by pg_get_userbyid(r) collate "C") from unnest(p.polroles) r),
                             'using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid))
                             order by p.polname collate "C")
                     from pg_policy p where p.polrelid = c.oid), '[]') as policies,
         coalesce((select jsonb_agg(jsonb_build_object('name', t.tgname, 'definition', pg_get_triggerdef(t.oid), 'enabled', t.tgenabled) order by t.tgname collate "C")
                     from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal), '[]') as triggers,
         ${grants('c.relacl', 'r', 'c.relowner')}
         || coalesce((select jsonb_agg(jsonb_build_object('privilege', lower(x.privilege_type), 'column', a.attname,
                                'grantee', case when x.grantee = 0 then 'public' else pg_get_userbyid(x.grantee) end, 'grantable', x.is_grantable)
                                order by pg_get_userbyid(x.grantee) collate "C", x.privilege_type collate "C", a.attnum)
                        from pg_attribute a, aclexplode(a.attacl) x
                       where a.attrelid = c.oid and a.attacl is not null and not a.attisdropped), '[]') as grants
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relkind in ('r', 'p', 'v', 'm', 'S') and ${inScope}
     and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'i' and c.relkind = 'S')
   order by n.nspname collate "C", c.relname collate "C"`;

const routinesSql = `
  select n.nspname::text as schema, p.oid::regprocedure::text as identity, pg_get_userbyid(p.proowner)::text as owner,
         obj_description(p.oid, 'pg_proc') as comment,
         case when p.prokind in ('f', 'p') then pg_get_functiondef(p.oid) else p.prokind::text end as definition,
         ${grants('p.proacl', 'f', 'p.proowner')} as grants
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
   where ${inScope} and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
   order by n.nspname collate "C", p.oid::regprocedure::text collate "C"`;

// Roles belong to the cluster: taken are those that this database names, and who is in them or whom they are in.
const rolesSql = `
  with recursive named as (
    select unnest($1::text[])::name as rolname
  ), reached as (
    select r.oid from pg_roles r join named on named.rolname = r.rolname
    union
    select case when m.member = reached.oid then m.roleid else m.member end
      from reached join pg_auth_members m on reached.oid in (m.member, m.roleid)
  )
  select r.rolname::text as name,
         array_remove(array[case when r.rolcanlogin then 'login' else 'nologin' end, case when r.rolinherit then 'inherit' else 'noinherit' end,
           case when r.rolbypassrls then 'bypassrls' end, case when r.rolcreaterole then 'createrole' end, case when r.rolcreatedb then 'createdb' end,
           case when r.rolreplication then 'replication' end, case when r.rolsuper then 'superuser' end], null) as attributes,
         array(select g.rolname::text || case when bool_or(m.admin_option) then ' with admin option' else '' end
                 from pg_auth_members m join pg_roles g on g.oid = m.roleid where m.member = r.oid group by g.rolname order by g.rolname collate "C") as "memberOf"
    from pg_roles r
   where r.oid in (select oid from reached) and r.rolname not like 'pg\\_%' and r.oid <> 10
   order by r.rolname collate "C"`;

const othersSql = `
  select i.type || ' ' || i.identity as line
    from (select 'pg_type'::regclass as class, t.oid from pg_type t join pg_namespace n on n.oid = t.typnamespace
           where ${inScope} and (t.typtype in ('e', 'd', 'r', 'm') or (t.typtype = 'c' and exists (select from pg_class c where c.oid = t.typrelid and c.relkind = 'c')))
          union all select 'pg_class', c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace where ${inScope} and c.relkind = 'f'
          union all select 'pg_extension', e.oid from pg_extension e where e.extname <> 'plpgsql'
          union all select 'pg_event_trigger', e.oid from pg_event_trigger e
          union all select 'pg_publication', p.oid from pg_publication p
          union all select 'pg_rewrite', w.oid from pg_rewrite w join pg_class c on c.oid = w.ev_class join pg_namespace n on n.oid = c.relnamespace
                     where ${inScope} and w.rulename <> '_RETURN'
          union all select 'pg_operator', o.oid from pg_operator o join pg_namespace n on n.oid = o.oprnamespace where ${inScope}
          union all select 'pg_statistic_ext', s.oid from pg_statistic_ext s join pg_namespace n on n.oid = s.stxnamespace where ${inScope}) as o,
         lateral pg_identify_object(o.class, o.oid, 0) as i`;

/**
 * Reads what a database consists of from its catalog, in one snapshot and as any role that may connect. `leaveOut` names schemas of libraries
 * that migrate themselves. The answer is the same on PostgreSQL 15 to 18.
 */
export async function readCatalog(url: Secret | string, leaveOut: readonly string[] = []): Promise<Catalog> {
  const client = new pg.Client({
    connectionString: url instanceof Secret ? url.reveal() : url,
    application_name: 'read-catalog',
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('begin isolation level repeatable read read only');
    return await readCatalogIn(client, leaveOut);
  } finally {
    await client.end();
  }
}

/** The same as the caller's open transaction sees it, its own changes included. */
export async function readCatalogIn(client: pg.ClientBase, leaveOut: readonly string[] = []): Promise<Catalog> {
  // With an empty path every name comes out qualified, whoever asks.
  await client.query(`set local search_path = ''`);
  const read = async <Row extends object>(sql: string, values: unknown[] = [leaveOut]): Promise<Row[]> =>
    (await client.query<Row>(sql, values)).rows;
  const lines = async (sql: string): Promise<string[]> =>
    (await read<{ line: string }>(sql)).map((row) => row.line).sort();
  const schemas = await read<Schema>(schemasSql);
  const [database] = await read<{ grants: Grant[] }>(databaseGrantsSql, []);
  const relations = await read<Relation>(relationsSql);
  const routines = await read<Routine>(routinesSql);
  const named = new Set<string>();
  for (const thing of [...schemas, ...relations, ...routines]) {
    named.add(thing.owner);
    for (const grant of thing.grants) named.add(grant.grantee);
  }
  for (const policy of relations.flatMap((relation) => relation.policies))
    for (const role of policy.roles) named.add(role);
  return {
    roles: await read<Role>(rolesSql, [[...named]]),
    databaseGrants: database?.grants ?? [],
    defaultPrivileges: await lines(defaultPrivilegesSql),
    schemas,
    relations,
    routines,
    others: await lines(othersSql),
  };
}
