import { type TSchema, Type } from 'typebox';

/** ISO 8601 in UTC. */
export const Instant = Type.String({ format: 'date-time' });

export function nullable<Shape extends TSchema>(shape: Shape) {
  return Type.Union([shape, Type.Null()]);
}

/** One of these words. */
export function oneOf<const Words extends readonly string[]>(words: Words, options: { default?: Words[number] } = {}) {
  return Type.Unsafe<Words[number]>({ type: 'string', enum: [...words], ...options });
}

/** A page of a list; `nextCursor` is null on the last one. */
export function pageOf<Item extends TSchema>(item: Item) {
  return Type.Object({ items: Type.Array(item), nextCursor: nullable(Type.String()) });
}

/** How much of a list is wanted, and from where on. */
export const pageQuery = {
  limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
  cursor: Type.Optional(Type.String({ maxLength: 1_000 })),
};

/** A value as JSON carries it. */
export type Json<T> = T extends Temporal.Instant
  ? string
  : T extends readonly (infer Item)[]
    ? Json<Item>[]
    : T extends object
      ? { -readonly [Key in keyof T]: Json<T[Key]> }
      : T;

/** Instants become text; everything else stays what it is. */
export function toJson<T>(value: T): Json<T> {
  return convert(value) as Json<T>;
}

function convert(value: unknown): unknown {
  if (value instanceof Temporal.Instant) return value.toString();
  if (Array.isArray(value)) return value.map(convert);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, convert(each)]));
}
