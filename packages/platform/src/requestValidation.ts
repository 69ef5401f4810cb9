import type { FastifySchemaCompiler, FastifySchemaValidationError } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Value } from 'typebox/value';

/** One thing that is wrong with a request: `body/name`, `is required`. */
export interface FieldProblem {
  readonly field: string;
  readonly message: string;
}

/**
 * Query strings, path parameters and headers are text: `limit=20` becomes the number that the schema asks for. Bodies are taken as they are,
 * `"20"` is no number there. Defaults are filled in everywhere.
 */
export const requestValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const validator = Compile(schema);
  return (value: unknown) => {
    const filled = Value.Default(schema, value);
    const converted = httpPart === 'body' ? filled : readText(schema, filled);
    if (validator.Check(converted)) return { value: converted };
    return { error: validator.Errors(converted) as unknown as Error };
  };
};

/**
 * What a text says in the type that the schema asks for. Exactly: TypeBox's own conversion would read `1.5` as the integer 1 and nothing as 0.
 * What says nothing of that type stays a text and is then refused.
 */
function readText(schema: TSchema, value: unknown): unknown {
  const { type, properties, items, anyOf } = schema as {
    type?: string;
    properties?: Record<string, TSchema>;
    items?: TSchema;
    anyOf?: TSchema[];
  };
  if (properties !== undefined && value !== null && typeof value === 'object') {
    const read = Object.entries(value).map(([name, each]) => {
      const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
      return [name, property === undefined ? each : readText(property, each)];
    });
    return Object.fromEntries(read);
  }
  // `?state=open` is a list of one.
  if (type === 'array' && items !== undefined)
    return (Array.isArray(value) ? value : [value]).map((each) => readText(items, each));
  if (typeof value !== 'string') return value;
  if (type === 'integer' || type === 'number') return /^-?\d+(?:\.\d+)?$/.test(value) ? Number(value) : value;
  if (type === 'boolean') return value === 'true' ? true : value === 'false' ? false : value;
  if (anyOf !== undefined) {
    const fitting = anyOf.find((each) => Value.Check(each, readText(each, value)));
    return fitting === undefined ? value : readText(fitting, value);
  }
  return value;
}

/**
 * The schema of a body with every object closed that does not say otherwise, so that a misspelt field is an answer of 400 and not silence.
 * Parts of an intersection stay open, since each part sees the fields of the others.
 */
export function closeObjects(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closeObjects);
  if (schema === null || typeof schema !== 'object') return schema;
  const source = schema as Record<string, unknown>;
  // TypeBox keeps what it knows of a schema in fields that do not enumerate.
  const closed = Object.create(Object.getPrototypeOf(source), Object.getOwnPropertyDescriptors(source)) as Record<
    string,
    unknown
  >;
  if (typeof source.properties === 'object' && source.properties !== null) {
    closed.properties = Object.fromEntries(
      Object.entries(source.properties).map(([name, each]) => [name, closeObjects(each)]),
    );
    if (source.additionalProperties === undefined && source.patternProperties === undefined)
      closed.additionalProperties = false;
  }
  for (const part of ['items', 'anyOf', 'oneOf'])
    if (source[part] !== undefined) closed[part] = closeObjects(source[part]);
  return closed;
}

const mostProblems = 20;

/** A validator's findings in words that a caller can act on, by field. */
export function fieldProblems(part: string, errors: readonly FastifySchemaValidationError[]): FieldProblem[] {
  const problems: FieldProblem[] = [];
  for (const error of errors.slice(0, mostProblems)) {
    const at = `${part}${error.instancePath}`;
    const named = (names: unknown, message: string): void => {
      for (const name of Array.isArray(names) ? names.slice(0, mostProblems) : [])
        problems.push({ field: `${at}/${name}`, message });
    };
    if (error.keyword === 'additionalProperties') named(error.params.additionalProperties, 'is not known');
    else if (error.keyword === 'required') named(error.params.requiredProperties, 'is required');
    // Said of the unknown field itself ("schema is false"), and again above with its name.
    else if (error.keyword !== 'boolean') problems.push({ field: at, message: error.message ?? 'is not valid' });
  }
  const seen = new Set<string>();
  return problems.filter(({ field }) => !seen.has(field) && seen.add(field));
}
