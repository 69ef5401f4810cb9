import pg from 'pg';

/** What a column's text becomes. PostgreSQL gives everything as text; `null` never gets here. */
type Parse = (value: string) => unknown;

const oid = { int8: 20, date: 1082, timestamp: 1114, timestamptz: 1184, numeric: 1700 } as const;
const arrayOid = { int8: 1016, date: 1182, timestamp: 1115, timestamptz: 1185, numeric: 1231 } as const;
const textArrayOid = 1009;

/** Money and counts. Past 2^53 a number would be wrong in silence, so it fails. */
function toInteger(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new RangeError(`${value} does not fit a JavaScript number exactly`);
  return number;
}

function toInstant(value: string): Temporal.Instant {
  if (value.endsWith('infinity')) throw new RangeError(`${value} is no instant`);
  return Temporal.Instant.from(value);
}

function asText(value: string): string {
  return value;
}

const scalars: Readonly<Record<keyof typeof oid, Parse>> = {
  int8: toInteger,
  timestamptz: toInstant,
  // Text, since pg's own choice is wrong for each: a float that loses digits, and a Date at midnight of the server's own zone.
  numeric: asText,
  date: asText,
  timestamp: asText,
};

const parsers = new Map<number, Parse>();
for (const [name, parse] of Object.entries(scalars) as [keyof typeof oid, Parse][]) {
  parsers.set(oid[name], parse);
  parsers.set(arrayOid[name], (value) => mapArray(parseTextArray(value), parse));
}

function parseTextArray(value: string): unknown[] {
  // pg's own types name the scalar types only.
  const parse: (text: string) => unknown[] = pg.types.getTypeParser(textArrayOid as number, 'text');
  return parse(value);
}

function mapArray(values: unknown[], parse: Parse): unknown[] {
  return values.map((each) => {
    if (Array.isArray(each)) return mapArray(each, parse);
    return typeof each === 'string' ? parse(each) : null;
  });
}

/**
 * int8 -> number, timestamptz -> Temporal.Instant, numeric, date and timestamp -> text; arrays of them alike. Bound to one pool: the
 * libraries that bring their own connections expect pg's defaults.
 */
export const typeParsers: pg.CustomTypesConfig = {
  getTypeParser(id: number, format?: 'text' | 'binary') {
    const own = format === 'binary' ? undefined : parsers.get(id);
    return own ?? pg.types.getTypeParser(id, format ?? 'text');
  },
} as pg.CustomTypesConfig;
