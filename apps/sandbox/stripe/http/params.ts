import type { Stripe } from 'stripe';
import { invalid, missingParameter, unknownParameter } from './errors.ts';
import type { Form, FormValue } from './form.ts';

/** Reads one parameter. `at` is its bracketed name, as errors cite it: `items[0][price]`. */
export interface Field<T> {
  read(value: FormValue, at: string): T;
  readonly required?: boolean;
}

export type Fields = Record<string, Field<unknown>>;
type Value<F> = F extends Field<infer T> ? T : never;
type RequiredKeys<S extends Fields> = { [K in keyof S]: S[K] extends { required: true } ? K : never }[keyof S];
type Flat<T> = { [K in keyof T]: T[K] };

/** The value a set of fields reads to: required ones are always there, the others may be absent. */
export type Params<S extends Fields> = Flat<
  { [K in RequiredKeys<S>]: Value<S[K]> } & { [K in Exclude<keyof S, RequiredKeys<S>>]?: Value<S[K]> }
>;

type Scalar = string | number | boolean;
type Hash<T> = Exclude<T, Scalar | null | undefined>;

// The names in `Own`, at any depth, that the SDK's parameters do not have, or have as a hash where ours is a plain value.
type Alien<Own, Sdk> = Own extends readonly (infer Entry)[]
  ? Sdk extends readonly (infer Known)[]
    ? Alien<Hash<Entry>, Hash<Known>>
    : never
  : Own extends object
    ? { [K in keyof Own]-?: K extends keyof Sdk ? AlienField<K, Own[K], Sdk[K]> : K }[keyof Own]
    : never;
type AlienField<K, Own, Sdk> = [Extract<Own, Scalar>] extends [never]
  ? Alien<Hash<Own>, Hash<Sdk>>
  : [Extract<Sdk, Scalar | Stripe.Decimal>] extends [never]
    ? K
    : Alien<Hash<Own>, Hash<Sdk>>;

/**
 * Fields of an operation, checked by the compiler against the parameters that the SDK types for it: a name that this
 * version of Stripe no longer takes does not compile.
 */
export function fieldsOf<Sdk>(): <const S extends Fields>(
  fields: S & ([Alien<Params<S>, Sdk>] extends [never] ? unknown : { unknownToStripe: Alien<Params<S>, Sdk> }),
) => S {
  return (fields) => fields;
}

function scalar(value: FormValue, at: string): string {
  if (typeof value === 'string') return value;
  throw invalid(`Invalid string: ${JSON.stringify(value)}`, { param: at });
}

function nonEmpty(value: FormValue, at: string): string {
  const read = scalar(value, at);
  if (read === '') {
    throw invalid(
      `You passed an empty string for '${at}'. We assume empty values are an attempt to unset a parameter; however '${at}' cannot be unset. You should remove '${at}' from your request or supply a non-empty value.`,
      {
        code: 'parameter_invalid_empty',
        param: at,
      },
    );
  }
  return read;
}

export function required<T>(field: Field<T>): Field<T> & { required: true } {
  return { read: field.read, required: true };
}

export const text: Field<string> = { read: nonEmpty };

/** A text that an empty value unsets; reads to null then. */
export const clearableText: Field<string | null> = { read: (value, at) => scalar(value, at) || null };

export const integer: Field<number> = {
  read(value, at) {
    const read = nonEmpty(value, at);
    if (!/^-?\d+$/.test(read))
      throw invalid(`Invalid integer: ${read}`, { code: 'parameter_invalid_integer', param: at });
    return Number(read);
  },
};

export const count: Field<number> = {
  read(value, at) {
    const read = integer.read(value, at);
    if (read < 0)
      throw invalid('This value must be greater than or equal to 0.', { code: 'parameter_invalid_integer', param: at });
    return read;
  },
};

export const flag: Field<boolean> = {
  read(value, at) {
    const read = nonEmpty(value, at);
    if (read !== 'true' && read !== 'false') throw invalid(`Invalid boolean: ${read}`, { param: at });
    return read === 'true';
  },
};

export const decimal: Field<string> = {
  read(value, at) {
    const read = nonEmpty(value, at);
    if (!/^-?\d+(\.\d{1,12})?$/.test(read))
      throw invalid(`Invalid decimal: ${read}`, { code: 'parameter_invalid_decimal', param: at });
    return read;
  },
};

export const webUrl: Field<string> = {
  read(value, at) {
    const read = nonEmpty(value, at);
    // Checkout's template variable is no legal part of a URL, yet Stripe takes it as it stands.
    const probe = read.replaceAll('{CHECKOUT_SESSION_ID}', 'x');
    if (!/^https?:\/\//.test(read) || !URL.canParse(probe))
      throw invalid('Not a valid URL', { code: 'url_invalid', param: at });
    return read;
  },
};

export function oneOf<const T extends readonly string[]>(...allowed: T): Field<T[number]> {
  return {
    read(value, at) {
      const read = nonEmpty(value, at);
      const found = allowed.find((choice) => choice === read);
      if (found !== undefined) return found;
      const last = allowed.at(-1);
      const words = allowed.length > 1 ? `${allowed.slice(0, -1).join(', ')}, or ${last}` : String(last);
      throw invalid(`Invalid ${at}: must be one of ${words}`, { param: at });
    },
  };
}

/** Either of two readings; the second one's error is the one reported. */
export function either<A, B>(first: Field<A>, second: Field<B>): Field<A | B> {
  return {
    read(value, at) {
      try {
        return first.read(value, at);
      } catch {
        return second.read(value, at);
      }
    },
  };
}

/** An empty value unsets; reads to null then. */
export function clearable<T>(field: Field<T>): Field<T | null> {
  return { read: (value, at) => (value === '' ? null : field.read(value, at)) };
}

export function list<T>(field: Field<T>): Field<T[]> {
  return {
    read(value, at) {
      if (!Array.isArray(value)) throw invalid('Invalid array', { param: at });
      return value.map((entry, index) => field.read(entry, `${at}[${index}]`));
    },
  };
}

export function object<S extends Fields>(fields: S): Field<Params<S>> {
  return {
    read(value, at) {
      if (typeof value !== 'object' || Array.isArray(value)) throw invalid('Invalid object', { param: at });
      return readFields(fields, value, at);
    },
  };
}

/** Strings by name. An empty value deletes that name (null here), an empty whole deletes all (null). */
export const metadata: Field<Record<string, string | null> | null> = {
  read(value, at) {
    if (value === '') return null;
    if (typeof value !== 'object' || Array.isArray(value))
      throw invalid('Invalid metadata: must be a hash', { param: at });
    if (Object.keys(value).length > 50) throw invalid('Metadata can have up to 50 keys.', { param: at });
    const read: Record<string, string | null> = {};
    for (const [key, entry] of Object.entries(value)) {
      const one = scalar(entry, `${at}[${key}]`);
      if (key.length > 40) throw invalid('Metadata keys can be at most 40 characters.', { param: at });
      if (one.length > 500) throw invalid('Metadata values can be at most 500 characters.', { param: `${at}[${key}]` });
      read[key] = one === '' ? null : one;
    }
    return read;
  },
};

const second = integer;

/** `created=5` or `created[gte]=5&created[lt]=9`, seconds. */
export const range: Field<{ gt?: number; gte?: number; lt?: number; lte?: number }> = {
  read(value, at) {
    if (typeof value === 'string') {
      const exact = second.read(value, at);
      return { gte: exact, lte: exact };
    }
    return readFields({ gt: second, gte: second, lt: second, lte: second }, value as Form, at);
  },
};

function readFields<S extends Fields>(fields: S, form: Form, at: string): Params<S> {
  const name = (key: string): string => (at === '' ? key : `${at}[${key}]`);
  const read: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(form)) {
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (field === undefined) throw unknownParameter(name(key));
    read[key] = field.read(value, name(key));
  }
  for (const [key, field] of Object.entries(fields)) {
    if (field.required === true && read[key] === undefined) throw missingParameter(name(key));
  }
  return read as Params<S>;
}

/** Reads a whole request: every parameter must be known, every required one present. */
export function readParams<S extends Fields>(fields: S, form: Form): Params<S> {
  return readFields(fields, form, '');
}

/** Merges a metadata parameter into what is stored. */
export function mergeMetadata(
  stored: Record<string, string>,
  change: Record<string, string | null> | null | undefined,
): Record<string, string> {
  if (change === undefined) return stored;
  if (change === null) return {};
  const merged = { ...stored };
  for (const [key, value] of Object.entries(change)) {
    if (value === null) delete merged[key];
    else merged[key] = value;
  }
  return merged;
}
