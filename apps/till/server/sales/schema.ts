import { type Static, Type } from 'typebox';

const Amount = Type.Integer({
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'Minor units of the shop’s currency, tax included',
});

const NewSaleLine = Type.Object({
  productId: Type.String({ format: 'uuid' }),
  productName: Type.String({ minLength: 1, maxLength: 200, description: 'As it stood on the register' }),
  quantity: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
  unitPriceMinor: Amount,
  taxRateBasisPoints: Type.Integer({ minimum: 0, maximum: 10_000 }),
});

export const NewSale = Type.Object({
  id: Type.String({ format: 'uuid', description: 'Made on the device, so that a sale sent twice is one sale' }),
  receiptNumber: Type.String({ minLength: 1, maxLength: 64 }),
  occurredAt: Type.String({ format: 'date-time', description: 'The device’s time' }),
  tender: Type.Union([Type.Literal('cash'), Type.Literal('card')]),
  totalMinor: Amount,
  lines: Type.Array(NewSaleLine, { minItems: 1, maxItems: 500 }),
});
export type NewSale = Static<typeof NewSale>;

export const Sale = Type.Object({
  id: Type.String({ format: 'uuid' }),
  receiptNumber: Type.String(),
  cashierId: Type.String({ format: 'uuid' }),
  tender: Type.Union([Type.Literal('cash'), Type.Literal('card')]),
  currency: Type.String(),
  totalMinor: Type.Integer(),
  taxMinor: Type.Integer({ description: 'The part of the total that is tax' }),
  occurredAt: Type.String({ format: 'date-time' }),
  receivedAt: Type.String({ format: 'date-time' }),
});
export type Sale = Static<typeof Sale>;

export const SalePage = Type.Object({ items: Type.Array(Sale), nextCursor: Type.Union([Type.String(), Type.Null()]) });
