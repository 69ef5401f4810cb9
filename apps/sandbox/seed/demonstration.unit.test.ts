import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countries, currencies } from './countries.ts';
import { organizationIdOf, signedUpAt, subscriptionPast } from './demonstrationFacts.ts';
import { demonstrationShops } from './demonstrationShops.ts';
import { peopleOf } from './people.ts';
import { productsOf } from './products.ts';
import { fixedUuid, random } from './random.ts';
import { type Trade, trades } from './trades.ts';

describe('the demonstration shops', () => {
  test('are about forty, over all plans and states, in currencies with two decimals and with none', () => {
    expect(demonstrationShops.length).toBeGreaterThanOrEqual(38);
    const every = <T>(part: (shop: (typeof demonstrationShops)[number]) => T): Set<T> =>
      new Set(demonstrationShops.map(part));
    expect(every((shop) => shop.plan)).toEqual(new Set(['free', 'basic', 'pro', 'enterprise']));
    expect(every((shop) => shop.state)).toEqual(
      new Set(['active', 'trialing', 'past_due', 'unpaid', 'paused', 'canceled']),
    );
    for (const currency of ['USD', 'EUR', 'NZD', 'JPY']) expect(every((shop) => shop.currency)).toContain(currency);
    expect(every((shop) => shop.key).size).toBe(demonstrationShops.length);
    for (const shop of demonstrationShops) {
      expect(countries).toHaveProperty(shop.country);
      expect(currencies).toHaveProperty(shop.currency);
      expect(shop.products).toBeGreaterThanOrEqual(30);
    }
  });

  test('have a past that fits together, whenever they are made', () => {
    const instants = fc.date({ min: new Date('2025-01-01'), max: new Date('2032-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(instants, (date) => {
        const now = Temporal.Instant.fromEpochMilliseconds(date.getTime());
        for (const shop of demonstrationShops) {
          const past = subscriptionPast(shop, now);
          const order = [signedUpAt(shop, now), past.startedAt, past.trialEnd ?? past.canceledAt ?? now].map(
            (at) => at.epochMilliseconds,
          );
          if (shop.plan !== 'free')
            expect({ key: shop.key, order }).toEqual({ key: shop.key, order: order.toSorted((a, b) => a - b) });
          if (past.closedAt !== undefined) expect(Temporal.Instant.compare(past.closedAt, now)).toBe(-1);
          if (shop.state === 'trialing') expect(Temporal.Instant.compare(past.trialEnd ?? now, now)).toBe(1);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('keep their ids from one start to the next', () => {
    const ids = demonstrationShops.map((shop) => organizationIdOf(shop, '1'));
    expect(ids).toEqual(demonstrationShops.map((shop) => organizationIdOf(shop, '1')));
    expect(new Set([...ids, ...demonstrationShops.map((shop) => organizationIdOf(shop, '2'))]).size).toBe(
      ids.length * 2,
    );
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});

test('people have addresses of their own', () => {
  const joinedAt = Temporal.Instant.from('2026-01-01T00:00:00Z');
  for (const shop of demonstrationShops) {
    const people = peopleOf({
      key: shop.key,
      owner: { name: shop.owner },
      country: shop.country,
      further: shop.members,
      joinedAt,
      seed: '1',
    });
    expect(people.map((one) => one.role).filter((role) => role === 'owner')).toHaveLength(1);
    expect(people).toHaveLength(shop.members + 1);
    expect(new Set(people.map((one) => one.email)).size).toBe(people.length);
    for (const one of people) expect(one.email).toMatch(/^[a-z]+(?:\.[a-z]+)+@[a-z-]+\.example$/);
  }
});

test('any trade fills a shelf of any size that is asked for, without two products alike', () => {
  const trade = fc.constantFrom(...(Object.keys(trades) as Trade[]));
  fc.assert(
    fc.property(
      trade,
      fc.constantFrom(...Object.keys(currencies)),
      fc.integer({ min: 1, max: 400 }),
      fc.string(),
      (of, currency, count, seed) => {
        const options = { trade: of, country: 'FR', currency, count, seed };
        const products = productsOf(options);
        expect(products).toHaveLength(count);
        expect(new Set(products.map((product) => product.sku)).size).toBe(count);
        expect(new Set(products.map((product) => product.name)).size).toBe(count);
        expect(products.every((product) => Number.isSafeInteger(product.priceMinor) && product.priceMinor > 0)).toBe(
          true,
        );
        expect(products).toEqual(productsOf(options));
      },
    ),
    { numRuns: 60 },
  );
});

test('draws stay in their range and come again for the same words', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), fc.integer({ min: -50, max: 50 }), fc.nat(100), (words, low, span) => {
      const drawn = random(...words).between(low, low + span);
      expect(drawn).toBeGreaterThanOrEqual(low);
      expect(drawn).toBeLessThanOrEqual(low + span);
      expect(random(...words).between(low, low + span)).toBe(drawn);
      const at = Temporal.Instant.from('2026-01-01T00:00:00Z');
      expect(fixedUuid(at, ...words)).toBe(fixedUuid(at, ...words));
    }),
  );
});
