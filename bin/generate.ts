import { readFileSync, writeFileSync } from 'node:fs';
import { keeperConfig } from '@tillkeeper/keeper/server/config.ts';
import { startHttp } from '@tillkeeper/keeper/server/http.ts';
import { buildLayout } from '@tillkeeper/keeper/templates/buildLayout.ts';
import { dumpSchema, firstDifference } from '@tillkeeper/platform/catalog/dumpSchema';
import { type Catalog, readCatalog } from '@tillkeeper/platform/catalog/readCatalog';
import { openDatabase } from '@tillkeeper/platform/database';
import { createLogger } from '@tillkeeper/platform/log';
import { withProvisioned } from '@tillkeeper/sandbox/testing/provisioned';
import { generate, PostgresDialect } from 'kysely-codegen';
import { contractTypes } from '../tools/contract/contractTypes.ts';

/**
 * `npm run generate`: writes what is derived. From the migrations, by running them on an empty PostgreSQL: the dump of each schema, and the row
 * types; from Keeper's own description of its API: the console's types; from its MJML source: the frame of the mails. With `--check` nothing is
 * written; the exit code is 1 when a file is not what its source gives.
 */

/** pg-boss brings its own schema and its own migrations. */
const leftOut = ['pgboss'];

const typesHeader = `// Written by \`npm run generate\` from the migrated database. Do not edit.
import type { ColumnType } from 'kysely';

/** Read as Temporal.Instant, written as its ISO text. */
type Timestamp = ColumnType<Temporal.Instant, string, string>;

/** Read as parsed JSON of unknown shape, written as JSON text. */
type Json = ColumnType<unknown, string, string>;
`;

/** As the type parsers of the platform's database module read them. */
const typeMapping = { int8: 'number', interval: 'unknown', jsonb: 'Json', timestamptz: 'Timestamp' };

/** Row types of the relations that are wanted. Only `DB` is exported: a row is named by its table. */
async function rowTypes(
  url: string,
  catalog: Catalog,
  wanted: (relation: Catalog['relations'][number]) => boolean,
): Promise<string> {
  const names = catalog.relations
    .filter((relation) => relation.schema !== 'migrations' && wanted(relation))
    .map((relation) => `${relation.schema}.${relation.name}`);
  const database = openDatabase({ url, applicationName: 'generate' });
  try {
    const generated = await generate({
      db: database.kysely,
      dialect: new PostgresDialect(),
      defaultSchemas: ['public'],
      includePattern: `{${names.join(',')}}`,
      outFile: null,
      typeMapping,
    });
    const body = generated.slice(generated.indexOf('export type Generated'));
    return `${typesHeader}\n${body.replaceAll(/^export (?=type|interface)(?!interface DB\b)/gm, '')}`;
  } finally {
    await database.close();
  }
}

/** What Keeper's server says of its API. It opens its databases at the start, and nothing else of the world. */
async function describeApi(urls: { readonly till: string; readonly keeper: string }): Promise<string> {
  const nowhere = 'http://localhost';
  const config = keeperConfig({
    KEEPER_ENVIRONMENT: 'sandbox',
    KEEPER_PORT: '0',
    KEEPER_PUBLIC_URL: nowhere,
    KEEPER_DATABASE_URL: urls.keeper,
    TILL_DATABASE_URL: urls.till,
    TILL_PUBLIC_URL: nowhere,
    STRIPE_SECRET_KEY: 'sk_test_unused',
    STRIPE_WEBHOOK_SECRETS: 'whsec_unused',
    STRIPE_LIVEMODE: 'false',
    SMTP_URL: 'smtp://localhost',
    MAIL_FROM: 'unused@example.com',
    MAIL_REPLY_DOMAIN: 'example.com',
    KEEPER_AUTH_SECRET: 'signs nothing while the types are written',
  });
  const server = await startHttp(config, createLogger({ name: 'generate', level: 'warn' }));
  try {
    const answer = await fetch(`${server.url}/openapi.json`);
    if (!answer.ok) throw new Error(`/openapi.json answers ${answer.status}`);
    return await answer.text();
  } finally {
    await server.close();
  }
}

/** Each generated file with the text that it should have. */
function generateAll(): Promise<Map<string, string>> {
  return withProvisioned(18, async (urls) => {
    const till = await readCatalog(urls.till, leftOut);
    const keeper = await readCatalog(urls.keeper, leftOut);
    const readByKeeper = (relation: Catalog['relations'][number]): boolean =>
      relation.grants.some((grant) => grant.grantee === 'keeper_ops' && grant.privilege === 'select');
    return new Map([
      ['apps/till/database/schema.dump.sql', dumpSchema(till, 'The till database')],
      ['apps/keeper/database/schema.dump.sql', dumpSchema(keeper, 'The keeper database')],
      ['apps/till/database/types.generated.ts', await rowTypes(urls.till, till, () => true)],
      ['apps/keeper/database/types.generated.ts', await rowTypes(urls.keeper, keeper, () => true)],
      ['apps/keeper/database/operated.generated.ts', await rowTypes(urls.till, till, readByKeeper)],
      ['apps/keeper/web/src/api/api.generated.ts', await contractTypes(await describeApi(urls))],
      ['apps/keeper/templates/layout.generated.html', await buildLayout()],
    ]);
  });
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

const check = process.argv.includes('--check');
for (const [file, text] of await generateAll()) {
  const difference = firstDifference(read(file), text);
  if (difference === undefined) continue;
  if (check) {
    process.exitCode = 1;
    process.stderr.write(`${file} is not what its source gives: ${difference}; run npm run generate\n`);
  } else {
    writeFileSync(file, text);
    process.stdout.write(`wrote ${file}\n`);
  }
}
