import type { Catalog, Grant, Relation, Routine } from './readCatalog.ts';

const enabledWords = { O: '', D: ' -- DISABLED', R: ' -- ON REPLICA ONLY', A: ' -- ALWAYS' } as const;

/**
 * A catalog as text: one line a fact, in a fixed order, so that two databases can be compared by their lines and a change of the schema is
 * read in review as what it does. Not meant to be run.
 */
export function dumpSchema(catalog: Catalog, title: string): string {
  const blocks = [
    `-- ${title}, as the catalog tells it. Written by \`npm run generate\`, compared by \`npm run check\`. Not meant to be run.`,
    catalog.roles
      .map((role) =>
        [
          `role ${role.name} ${role.attributes.join(' ')}`,
          ...role.memberOf.map((group) => `  member of ${group}`),
        ].join('\n'),
      )
      .join('\n'),
    ['database', ...grantLines(catalog.databaseGrants)].join('\n'),
    ...(catalog.defaultPrivileges.length > 0
      ? [catalog.defaultPrivileges.map((line) => `default privileges ${line}`).join('\n')]
      : []),
    ...catalog.schemas.map((schema) =>
      [`schema ${schema.name} owner ${schema.owner}`, ...grantLines(schema.grants)].join('\n'),
    ),
    ...catalog.relations.map(relationBlock),
    ...catalog.routines.map(routineBlock),
    ...(catalog.others.length > 0 ? [catalog.others.join('\n')] : []),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function relationBlock(relation: Relation): string {
  const security = relation.rowSecurity ? `, row security ${relation.rowSecurityForced ? 'forced' : 'enabled'}` : '';
  const partitions = relation.partitionKey === null ? '' : `, partition by ${relation.partitionKey}`;
  const options = relation.options.length > 0 ? `, with (${relation.options.join(', ')})` : '';
  return [
    `${relation.kind} ${relation.schema}.${relation.name} owner ${relation.owner}${security}${partitions}${options}`,
    ...(relation.comment === null ? [] : [`  -- ${oneLine(relation.comment)}`]),
    ...(relation.definition === null ? [] : [`  as ${oneLine(relation.definition)}`]),
    ...relation.columns.map(
      (column) =>
        `  column ${column.name} ${column.type}${column.notNull ? ' not null' : ''}${column.default === null ? '' : ` default ${column.default}`}` +
        `${column.generated === null ? '' : ` ${column.generated}`}`,
    ),
    ...relation.constraints.map((constraint) => `  constraint ${constraint.name} ${oneLine(constraint.definition)}`),
    ...relation.indexes.map((index) => `  ${oneLine(index.definition)}`),
    ...relation.policies.map(
      (policy) =>
        `  policy ${policy.name}${policy.permissive ? '' : ' as restrictive'} for ${policy.command} to ${policy.roles.join(', ')}` +
        `${policy.using === null ? '' : ` using (${oneLine(policy.using)})`}${policy.check === null ? '' : ` with check (${oneLine(policy.check)})`}`,
    ),
    ...relation.triggers.map((trigger) => `  ${trigger.definition}${enabledWords[trigger.enabled]}`),
    ...grantLines(relation.grants),
  ].join('\n');
}

function routineBlock(routine: Routine): string {
  return [
    `routine ${routine.identity} owner ${routine.owner}`,
    ...(routine.comment === null ? [] : [`  -- ${oneLine(routine.comment)}`]),
    ...grantLines(routine.grants),
    ...routine.definition
      .trimEnd()
      .split('\n')
      .map((line) => `  | ${line}`.trimEnd()),
  ].join('\n');
}

/** One line per grantee: `grant select, update (name, timezone) to authenticated`. */
function grantLines(grants: readonly Grant[]): string[] {
  const byGrantee = new Map<string, Map<string, string[]>>();
  for (const grant of grants) {
    const grantee = `${grant.grantee}${grant.grantable ? ' with grant option' : ''}`;
    const privileges = byGrantee.get(grantee) ?? new Map<string, string[]>();
    byGrantee.set(grantee, privileges);
    const key = `${grant.privilege}${grant.column === null ? '' : ' columns'}`;
    privileges.set(key, [...(privileges.get(key) ?? []), ...(grant.column === null ? [] : [grant.column])]);
  }
  return [...byGrantee].map(([grantee, privileges]) => {
    const list = [...privileges].map(
      ([key, columns]) => key.replace(/ columns$/, '') + (columns.length > 0 ? ` (${columns.join(', ')})` : ''),
    );
    return `  grant ${list.join(', ')} to ${grantee}`;
  });
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** The first line in which two dumps differ, told with both sides; undefined when they are equal. */
export function firstDifference(expected: string, actual: string): string | undefined {
  if (expected === actual) return undefined;
  const wanted = expected.split('\n');
  const found = actual.split('\n');
  const at = wanted.findIndex((line, index) => line !== found[index]);
  const line = at === -1 ? wanted.length : at;
  const heading = found.slice(0, line + 1).findLast((text) => /^\S/.test(text)) ?? '';
  return `line ${line + 1} (${heading}): expected ${JSON.stringify(wanted[line] ?? null)}, found ${JSON.stringify(found[line] ?? null)}`;
}
