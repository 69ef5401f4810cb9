import { type Static, Type } from 'typebox';

const Use = Type.Object({
  used: Type.Integer(),
  limit: Type.Union([Type.Integer(), Type.Null()], { description: 'Null is unlimited' }),
});
const Access = Type.Union([Type.Literal('full'), Type.Literal('read_only'), Type.Literal('none')]);
const Role = Type.Union([Type.Literal('owner'), Type.Literal('manager'), Type.Literal('cashier')]);
const Instant = Type.String({ format: 'date-time' });

export const Me = Type.Object({
  id: Type.String({ format: 'uuid' }),
  name: Type.String(),
  email: Type.String(),
  shops: Type.Array(Type.Object({ id: Type.String({ format: 'uuid' }), name: Type.String(), role: Role })),
});

export const ShopSummary = Type.Object({
  id: Type.String({ format: 'uuid' }),
  name: Type.String(),
  role: Role,
  plan: Type.String(),
  status: Type.String({ description: 'Stripe’s word for the effective subscription' }),
  access: Access,
});
export type ShopSummary = Static<typeof ShopSummary>;

export const ShopList = Type.Object({ items: Type.Array(ShopSummary), nextCursor: Type.Null() });

export const Shop = Type.Object({
  id: Type.String({ format: 'uuid' }),
  name: Type.String(),
  role: Role,
  timezone: Type.String(),
  now: Type.String({ format: 'date-time', description: 'Business time' }),
  currency: Type.String(),
  locale: Type.String(),
  plan: Type.Object({ id: Type.String(), name: Type.String(), benefits: Type.Array(Type.String()) }),
  status: Type.String({ description: 'Stripe’s word for the effective subscription' }),
  access: Access,
  accessSince: Instant,
  accessReason: Type.Union([Type.String(), Type.Null()]),
  usage: Type.Object({ products: Use, members: Use, salesThisMonth: Use }),
  today: Type.Object({
    day: Type.String({ format: 'date', description: 'In the shop’s zone' }),
    count: Type.Integer(),
    totalMinor: Type.Integer(),
  }),
  billing: Type.Union([
    Type.Object({
      amountMinor: Type.Union([Type.Integer(), Type.Null()]),
      currency: Type.Union([Type.String(), Type.Null()]),
      interval: Type.Union([Type.String(), Type.Null()]),
      periodEnd: Type.Union([Instant, Type.Null()]),
      trialEnd: Type.Union([Instant, Type.Null()]),
      endsAtPeriodEnd: Type.Boolean(),
      invoiceStatus: Type.Union([Type.String(), Type.Null()], { description: 'Of the latest invoice' }),
    }),
    Type.Null(),
  ]),
});
export type Shop = Static<typeof Shop>;
