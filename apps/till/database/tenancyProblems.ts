import type { Catalog, Relation } from '@tillkeeper/platform/catalog/readCatalog';

export type TableClass = 'tenant' | 'identity' | 'lookup' | 'reference';
export type Erasure = 'delete' | 'pseudonymise' | 'keep';

/** Each table's comment begins with it: what the table is, and what erasing an organization does to its rows. */
const declaration = /^(tenant|identity|lookup|reference); erasure: (delete|pseudonymise|keep)\. \S/;

/** Roles that carry a request of a person, or that Till's servers log in as. */
const applicationRoles = ['anon', 'authenticated', 'till_app', 'till_identity', 'public'];

/** What anybody may call: who is asking, what time it is, a new id. Each other function is granted by name. */
const publicRoutines = ['auth.jwt()', 'auth.uid()', 'ops.now()', 'ops.uuidv7()'];

/** Enabling the trigger takes the table's owner; every other definer function runs as the role that bypasses row security. */
const ownedByTheTablesOwner = ['ops.enable_sync_trigger(jsonb,text)'];

const isTable = (relation: Relation): boolean => relation.kind === 'table' && relation.schema !== 'migrations';
const nameOf = (relation: Relation): string => `${relation.schema}.${relation.name}`;

/** What a table says of itself; undefined when it says nothing. */
export function declaredAs(relation: Relation): { readonly class: TableClass; readonly erasure: Erasure } | undefined {
  const [, tableClass, erasure] = declaration.exec(relation.comment ?? '') ?? [];
  return tableClass === undefined ? undefined : { class: tableClass as TableClass, erasure: erasure as Erasure };
}

/** Where the till database breaks a rule of tenancy, one sentence each. Empty is what the tests ask for. */
export function tenancyProblems(catalog: Catalog): string[] {
  const tables = catalog.relations.filter(isTable);
  const tenants = new Set(tables.filter((table) => declaredAs(table)?.class === 'tenant').map(nameOf));
  return [
    ...tables.flatMap((table) => tableProblems(table, tenants)),
    ...tables.flatMap(grantProblems),
    ...routineProblems(catalog),
    ...catalog.roles
      .filter(
        (role) =>
          applicationRoles.includes(role.name) &&
          role.attributes.some((each) => /^(bypassrls|createrole|superuser|replication)$/.test(each)),
      )
      .map((role) => `role ${role.name} is ${role.attributes.join(' ')}`),
    ...[...catalog.relations, ...catalog.routines, ...catalog.schemas]
      .filter((thing) => applicationRoles.includes(thing.owner))
      .map((thing) => `${thing.owner} owns ${'identity' in thing ? thing.identity : thing.name}`),
  ];
}

function tableProblems(table: Relation, tenants: ReadonlySet<string>): string[] {
  const name = nameOf(table);
  const declared = declaredAs(table);
  if (declared === undefined) return [`${name} does not declare its class and what erasure does`];
  const key = name === 'public.organizations' ? 'id' : 'organization_id';
  const carries = table.columns.some((column) => column.name === 'organization_id') || name === 'public.organizations';
  const secured = table.rowSecurity && table.rowSecurityForced;
  const problems: string[] = [];
  if (carries && declared.class !== 'tenant' && declared.class !== 'lookup')
    problems.push(`${name} carries organization_id and is called ${declared.class}`);
  if (!carries && declared.class === 'tenant') problems.push(`${name} is called tenant and carries no organization_id`);
  if ((carries || table.schema === 'public') && !secured)
    problems.push(`${name}: row security is not enabled and forced`);
  if (declared.class !== 'tenant') return problems;
  if (table.columns.some((column) => column.name === key && !column.notNull))
    problems.push(`${name}.${key} may be null`);
  for (const { name: constraint, definition } of [...table.constraints, ...table.indexes]) {
    const unique = /^(?:PRIMARY KEY|UNIQUE(?: NULLS NOT DISTINCT)?|CREATE UNIQUE INDEX .* USING \w+) \((\w+)/.exec(
      definition,
    );
    if (unique !== null && unique[1] !== key) problems.push(`${name}: ${constraint} does not begin with ${key}`);
    const foreign = /^FOREIGN KEY \((\w+)[^)]*\) REFERENCES ([\w.]+)\((\w+)/.exec(definition);
    if (foreign === null || !tenants.has(foreign[2] ?? '')) continue;
    const target = foreign[2] === 'public.organizations' ? 'id' : 'organization_id';
    if (foreign[1] !== key || foreign[3] !== target)
      problems.push(`${name}: ${constraint} may lead to another organization`);
  }
  return problems;
}

function grantProblems(table: Relation): string[] {
  const name = nameOf(table);
  const declared = declaredAs(table);
  const toApplication = table.grants.filter((grant) => applicationRoles.includes(grant.grantee));
  return toApplication
    .filter((grant) => {
      if (declared?.class === 'identity') return grant.grantee !== 'till_identity';
      if (declared?.class === 'lookup' || table.schema !== 'public') return true;
      if (grant.grantee === 'anon') return name !== 'public.plans' || grant.privilege !== 'select';
      return grant.grantee !== 'authenticated' || !['select', 'insert', 'update'].includes(grant.privilege);
    })
    .map((grant) => `${name}: ${grant.privilege} is granted to ${grant.grantee}`);
}

function routineProblems(catalog: Catalog): string[] {
  return catalog.routines.flatMap((routine) => {
    const open = routine.grants.some((grant) => grant.grantee === 'public' && grant.privilege === 'execute');
    const definer = /\n[^$]*\bSECURITY DEFINER\b/.test(routine.definition);
    const owner = ownedByTheTablesOwner.includes(routine.identity) ? 'till_owner' : 'ops_owner';
    return [
      ...(open === publicRoutines.includes(routine.identity)
        ? []
        : [`${routine.identity} is ${open ? '' : 'not '}executable by everybody`]),
      ...(definer && !routine.definition.includes(`SET search_path TO ''`)
        ? [`${routine.identity} takes its caller's search_path`]
        : []),
      ...(definer && routine.owner !== owner ? [`${routine.identity} runs as ${routine.owner}, not as ${owner}`] : []),
    ];
  });
}
