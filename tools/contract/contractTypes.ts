import openapiTypes, { astToString } from 'openapi-typescript';

/**
 * A workspace of its own: openapi-typescript needs the TypeScript that is written in JavaScript, and everything else here is checked by the
 * native one, which has no programming interface.
 */

const header = `// Written by \`npm run generate\` from Keeper's /openapi.json. Do not edit.
`;

/** The paths of an API as TypeScript, from the text of an OpenAPI 3.1 document. */
export async function contractTypes(openapi: string): Promise<string> {
  return `${header}${astToString(await openapiTypes(openapi, { alphabetize: true }))}`;
}
