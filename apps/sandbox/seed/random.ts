import { createHash } from 'node:crypto';

export interface Random {
  /** 0 up to, not including, 1. */
  next(): number;
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number;
  pick<T>(from: readonly T[]): T;
}

/** The same numbers for the same words: what depends on `random('1', 'harbor-coffee')` is not moved by what other shops draw. */
export function random(...words: readonly string[]): Random {
  let state = createHash('sha256').update(words.join('\n')).digest().readUInt32LE(0);
  // Mulberry32: 32 bits of state are enough for names and prices, and it reads in five lines.
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }
  const between = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  return {
    next,
    between,
    pick<T>(from: readonly T[]): T {
      const chosen = from[between(0, from.length - 1)];
      if (chosen === undefined) throw new Error('nothing to pick from');
      return chosen;
    },
  };
}

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Letters and digits, as in Stripe's ids: `cus_` + `letters(14, ...)`. */
export function letters(length: number, ...words: readonly string[]): string {
  const draw = random(...words);
  return Array.from({ length }, () => alphabet[draw.between(0, 61)]).join('');
}

/** A UUIDv7 that is always the same for the same words, made at `at`. */
export function fixedUuid(at: Temporal.Instant, ...words: readonly string[]): string {
  const time = at.epochMilliseconds.toString(16).padStart(12, '0');
  const noise = createHash('sha256').update(words.join('\n')).digest('hex');
  const hex = `${time}7${noise.slice(0, 3)}8${noise.slice(3, 6)}${noise.slice(6, 18)}`;
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
