import { Secret } from './secret.ts';

/** One variable of the environment. `parse` throws an Error that says what is expected, never what was given: it may be a secret. */
export interface Field<T> {
  readonly variable: string;
  readonly parse: (raw: string) => T;
  /** The value when the variable is unset or empty; without it the variable is required. */
  readonly fallback?: { readonly value: T };
}

export type Parsed<Spec> = { readonly [Name in keyof Spec]: Spec[Name] extends Field<infer T> ? T : never };

/** The environment does not fit. `problems` are all of them, one line each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the configuration is not usable:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/**
 * Reads a configuration from the environment, once, at the entry point. `check` looks at fields together, those that are right for themselves,
 * and returns what is wrong. Throws `ConfigError` naming everything at once, so that a deployment is repaired in one go.
 */
export function parseConfig<const Spec extends Readonly<Record<string, Field<unknown>>>>(
  spec: Spec,
  env: Readonly<Record<string, string | undefined>>,
  check?: (parsed: Partial<Parsed<Spec>>) => readonly string[],
): Parsed<Spec> {
  const problems: string[] = [];
  const parsed: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(spec)) {
    const raw = env[field.variable]?.trim() ?? '';
    if (raw === '') {
      if (field.fallback === undefined) problems.push(`${field.variable} is missing`);
      else parsed[name] = field.fallback.value;
      continue;
    }
    try {
      parsed[name] = field.parse(raw);
    } catch (error) {
      problems.push(`${field.variable} ${error instanceof Error ? error.message : 'is not valid'}`);
    }
  }
  if (check !== undefined) problems.push(...check(parsed as Partial<Parsed<Spec>>));
  if (problems.length > 0) throw new ConfigError(problems);
  return parsed as Parsed<Spec>;
}

interface Default<T> {
  readonly default?: T;
}

function field<T>(variable: string, parse: (raw: string) => T, fallback: { readonly value: T } | undefined): Field<T> {
  return fallback === undefined ? { variable, parse } : { variable, parse, fallback };
}

function fallbackOf<T>(options: Default<T>): { readonly value: T } | undefined {
  return options.default === undefined ? undefined : { value: options.default };
}

export function text(variable: string, options: Default<string> = {}): Field<string> {
  return field(variable, (raw) => raw, fallbackOf(options));
}

/** A whole number, limits included. */
export function integer(
  variable: string,
  options: Default<number> & { min?: number; max?: number } = {},
): Field<number> {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = options;
  const parse = (raw: string): number => {
    const value = /^-?\d+$/.test(raw) ? Number(raw) : Number.NaN;
    if (!(value >= min && value <= max)) throw new Error(`must be a whole number from ${min} to ${max}`);
    return value;
  };
  return field(variable, parse, fallbackOf(options));
}

/** An address without a slash at its end, so that `${url}/path` is right. Credentials belong into `secret`. */
export function url(
  variable: string,
  options: Default<string> & { protocols?: readonly string[] } = {},
): Field<string> {
  const { protocols = ['http', 'https'] } = options;
  const parse = (raw: string): string => {
    if (!isAddress(raw, protocols)) throw new Error(expectedAddress(protocols));
    const address = new URL(raw);
    if (address.username !== '' || address.password !== '') throw new Error('must not hold a user name or a password');
    return raw.replace(/\/+$/, '');
  };
  return field(variable, parse, fallbackOf(options));
}

function isAddress(raw: string, protocols: readonly string[]): boolean {
  return URL.canParse(raw) && protocols.includes(new URL(raw).protocol.slice(0, -1));
}

function expectedAddress(protocols: readonly string[]): string {
  return `must be an address that begins with ${protocols.map((each) => `${each}://`).join(' or ')}`;
}

/** A value that nothing prints. Addresses with a password in them are secrets too; `protocols` says that it has to be one. */
export function secret(
  variable: string,
  options: { minLength?: number; protocols?: readonly string[] } = {},
): Field<Secret> {
  const { minLength = 1, protocols } = options;
  const parse = (raw: string): Secret => {
    if (raw.length < minLength) throw new Error(`must have at least ${minLength} characters`);
    if (protocols !== undefined && !isAddress(raw, protocols)) throw new Error(expectedAddress(protocols));
    return new Secret(raw);
  };
  return field(variable, parse, undefined);
}

export function oneOf<const Value extends string>(
  variable: string,
  values: readonly Value[],
  options: Default<NoInfer<Value>> = {},
): Field<Value> {
  const parse = (raw: string): Value => {
    const value = values.find((each) => each === raw);
    if (value === undefined) throw new Error(`must be one of ${values.join(', ')}`);
    return value;
  };
  return field(variable, parse, fallbackOf<Value>(options));
}

/** An ISO 8601 duration of fixed length, such as `PT4S` or `P1DT12H`; the default is written in the same way. */
export function duration(variable: string, options: Default<string> = {}): Field<Temporal.Duration> {
  const parse = (raw: string): Temporal.Duration => {
    let value: Temporal.Duration;
    try {
      value = Temporal.Duration.from(raw);
    } catch {
      throw new Error('must be an ISO duration such as PT60S');
    }
    if (value.years !== 0 || value.months !== 0)
      throw new Error('must not count in months or years, whose length varies');
    if (value.sign < 0) throw new Error('must not be negative');
    return value;
  };
  return field(variable, parse, options.default === undefined ? undefined : { value: parse(options.default) });
}

export function list(variable: string, options: { secret: true }): Field<readonly Secret[]>;
export function list(variable: string, options?: Default<readonly string[]>): Field<readonly string[]>;
/** Values with commas between them; at least one. */
export function list(
  variable: string,
  options: Default<readonly string[]> & { secret?: boolean } = {},
): Field<readonly Secret[]> | Field<readonly string[]> {
  const split = (raw: string): string[] => {
    const values = raw
      .split(',')
      .map((each) => each.trim())
      .filter((each) => each !== '');
    if (values.length === 0) throw new Error('must name at least one value');
    return values;
  };
  if (options.secret === true) return field(variable, (raw) => split(raw).map((each) => new Secret(each)), undefined);
  return field<readonly string[]>(variable, split, fallbackOf(options));
}

/** The same field, `undefined` where the variable is unset. */
export function optional<T>(required: Field<T>): Field<T | undefined> {
  return { variable: required.variable, parse: required.parse, fallback: { value: undefined } };
}
